/**
 * What a board remembers of the ledger as of one seal: the lots of every agent with points in the
 * category, and since when each was eligible. Decides nothing about scores. A bucket (agent, day)
 * is always replaced whole by what the entries say, so taking one twice changes nothing.
 */
import type { Agent, STATUSES } from '../agents/agent';
import { hashFields } from '../kernel/hash';
import { dashedDay, dayNumber } from '../kernel/period';
import type { ConfigVersion } from '../ledger/config';
import type { Leaderboard } from './board';
import { LOT_SIZE, type Lots, type Measured, type Scoring } from './score';

/** What of a board decides which numbers must be remembered. */
export interface Shape {
  readonly category: string;
  readonly groups: readonly string[];
  readonly status: (typeof STATUSES)[number] | null;
  /** True where each award must be known by itself, because decay stops at a minimum. */
  readonly perAward: boolean;
}

export const shapeOf = (board: Leaderboard, { minimum }: Scoring): Shape => ({
  category: board.pointCategory,
  groups: board.eligibility.userGroups.toSorted(),
  status: board.eligibility.statusFilter ?? null,
  perAward: minimum > 0,
});

export const shapeKey = ({ category, groups, status, perAward }: Shape): string =>
  hashFields('board-shape', category, status ?? '', perAward ? 1 : 0, ...groups);

/** Awards of one agent and business day that are worth the same, as the entries net out. */
export interface Bucket {
  readonly agentKey: string;
  /** `YYYYMMDD`, as ids of entries write it. */
  readonly day: string;
  readonly at: number;
  readonly amount: number;
  readonly count: number;
}

/** `from, 1 | 0` pairs in order of version: since when a version says yes or no (null: since ever). */
export type Timeline = readonly number[];

/** Replaced whole when it changes, so that an order made of holders stays what it was. */
export interface Holder {
  readonly agentKey: string;
  readonly lots: Lots;
  readonly timeline: Timeline;
  /** Where the score was last found to be, and under which weights. */
  measured: { readonly under: object; readonly value: Measured } | null;
  exact: { readonly under: object; readonly value: bigint } | null;
}

export interface Book {
  readonly shape: string;
  /** Days before it are not remembered, days since 1970-01-01. */
  fromDay: number;
  /** The last seal taken in, with its hash: a D1 that was rolled back has another. */
  seal: number;
  sealHash: string;
  readonly holders: Map<string, Holder>;
  /** Counts changes, so that an order computed once is kept until something moves. */
  changes: number;
}

export const emptyBook = (
  shape: string,
  fromDay: number,
  at: { readonly seal: number; readonly sealHash: string },
): Book => ({ shape, fromDay, ...at, holders: new Map(), changes: 0 });

const SINCE_EVER = -1;

/** Since when an agent may stand on a board, from the versions of the directory in order. */
export function timelineOf(
  versions: readonly Pick<ConfigVersion<Agent | null>, 'effectiveFrom' | 'content'>[],
  shape: Shape,
): Timeline {
  const timeline: number[] = [];
  for (const { effectiveFrom, content } of versions) {
    const from = effectiveFrom ?? SINCE_EVER;
    const verdict = isEligible(content, shape) ? 1 : 0;
    const repeats = timeline.at(-1) === verdict && (timeline.at(-2) ?? 0) <= from;
    if (!repeats) timeline.push(from, verdict);
  }
  return timeline;
}

function isEligible(agent: Agent | null, { groups, status }: Shape): boolean {
  if (agent === null || (status !== null && agent.status !== status)) return false;
  return groups.length === 0 || agent.groups.some((group) => groups.includes(group));
}

/** True when the last version that had begun by an instant says yes (DEC-6). */
export function eligibleAt(timeline: Timeline, instant: number): boolean {
  for (let at = timeline.length - 2; at >= 0; at -= 2) {
    if ((timeline[at] ?? 0) <= instant) return timeline[at + 1] === 1;
  }
  return false;
}

/** The next instant after this one at which a timeline may say something else, else infinity. */
export function nextTurn(timeline: Timeline, instant: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (let at = 0; at < timeline.length; at += 2) {
    const from = timeline[at] ?? 0;
    if (from > instant && from < next) next = from;
  }
  return next;
}

/** Days since 1970-01-01 of the `YYYYMMDD` in an entry's id. */
export const dayOfId = (day: string): number => dayNumber(dashedDay(day));

export interface Touched {
  /** `<agent key>.<YYYYMMDD>` of every bucket in which an entry came. */
  readonly buckets: readonly string[];
  /** What those buckets hold now; one that is missing holds nothing. */
  readonly contents: readonly Bucket[];
  /** New timelines by agent key. */
  readonly timelines: ReadonlyMap<string, Timeline>;
}

/** Takes in what changed up to a seal. One synchronous step: nobody sees half of it. */
export function takeIn(
  book: Book,
  { buckets, contents, timelines }: Touched,
  to: { readonly seal: number; readonly sealHash: string },
): void {
  const cleared = Map.groupBy(buckets, (name) => name.slice(0, name.lastIndexOf('.')));
  for (const [agentKey, names] of cleared) {
    const days = new Set(names.map((name) => dayOfId(name.slice(agentKey.length + 1))));
    change(book, agentKey, (day) => !days.has(day), []);
  }
  addBuckets(book, contents);
  setTimelines(book, timelines);
  for (const agentKey of cleared.keys()) {
    if (book.holders.get(agentKey)?.lots.length === 0) book.holders.delete(agentKey);
  }
  if (buckets.length > 0 || timelines.size > 0) book.changes += 1;
  book.seal = to.seal;
  book.sealHash = to.sealHash;
}

export function setTimelines(book: Book, timelines: ReadonlyMap<string, Timeline>): void {
  for (const [agentKey, timeline] of timelines) {
    const holder = book.holders.get(agentKey);
    if (holder !== undefined) book.holders.set(agentKey, { ...holder, timeline });
  }
}

/** Adds buckets that are not there yet. */
export function addBuckets(book: Book, contents: readonly Bucket[]): void {
  for (const [agentKey, own] of Map.groupBy(contents, (bucket) => bucket.agentKey)) {
    const added = own.flatMap(({ day, at, amount, count }) => [dayOfId(day), at, amount, count]);
    const fresh: Holder = { agentKey, lots: [], timeline: [], measured: null, exact: null };
    if (!book.holders.has(agentKey)) book.holders.set(agentKey, fresh);
    change(book, agentKey, () => true, added);
  }
}

function change(
  book: Book,
  agentKey: string,
  keeps: (day: number) => boolean,
  added: readonly number[],
): void {
  const holder = book.holders.get(agentKey);
  if (holder === undefined) return;
  const lots: number[] = [];
  for (let at = 0; at < holder.lots.length; at += LOT_SIZE) {
    if (keeps(holder.lots[at] ?? 0)) lots.push(...holder.lots.slice(at, at + LOT_SIZE));
  }
  lots.push(...added);
  book.holders.set(agentKey, { ...holder, lots, measured: null, exact: null });
}

/** Forgets days that no window reaches any more. */
export function prune(book: Book, fromDay: number): void {
  if (fromDay <= book.fromDay) return;
  book.fromDay = fromDay;
  for (const [agentKey, { lots }] of book.holders) {
    if (lots.some((day, at) => at % LOT_SIZE === 0 && day < fromDay)) {
      change(book, agentKey, (day) => day >= fromDay, []);
    }
    if (book.holders.get(agentKey)?.lots.length === 0) book.holders.delete(agentKey);
  }
  book.changes += 1;
}
