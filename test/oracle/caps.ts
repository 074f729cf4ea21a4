/**
 * The oracle of caps (M9): of the coaching sessions that the rules would award, which count. Written
 * from the document's words: sorted by time, then key; the pair's first, of those the mentor's
 * first, of those what fits under the points. It knows no claims and no settlements.
 */
import { localDayOf, numberOfDay } from './seasons';

export type CapLength = 'DAY' | 'WEEK' | 'MONTH';

interface OracleCount {
  readonly count: number;
  readonly period: CapLength;
}

export interface OracleCaps {
  readonly perMentor?: OracleCount | undefined;
  readonly perPair?: OracleCount | undefined;
  readonly points?: { readonly amount: string; readonly period: CapLength } | undefined;
}

export interface Candidate {
  /** Key of the coaching session: the last tie-break. */
  readonly key: string;
  readonly mentor: string;
  readonly mentee: string;
  /** UTC ms. */
  readonly occurredAt: number;
  /** What the mentor would get, 1/10000 point. */
  readonly worth: bigint;
}

/** A text that two instants share when they lie in one period of a zone; weeks begin on Monday. */
function periodOf(instant: number, length: CapLength, zone: string): string {
  const day = localDayOf(instant, zone);
  if (length === 'DAY') return day;
  // The first Monday of the era was its fifth day.
  if (length === 'WEEK') return `week ${Math.floor((numberOfDay(day) + 3) / 7)}`;
  return day.slice(0, 7);
}

const inOrder = (all: readonly Candidate[]): Candidate[] =>
  all.toSorted((a, b) => a.occurredAt - b.occurredAt || (a.key < b.key ? -1 : 1));

/** Those among the first `count` of their group and period. */
function firstOf(
  all: readonly Candidate[],
  cap: OracleCaps['perMentor'],
  zone: string,
  groupOf: (one: Candidate) => string,
): Candidate[] {
  if (cap === undefined) return [...all];
  const groups = Map.groupBy(
    inOrder(all),
    (one) => `${groupOf(one)} ${periodOf(one.occurredAt, cap.period, zone)}`,
  );
  return [...groups.values()].flatMap((group) => group.slice(0, cap.count));
}

/** Keys of the coaching sessions that count under the caps of one category, by the days of a zone. */
export function counted(
  all: readonly Candidate[],
  caps: OracleCaps,
  zone = 'UTC',
): ReadonlySet<string> {
  const ofPairs = firstOf(all, caps.perPair, zone, ({ mentor, mentee }) => `${mentor} ${mentee}`);
  const ofMentors = firstOf(ofPairs, caps.perMentor, zone, ({ mentor }) => mentor);
  const { points } = caps;
  if (points === undefined) return new Set(ofMentors.map(({ key }) => key));
  const limit = BigInt(Math.round(Number(points.amount) * 10_000));
  const sums = new Map<string, bigint>();
  const kept = inOrder(ofMentors).filter(({ mentor, occurredAt, worth }) => {
    const group = `${mentor} ${periodOf(occurredAt, points.period, zone)}`;
    const sum = (sums.get(group) ?? 0n) + worth;
    if (sum > limit) return false;
    sums.set(group, sum);
    return true;
  });
  return new Set(kept.map(({ key }) => key));
}
