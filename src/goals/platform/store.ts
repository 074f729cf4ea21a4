/**
 * Reads what governs a period of a goal that a platform evaluates: the goal and its team as the
 * period ends, who belonged to the team, and where the platform is asked. Writes nothing.
 */
import { readOrganisation } from '../../access/store';
import { type DirectoryEnv, readLatestAgents } from '../../agents/store';
import { readDestination, readDestinations } from '../../delivery/store';
import { inForce } from '../../ledger/config';
import { readVersions } from '../../ledger/store';
import { GOAL_KIND, type Goal, type GoalVersion } from '../goal';
import { type GoalPeriod, periodOfLabel } from '../period';
import { readTeams, withMembers } from '../teams/store';
import { membershipsOf, type TeamVersion, wasMemberIn } from '../teams/team';

/** What governs a period. */
export interface Governed {
  readonly goal: GoalVersion;
  readonly team: TeamVersion;
  readonly period: GoalPeriod;
  /** Agent keys of everybody who belonged to the team in the period, in order. */
  readonly members: readonly string[];
  /** Where the status is asked; null: nowhere. */
  readonly destinationId: string | null;
}

export async function readGoalVersions(db: D1Database, goalId: string): Promise<GoalVersion[]> {
  return readVersions<Goal>(db, GOAL_KIND, goalId);
}

/** Null where the goal, its team or a period of that name is not there. */
export async function readGoverned(
  env: DirectoryEnv,
  goalId: string,
  label: string,
): Promise<Governed | null> {
  const [versions, calendar] = await Promise.all([
    readGoalVersions(env.DB, goalId),
    readOrganisation(env.DB),
  ]);
  const cadence = versions.at(-1)?.content.evaluationFrequency;
  const period = cadence === undefined ? null : periodOfLabel(cadence, label, calendar);
  if (period === null) return null;
  const at = period.until - 1;
  const goal = inForce(versions, at) ?? versions.at(-1);
  if (goal === undefined) return null;
  const teams = await withMembers(env, await readTeams(env.DB));
  const versionsOf = (teamId: string): TeamVersion[] => teams.filter(({ name }) => name === teamId);
  const own = versionsOf(goal.content.teamId);
  const team = inForce(own, at) ?? own.at(-1);
  if (team === undefined) return null;
  const members = [...membershipsOf(team.name, versionsOf)]
    .filter(([, stretches]) => wasMemberIn(stretches, period))
    .map(([agentKey]) => agentKey)
    .sort();
  const destinationId = await readPlatform(env.DB, goal.content);
  return { goal, team, period, members, destinationId };
}

const MOST_DESTINATIONS = 200;

/** The destination that the goal names, or the first that speaks the guide's own addresses. */
async function readPlatform(db: D1Database, { customFields }: Goal): Promise<string | null> {
  const named = customFields.platformDestinationId;
  if (typeof named === 'string') return (await readDestination(db, named))?.name ?? null;
  const all = await readDestinations(db, null, MOST_DESTINATIONS);
  return all.find(({ content }) => content.preset === 'seed' && content.enabled)?.name ?? null;
}

/** Ids under which a platform may name these agents, to their keys. */
export async function readPlatformIds(
  db: D1Database,
  agentKeys: readonly string[],
): Promise<Map<string, string>> {
  const versions = await readLatestAgents(db, agentKeys);
  return new Map(
    versions.flatMap(({ name, content }): [string, string][] => [
      ...Object.values(content.platformIds).map((id): [string, string] => [id, name]),
      [content.agentId, name],
    ]),
  );
}
