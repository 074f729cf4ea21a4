/**
 * An agent's statement: which days it covers, what it sums, in which order its lines stand. Decides
 * what counts as earned, revoked, decay and adjustment; every sum is signed, so that opening and
 * the others together are the closing balance. Refuses periods that end before they begin, and
 * instants at which no local day begins: the books keep days.
 */
import { invalidField } from '../../kernel/failure';
import { compareText } from '../../kernel/ids';
import { civilDay, isDay, LAST_INSTANT_MS, parseDay, parseInstant } from '../../kernel/instant';
import { compactDay, dashedDay, dayAfter, dayNumber, periodOf } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import type { Unit } from '../../kernel/units';
import { localDay, startOfLocalDay } from '../../kernel/zone';
import { agentOf } from '../../ledger/account';
import type { Entry } from '../../ledger/entry';

/** Local days, half-open: `to` is the first that does not count. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** The days asked for; the current local month where nothing is said. */
export function daysOf(
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
  zone: string,
  now: number,
): Result<Days> {
  const given = {
    from: asked.from === undefined ? null : dayAt(asked.from, zone),
    to: asked.to === undefined ? null : dayAt(asked.to, zone),
  };
  for (const name of ['from', 'to'] as const) {
    if (asked[name] !== undefined && given[name] === null) return fail(noDay(name));
  }
  const today = localDay(now, zone);
  const to = given.to ?? dayAfter(monthOf(later(given.from, today)));
  const from = given.from ?? monthOf(given.to === null ? today : dayBefore(given.to)).firstDay;
  return from <= to
    ? ok({ from, to })
    : fail(invalidField('query:/to', 'before_from', 'a statement ends after it begins'));
}

const noDay = (name: string) =>
  invalidField(`query:/${name}`, 'custom', 'a day YYYY-MM-DD, or the instant at which one begins');

/** A day as it is written, or the local day that begins at an instant. */
function dayAt(text: string, zone: string): string | null {
  if (parseDay(text) !== null) return isDay(text) ? text : null;
  const instant = parseInstant(text);
  if (instant === null) return null;
  const day = localDay(instant, zone);
  return isDay(day) && startOfLocalDay(day, zone) === instant ? day : null;
}

const monthOf = (day: string) => periodOf('MONTHLY', day);
const later = (day: string | null, other: string): string =>
  day !== null && day > other ? day : other;

/** Of the very first day itself: nothing lies before it. */
const dayBefore = (day: string): string => civilDay(Math.max(0, dayNumber(day) - 1));

const BUCKETS = ['earned', 'revoked', 'decay', 'adjustments'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** Kinds that have a sum of their own; of all others what is gained is earned, what is lost revoked. */
const OWN: Readonly<Record<string, Bucket>> = { DECAY: 'decay', ADJUSTMENT: 'adjustments' };

export const bucketOf = (kind: string, change: bigint): Bucket =>
  OWN[kind] ?? (change > 0n ? 'earned' : 'revoked');

/** What an entry brings an agent over all accounts: nothing where it moves between two of them. */
export function changeOf({ from, to, amount }: Entry, agentKey: string): bigint {
  const gains = agentOf(to) === agentKey ? 1 : 0;
  const gives = agentOf(from) === agentKey ? 1 : 0;
  return BigInt(amount) * BigInt(gains - gives);
}

/** The sum of some entries of one unit and kind, before the statement's days or in them. */
export interface KindSum {
  readonly unit: Unit;
  readonly kind: string;
  readonly isBefore: boolean;
  /** Signed, smallest part; gains and losses apart. */
  readonly change: bigint;
}

/** What an agent's account of points of one season came to, up to the end of the days. */
export interface SeasonSum {
  readonly unit: Unit;
  readonly season: string;
  /** Signed, smallest part. */
  readonly change: bigint;
}

export interface Totals extends Readonly<Record<Bucket, bigint>> {
  readonly unit: Unit;
  readonly opening: bigint;
  readonly closing: bigint;
  /** The closing balance by season, of points alone; in the order of the seasons' names. */
  readonly seasons: readonly SeasonSum[];
}

/** One line of sums per unit, by unit. */
export function totalsOf(sums: readonly KindSum[], seasons: readonly SeasonSum[]): Totals[] {
  const groups = Map.groupBy(sums, ({ unit }) => unit);
  return [...groups.keys()].sort().map((unit) => {
    const own = groups.get(unit) ?? [];
    const total = (counts: (sum: KindSum) => boolean): bigint =>
      own.filter(counts).reduce((all, { change }) => all + change, 0n);
    const within = (bucket: Bucket): bigint =>
      total(({ isBefore, kind, change }) => !isBefore && bucketOf(kind, change) === bucket);
    return {
      unit,
      opening: total(({ isBefore }) => isBefore),
      earned: within('earned'),
      revoked: within('revoked'),
      decay: within('decay'),
      adjustments: within('adjustments'),
      closing: total(() => true),
      seasons: seasons
        .filter((one) => one.unit === unit)
        .toSorted((a, b) => compareText(a.season, b.season)),
    };
  });
}

/** Which statement a page belongs to and where it goes on. */
export interface Place extends Days {
  readonly seal: number;
  /** The instant that was asked for, or that of the first page; UTC ms. */
  readonly asOf: number;
  /** `YYYYMMDD`, or after it a dot and the name of a line; lines after it are wanted. */
  readonly after: string;
}

export const firstPlace = ({ from }: Days): string => compactDay(from);

export const writePlace = ({ seal, asOf, from, to, after }: Place): string =>
  [seal, asOf, from, to, after].join('~');

const PLACE =
  /^([0-9]{1,15})~([0-9]{1,15})~([0-9-]{10})~([0-9-]{10})~([0-9]{8}(?:\.[A-Za-z0-9_-]{0,100}|\/)?)$/;

/** The place a cursor stands for, or null when it is none. */
export function readPlace(cursor: string): Place | null {
  const match = PLACE.exec(cursor);
  if (match === null) return null;
  const [, seal, asOf, from = '', to = '', after = ''] = match;
  const days = [from, to, dashedDay(after)];
  if (days.some((day) => parseDay(day) === null)) return null;
  if (Number(asOf) > LAST_INSTANT_MS) return null;
  return { seal: Number(seal), asOf: Number(asOf), from, to, after };
}

/** Something that has its place among the lines. */
export interface Placed {
  readonly place: string;
}

/** How far two lists are known that are shown as one. */
export const firstReached = (a: string | null, b: string | null): string | null =>
  a === null || (b !== null && b < a) ? b : a;

const dayIn = (place: string): string => place.slice(0, 8);

/**
 * Two lists in order as one page. `reached` bounds what is known of the second list: lines behind
 * it are left to the next page. A page ends with a whole day where it holds one, so that the lines
 * of a day are split only where they alone do not fit. The next page begins after `next`; null:
 * there is none.
 */
export function mergePage<A extends Placed, B extends Placed>(
  first: readonly A[],
  second: readonly B[],
  reached: string | null,
  limit: number,
): { readonly lines: readonly (A | B)[]; readonly next: string | null } {
  const known = [...first, ...second]
    .filter(({ place }) => reached === null || place <= reached)
    .toSorted((a, b) => (a.place < b.place ? -1 : 1));
  const lines = known.slice(0, limit);
  const cut = known[limit]?.place ?? (reached?.includes('.') ? reached : null);
  const whole = cut === null ? [] : lines.filter(({ place }) => dayIn(place) < dayIn(cut));
  const last = whole.at(-1);
  if (last !== undefined) return { lines: whole, next: last.place };
  return { lines, next: known.length > limit ? (lines.at(-1)?.place ?? null) : reached };
}

/** What a line shows of its order: its place, when it was recorded (UTC ms) and under which seal. */
export interface Recorded extends Placed {
  readonly recordedAt: number;
  readonly seal: number;
}

/**
 * The order in which lines of a page are read: by day, then as they were recorded, then by name.
 * Pages are cut by name, for which the books have a key; each is put in this order by itself.
 */
export const byTime = (a: Recorded, b: Recorded): number =>
  compareText(dayIn(a.place), dayIn(b.place)) ||
  a.recordedAt - b.recordedAt ||
  a.seal - b.seal ||
  compareText(a.place, b.place);
