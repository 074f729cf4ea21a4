/**
 * What must be true of the rewards of goals after every history: one pool an agent and period, parts
 * that add up, nothing provisional before the close and nothing final before its window ends, the
 * verdict of the oracle, and pools and members together what was funded.
 */
import type { OracleMembership } from '../../oracle/goals';
import { keeper, verdict } from '../../oracle/verdict';
import { agentIds, type Books } from '../books';
import type { PlannedMetric } from './plan';
import type { GoalsPlayer } from './system';
import { type Lock, oracleSum, type TeamAsItStands } from './truth';
import type { Week } from './week';

/** In cents. */
export const FUNDED = 100_000;
export const AWARD = 30_000;
export const THRESHOLD = 300n * 1_000_000n;
const HOUR = 3_600_000;

export interface Step {
  readonly epoch: number;
  readonly goal: string;
  readonly period: string;
  readonly name: string;
  readonly content: {
    readonly outcome?: string;
    readonly total?: number;
    readonly parts?: readonly (readonly [string, number])[] | null;
    readonly verdict?: string;
    readonly reviewId?: string | null;
    readonly decision?: string;
    /** Of a look at a late correction: what an approval opens. */
    readonly epoch?: number;
  };
}

export const stepsOf = (books: Books): Step[] =>
  (books.all.get('goal_rewards') ?? []).map((row) => ({
    goal: String(row.goal),
    period: String(row.period),
    epoch: Number(row.epoch),
    name: String(row.step),
    content: JSON.parse(String(row.content)) as Step['content'],
  }));

const REWARD = /^agent:[^:]+:reward:(pending|earned)$/;

/** Pools, what is set aside and the members: never below zero, together what was funded. */
function moneyIsThere(player: GoalsPlayer, books: Books): string[] {
  const sums = new Map<string, number>();
  const add = (account: string, amount: number): void => {
    if (/^(pool|suspense):/.test(account) || REWARD.test(account)) {
      sums.set(account, (sums.get(account) ?? 0) + amount);
    }
  };
  for (const { unit, from_account, to_account, amount } of books.entries) {
    if (unit !== 'USD') continue;
    add(from_account, -amount);
    add(to_account, amount);
  }
  const total = [...sums.values()].reduce((all, one) => all + one, 0);
  const funded = FUNDED * player.part.teams.length;
  return [
    ...(total === funded ? [] : [`INV-7: pools and members hold ${total}, funded ${funded}`]),
    ...[...sums]
      .filter(([account, amount]) => amount < 0 && !account.startsWith('suspense:'))
      .map(([account, amount]) => `INV-7: ${account} stands at ${amount}`),
  ];
}

/** INV-8: nothing is promised before the close, nothing is final before the window ends. */
function nothingTooEarly({ part }: GoalsPlayer, books: Books): string[] {
  const earliest = new Map([
    ['REWARD_PROVISIONAL', part.until],
    ['REWARD_CONFIRMED', part.until + part.stabilizationHours * HOUR],
  ]);
  return books.entries
    .filter(({ kind, recorded_at }) => recorded_at < (earliest.get(kind) ?? 0))
    .map(({ kind, tx }) => `INV-8: ${kind} ${tx} came too early`);
}

/** The team that keeps an agent, of those whose goals could pay it in a week. */
export function keeperOf(
  { teams, history }: GoalsPlayer,
  agent: string,
  week: Week,
): string | null {
  const person = history.plan.people.find(({ agentId }) => agentId === agent);
  const claims = teams.flatMap((team, number) => {
    const own = team.members.filter((one) => one.agent === agent && isWithin(one, week));
    const since = sinceOf(team, agent, own);
    const queue = person?.queues?.find(({ queueId }) => queueId === `queue-${number}`);
    const bears = team.hasGoal && own.length > 0;
    return bears ? [{ team: team.teamId, weight: queue?.weight ?? 0, since }] : [];
  });
  return keeper(claims);
}

/** Since when without a gap, however long before the week: what goes on from another began with it. */
function sinceOf(
  { members }: TeamAsItStands,
  agent: string,
  own: readonly OracleMembership[],
): number {
  const startOf = ({ from }: OracleMembership): number => from ?? 0;
  let since = Math.min(...own.map(startOf));
  for (;;) {
    const before = members.filter(
      (one) => one.agent === agent && startOf(one) < since && (one.until ?? since) >= since,
    );
    if (before.length === 0) return since;
    since = Math.min(...before.map(startOf));
  }
}

const isWithin = ({ from, until }: OracleMembership, week: Week): boolean =>
  (from ?? week.from) < week.until && (until ?? week.until) > week.from;

function partsAreRight(
  player: GoalsPlayer,
  team: TeamAsItStands,
  { week }: Lock,
  opened: Step,
  ids: ReadonlyMap<string, string>,
): string[] {
  const { goal, content } = opened;
  const parts = content.parts ?? [];
  if (parts.length === 0) return [];
  const amounts = parts.map(([, amount]) => amount);
  const total = amounts.reduce((all, one) => all + one, 0);
  const equal = Math.max(...amounts) - Math.min(...amounts) <= 1;
  const stray = parts
    .map(([key]) => ids.get(key) ?? key)
    .filter((agent) => keeperOf(player, agent, week) !== team.teamId);
  return [
    ...(total === AWARD ? [] : [`G9 ${goal}: parts come to ${total}, not ${AWARD}`]),
    ...(equal || player.part.distribution !== 'EQUITY' ? [] : [`G9 ${goal}: ${amounts} not equal`]),
    ...stray.map((agent) => `INV-10 ${goal}: pays ${agent}, whom another team keeps`),
  ];
}

/** What was said before the window of a week ended; null where something came after it. */
export function heardInTime(
  { part }: GoalsPlayer,
  { until }: Week,
  books: Books,
): PlannedMetric[] | null {
  const window = until + part.stabilizationHours * HOUR;
  const arrived = new Map(books.events.map((row) => [eventIdIn(row.content), row.received_at]));
  const said = part.metrics.filter(({ id }) => arrived.has(id));
  return said.some(({ id }) => (arrived.get(id) ?? 0) >= window) ? null : said;
}

/** DEC-11, where nothing came between the end of the window and the look at it. */
function verdictIsRight(
  player: GoalsPlayer,
  team: TeamAsItStands,
  lock: Lock,
  judged: Step | undefined,
  books: Books,
): string[] {
  const { part, history } = player;
  const said = heardInTime(player, lock.week, books);
  if (said === null) return [];
  if (judged === undefined) {
    return history.waited ? [`INV-12 ${lock.id}: its window ended and nobody judged it`] : [];
  }
  const wanted = verdict({
    threshold: THRESHOLD,
    snapshot: lock.value,
    restated: oracleSum(team, lock.week, said),
    tolerancePercent: 2n,
    whenDrifted: part.whenDrifted,
    whenFallen: part.whenFallen,
  });
  const found = judged.content.verdict;
  history.trouble(`verdict ${wanted}`);
  return found === wanted ? [] : [`DEC-11 ${lock.id}: ${found}, the oracle says ${wanted}`];
}

const eventIdIn = (content: string | null): string =>
  (JSON.parse(content ?? 'null') as { eventId?: string } | null)?.eventId ?? '';

export function brokenRewards(player: GoalsPlayer, books: Books, locks: readonly Lock[]): string[] {
  const ids = agentIds(books);
  const steps = stepsOf(books);
  const paid = steps.flatMap(({ name, epoch, period, content }) =>
    name === 'OPENED' && epoch === 1
      ? (content.parts ?? []).map(([key]) => `${key} ${period}`)
      : [],
  );
  const achieved = locks.filter(({ status }) => status === 'ACHIEVED');
  return [
    ...moneyIsThere(player, books),
    ...nothingTooEarly(player, books),
    ...(new Set(paid).size === paid.length ? [] : ['INV-10: an agent is in two pools']),
    ...player.teams.flatMap((team, number) =>
      achieved
        .filter(({ goal }) => goal === `goal-${number}`)
        .flatMap((lock) => {
          const own = steps.filter(
            ({ goal, period }) => goal === lock.goal && period === lock.period,
          );
          return rewardIsRight(player, team, lock, own, { books, ids });
        }),
    ),
  ];
}

/** Of one goal and week that was achieved. */
function rewardIsRight(
  player: GoalsPlayer,
  team: TeamAsItStands,
  lock: Lock,
  steps: readonly Step[],
  { books, ids }: { readonly books: Books; readonly ids: ReadonlyMap<string, string> },
): string[] {
  const opened = steps.find(({ name, epoch }) => name === 'OPENED' && epoch === 1);
  if (opened === undefined) {
    return player.history.waited ? [`INV-12 ${lock.id}: achieved, and no reward was opened`] : [];
  }
  const judged = steps.find(({ name }) => name === 'JUDGED');
  return [
    ...partsAreRight(player, team, lock, opened, ids),
    ...(opened.content.outcome === 'PROVISIONAL'
      ? verdictIsRight(player, team, lock, judged, books)
      : []),
  ];
}
