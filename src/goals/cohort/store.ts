/**
 * Reads a cohort: every goal that bears a reward and every membership of the period, as recorded by
 * the seal of the cohort's row, and which agents have a keeper already. Writes nothing.
 */
import { AGENT_KIND, type Agent } from '../../agents/agent';
import type { DirectoryEnv } from '../../agents/store';
import { fractionOfDecimal } from '../../kernel/fraction';
import { type ConfigVersion, inForce } from '../../ledger/config';
import { versionOf } from '../../ledger/store';
import { GOAL_KIND, type Goal, isRewardBearing, type Snapshot } from '../goal';
import { type Calendar, type GoalPeriod, periodOfLabel } from '../period';
import type { CohortFacts } from '../settlement/parts';
import { withMembers } from '../teams/store';
import { membershipsOf, type Stretch, TEAM_KIND, type Team, type TeamVersion } from '../teams/team';
import { type Candidate, type Keeper, keepersOf } from './cohort';
import { type CohortName, cohortId, keeperId } from './row';

/** Null while no row fixes the seal. */
export async function readCohort(
  env: DirectoryEnv,
  goal: Goal,
  snapshot: Snapshot,
  calendar: Calendar,
): Promise<CohortFacts | null> {
  const name = { cadence: goal.evaluationFrequency, period: snapshot.period };
  const seal = await env.DB.prepare('SELECT seal FROM config WHERE id = ?')
    .bind(cohortId(name))
    .first<number>('seal');
  const period = periodOfLabel(name.cadence, name.period, calendar);
  if (seal === null || period === null) return null;
  const agentKeys = snapshot.members.map(({ agentKey }) => agentKey);
  const [candidates, taken] = await Promise.all([
    readCandidates(env, { name, period, seal, agentKeys }),
    readKeepers(env.DB, name, agentKeys),
  ]);
  return { seal, keepers: keepersOf(candidates), taken };
}

interface Asked {
  readonly name: CohortName;
  readonly period: GoalPeriod;
  readonly seal: number;
  readonly agentKeys: readonly string[];
}

async function readCandidates(
  env: DirectoryEnv,
  { name, period, seal, agentKeys }: Asked,
): Promise<Candidate[]> {
  const [goals, written] = await Promise.all([
    readVersionsAsOf<Goal>(env.DB, GOAL_KIND, seal),
    readVersionsAsOf<Team>(env.DB, TEAM_KIND, seal),
  ]);
  const teams = Map.groupBy(await withMembers(env, written), (version) => version.name);
  const versionsOf = (teamId: string): readonly TeamVersion[] => teams.get(teamId) ?? [];
  const wanted = new Set(agentKeys);
  const bearing = [...Map.groupBy(goals, (version) => version.name).values()].flatMap((versions) =>
    bearingGoal(versions, name, period),
  );
  const found = bearing.flatMap(({ name: goalId, content }) => {
    const { teamId } = content;
    const poolId = String(content.customFields.rewardPoolId);
    return [...membershipsOf(teamId, versionsOf)].flatMap(([agentKey, stretches]) => {
      const since = wanted.has(agentKey) ? sinceIn(stretches, period) : undefined;
      return since === undefined ? [] : [{ agentKey, goalId, teamId, poolId, since }];
    });
  });
  const queueOf = (teamId: string): string | null =>
    (inForce(versionsOf(teamId), period.until - 1) ?? versionsOf(teamId).at(-1))?.content
      .primaryQueueId ?? null;
  const weights = await readWeights(env.DB, contested(found), seal, period.until - 1);
  return found.map((one) => {
    const weight = weights.get(one.agentKey)?.get(queueOf(one.teamId) ?? '');
    return { ...one, weight: fractionOfDecimal(weight ?? '0') };
  });
}

/** The version in force as the period ends, where it pays in this cadence. */
function bearingGoal(
  versions: readonly ConfigVersion<Goal>[],
  { cadence }: CohortName,
  period: GoalPeriod,
): ConfigVersion<Goal>[] {
  const version = inForce(versions, period.until - 1) ?? versions.at(-1);
  if (version === undefined || version.content.evaluationFrequency !== cadence) return [];
  return isRewardBearing(version.content) ? [version] : [];
}

/**
 * Since when the agent belongs to the team without a break, of the first such time that touches the
 * period; undefined: none does. A new version of the team that keeps the member is no break.
 */
function sinceIn(stretches: readonly Stretch[], { from, until }: GoalPeriod): number | undefined {
  let since: number | undefined;
  let last = -1;
  for (const one of stretches.toSorted((a, b) => a.from - b.from)) {
    if (since === undefined || one.from > last) {
      if (since !== undefined && since < until && from < last) return since;
      since = one.from;
      last = one.until;
    } else last = Math.max(last, one.until);
  }
  return since !== undefined && since < until && from < last ? since : undefined;
}

/** Agents of more than one team or pool: only of these a weight decides anything. */
function contested(found: readonly Omit<Candidate, 'weight'>[]): string[] {
  const groups = Map.groupBy(found, ({ agentKey }) => agentKey);
  return [...groups]
    .filter(([, own]) => new Set(own.map(({ teamId, poolId }) => `${teamId} ${poolId}`)).size > 1)
    .map(([agentKey]) => agentKey);
}

/** All versions of all things of a kind that were recorded by a seal. */
async function readVersionsAsOf<T>(
  db: D1Database,
  kind: string,
  seal: number,
): Promise<ConfigVersion<T>[]> {
  const { results } = await db
    .prepare('SELECT * FROM config WHERE id >= ?1 AND id < ?2 AND seal <= ?3 ORDER BY id')
    .bind(`${kind}/`, `${kind}0`, seal)
    .all<Record<string, unknown>>();
  return results.map((row) => versionOf<T>(row));
}

/** Weight by queue of each agent, as recorded by a seal and in force at an instant. */
async function readWeights(
  db: D1Database,
  agentKeys: readonly string[],
  seal: number,
  instant: number,
): Promise<Map<string, Map<string, string>>> {
  if (agentKeys.length === 0) return new Map();
  const { results } = await db
    .prepare(
      `SELECT c.* FROM json_each(?1) AS k CROSS JOIN config AS c
         ON c.id >= '${AGENT_KIND}/' || k.value || '/' AND c.id < '${AGENT_KIND}/' || k.value || '0'
       WHERE c.seal <= ?2 ORDER BY c.id`,
    )
    .bind(JSON.stringify(agentKeys), seal)
    .all<Record<string, unknown>>();
  const versions = results.map((row) => versionOf<Agent | null>(row));
  return new Map(
    [...Map.groupBy(versions, ({ name }) => name)].map(([agentKey, own]) => {
      const queues = inForce(own, instant)?.content?.queues ?? [];
      return [agentKey, new Map(queues.map(({ queueId, weight }) => [queueId, weight]))];
    }),
  );
}

/** Who keeps each of some agents already. */
async function readKeepers(
  db: D1Database,
  name: CohortName,
  agentKeys: readonly string[],
): Promise<Map<string, Pick<Keeper, 'teamId' | 'poolId'>>> {
  const { results } = await db
    .prepare(
      'SELECT k.id, k.team, k.pool FROM json_each(?) AS w CROSS JOIN cohort_keepers AS k ON k.id = w.value',
    )
    .bind(JSON.stringify(agentKeys.map((agentKey) => keeperId(agentKey, name))))
    .all<{ id: string; team: string; pool: string }>();
  return new Map(
    results.map(({ id, team, pool }) => [
      id.slice(0, id.indexOf('.')),
      { teamId: team, poolId: pool },
    ]),
  );
}
