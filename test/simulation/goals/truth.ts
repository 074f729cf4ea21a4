/**
 * What must be true of goals after every history: the restated value is the oracle's over everything
 * that was said; the snapshot is the oracle's over what had come when it was locked, and nothing
 * changes it any more.
 */
import { contributions, type OracleMembership, type OracleMetric } from '../../oracle/goals';
import { millionths } from '../../oracle/number';
import { agentIds, type Books } from '../books';
import { daysAreRight, evaluatedRightly } from './days';
import { brokenPayments } from './payments';
import type { GoalsPart } from './plan';
import { brokenRewards } from './rewards';
import type { GoalsPlayer } from './system';
import { type Week, weekNamed } from './week';

export interface TeamAsItStands {
  readonly teamId: string;
  members: readonly OracleMembership[];
  readonly inboundOnly: boolean;
  hasGoal: boolean;
}

/** The answer of `GET /v1/goals/{id}/contributions`. */
export interface Shown {
  readonly snapshotLocked: boolean;
  readonly members: readonly {
    readonly agentId: string;
    readonly snapshot: string | null;
    readonly restated: string | null;
  }[];
  readonly restated: object | null;
}

export interface Lock {
  readonly id: string;
  readonly goal: string;
  readonly period: string;
  readonly week: Week;
  readonly status: string;
  readonly covered: number;
  readonly seal: number;
  readonly value: bigint;
  readonly members: ReadonlyMap<string, bigint>;
}

export function locksOf(books: Books, first: GoalsPart): Lock[] {
  const ids = agentIds(books);
  return (books.all.get('goal_locks') ?? []).map((row) => {
    const week = weekNamed(first, String(row.period));
    if (week === null) throw new Error(`${row.period} is no week of this history`);
    const members = JSON.parse(String(row.members)) as [string, string][];
    return {
      id: String(row.id),
      goal: String(row.goal),
      period: String(row.period),
      week,
      status: String(row.status),
      covered: Number(row.covered),
      seal: Number(row.seal),
      value: BigInt(String(row.metric_value)),
      members: new Map(members.map(([key, amount]) => [ids.get(key) ?? key, BigInt(amount)])),
    };
  });
}

const shownSums = (sums: ReadonlyMap<string, bigint>): string =>
  [...sums]
    .filter(([, amount]) => amount !== 0n)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([agent, amount]) => `${agent}=${amount}`)
    .join(', ');

export function sumsOf(
  team: TeamAsItStands,
  { from, until }: Week,
  events: readonly OracleMetric[],
): Map<string, bigint> {
  const filter = team.inboundOnly ? [{ field: 'callType', values: ['INBOUND'] }] : [];
  return contributions(events, { from, until, members: team.members, filter });
}

const oracle = (team: TeamAsItStands, week: Week, events: readonly OracleMetric[]): string =>
  shownSums(sumsOf(team, week, events));

/** What a team comes to, in millionths. */
export const oracleSum = (
  team: TeamAsItStands,
  week: Week,
  events: readonly OracleMetric[],
): bigint => [...sumsOf(team, week, events).values()].reduce((all, one) => all + one, 0n);

/**
 * What may have been counted without being in the log yet is tried in every way, which doubles with
 * each: of a snapshot with more of them nothing is known but its sum. `countsOfLocks` counts both.
 */
const MOST_UNSURE = 8;

function* subsets<T>(items: readonly T[]): Generator<T[]> {
  for (let mask = 0; mask < 2 ** items.length; mask += 1) {
    yield items.filter((_, index) => (mask & (2 ** index)) !== 0);
  }
}

/** What the log held when a snapshot was locked, and what it may hold besides. */
function saidBy(player: GoalsPlayer, lock: Lock, books: Books) {
  const sealOf = new Map(
    (books.all.get('events') ?? []).map((row) => [eventName(row), Number(row.seal)]),
  );
  const said = player.part.metrics.filter(({ id }) => sealOf.has(id));
  return {
    sure: said.filter(({ id }) => (sealOf.get(id) ?? 0) <= lock.covered),
    // Offered to the goal before it was sealed: it may be in, whatever its seal.
    unsure: said.filter(({ id }) => (sealOf.get(id) ?? 0) > lock.covered),
  };
}

/** G4: the snapshot holds everything that the log held when it was locked. */
function snapshotIsRight(player: GoalsPlayer, team: TeamAsItStands, lock: Lock, books: Books) {
  const { sure, unsure } = saidBy(player, lock, books);
  if (unsure.length > MOST_UNSURE) return [];
  const found = shownSums(lock.members);
  for (const some of subsets(unsure)) {
    if (oracle(team, lock.week, [...sure, ...some]) === found) return [];
  }
  return [`G4 ${lock.id}: locked ${found}, the log held ${oracle(team, lock.week, sure)}`];
}

/** How many snapshots G4 has tried, and how many had too much that is unsure. */
export function countsOfLocks(player: GoalsPlayer, books: Books): Record<string, number> {
  const locks = locksOf(books, player.part);
  const untried = locks.filter(
    (lock) => saidBy(player, lock, books).unsure.length > MOST_UNSURE,
  ).length;
  return { 'snapshots tried': locks.length - untried, 'snapshots untried': untried };
}

const eventName = (row: Readonly<Record<string, unknown>>): string => {
  const content = JSON.parse(String(row.content ?? 'null')) as { eventId?: string } | null;
  return content?.eventId ?? '';
};

/** INV-9: the restated value is the same whatever order and repetition it came in. */
function restatedIsRight(player: GoalsPlayer, team: TeamAsItStands, goal: string): string[] {
  const shown = player.shown.get(goal);
  if (shown?.restated == null) return [];
  const heard = new Set(player.history.mail.sentEvents.map(({ eventId }) => eventId));
  const wanted = oracle(
    team,
    player.part,
    player.part.metrics.filter(({ id }) => heard.has(id)),
  );
  const found = shownSums(
    new Map(
      shown.members.map(({ agentId, restated }) => [agentId, millionths(restated ?? '0') ?? 0n]),
    ),
  );
  return found === wanted ? [] : [`INV-9 ${goal}: restated ${found}, the oracle says ${wanted}`];
}

function valueIsItsSum({ id, value, members }: Lock): string[] {
  const sum = [...members.values()].reduce((all, one) => all + one, 0n);
  return value === sum ? [] : [`G4 ${id}: ${value} is not the sum of its members, ${sum}`];
}

export function brokenGoals(player: GoalsPlayer, books: Books): string[] {
  const locks = locksOf(books, player.part);
  const { part, history } = player;
  const ofTeams = player.teams.flatMap((team, number) => {
    if (!team.hasGoal) return [];
    const goal = `goal-${number}`;
    const lock = locks.find((one) => one.goal === goal && one.period === part.week);
    const isOver = history.world.now > part.until + 3_600_000;
    return [
      ...(lock === undefined && isOver ? [`INV-12 ${goal}: ${part.week} was never locked`] : []),
      ...(lock !== undefined && !isOver && history.world.now < part.until
        ? [`INV-8 ${goal}: locked before it was over`]
        : []),
      ...locks
        .filter((one) => one.goal === goal)
        .flatMap((one) => [...snapshotIsRight(player, team, one, books), ...valueIsItsSum(one)]),
      ...restatedIsRight(player, team, goal),
    ];
  });
  const locked = { weeks: locks.map(({ week }) => week), hours: [part.stabilizationHours] };
  return [
    ...ofTeams,
    ...evaluatedRightly(books, locks),
    ...daysAreRight(books, locked, part.zone),
    ...brokenRewards(player, books, locks),
    ...brokenPayments(player, books, locks),
  ];
}
