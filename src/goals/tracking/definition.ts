/**
 * What governs one period of a goal: the versions of goal and team in force at its last instant
 * (DEC-6), who belongs to the team when, and what is measured. Decides nothing about events; two
 * equal fingerprints count the same log to the same numbers.
 */
import { hashJson } from '../../kernel/hash';
import { inForce } from '../../ledger/config';
import { definitionOf } from '../draft';
import type { GoalVersion } from '../goal';
import type { Calendar, GoalPeriod } from '../period';
import { membershipsOf, type Stretch, type TeamVersion, wasMemberIn } from '../teams/team';
import { type Measure, measureOf } from './measure';

/** Everything that is configured, as it was read. */
export interface World {
  /** Versions of one goal, oldest first. */
  readonly goal: readonly GoalVersion[];
  /** Versions of all teams. */
  readonly teams: readonly TeamVersion[];
  readonly calendar: Calendar;
}

export interface Definition {
  readonly goal: GoalVersion;
  readonly team: TeamVersion;
  readonly measure: Measure;
  /** Stretches of membership of everybody who belonged to the team in the period. */
  readonly members: ReadonlyMap<string, readonly Stretch[]>;
  /** What is measured: under another one the facts are counted anew. */
  readonly measurePrint: string;
  /** The same with the members: under another one the log is looked through again. */
  readonly fingerprint: string;
}

const lastOf = <T>(versions: readonly T[]): T | undefined => versions.at(-1);

/**
 * Null where the goal, its team or the metric is not there, and for what a platform evaluates.
 * `lockedBy`: the version under which the period was locked governs it for good, whatever is said
 * of it later; null: it is not locked.
 */
export function definitionAt(
  world: World,
  period: GoalPeriod,
  lockedBy: number | null = null,
): Definition | null {
  const at = period.until - 1;
  const locked = world.goal.find(({ version }) => version === lockedBy);
  const goal = locked ?? inForce(world.goal, at) ?? lastOf(world.goal);
  if (goal === undefined || goal.content.evaluatedBy === 'PLATFORM') return null;
  const versionsOf = (teamId: string): TeamVersion[] =>
    world.teams.filter(({ name }) => name === teamId);
  const versions = versionsOf(goal.content.teamId);
  const team = inForce(versions, at) ?? lastOf(versions);
  const metric = team === undefined ? null : definitionOf(team.content, goal.content);
  if (team === undefined || metric === null) return null;
  const measure = measureOf(team.content, metric);
  const members = new Map(
    [...membershipsOf(goal.content.teamId, versionsOf)].filter(([, stretches]) =>
      wasMemberIn(stretches, period),
    ),
  );
  const { from, until } = period;
  const print = { ...measure, floor: '', isMean: false };
  const measurePrint = hashJson(print).slice(0, 16);
  const stretches = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  const fingerprint = hashJson([measurePrint, from, until, stretches]).slice(0, 16);
  return { goal, team, measure, members, measurePrint, fingerprint };
}

/** The instant since when a goal owes the locking of its periods: what ended before is not asked for. */
export function bornAt(goal: readonly GoalVersion[]): number {
  const [first] = goal;
  return first === undefined
    ? Number.MAX_SAFE_INTEGER
    : Math.max(first.writtenAt, first.effectiveFrom ?? 0);
}

/** Equal worlds count alike. */
export const isSameWorld = (one: World, other: World): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** The teams that a goal names in any of its versions, and those nested in them. */
export function teamsOf(
  goal: readonly GoalVersion[],
  teams: readonly TeamVersion[],
): TeamVersion[] {
  const named = new Set(goal.map(({ content }) => content.teamId));
  for (const name of named) {
    for (const version of teams) {
      if (version.name === name) for (const nested of version.content.teamIds) named.add(nested);
    }
  }
  return teams.filter(({ name }) => named.has(name));
}
