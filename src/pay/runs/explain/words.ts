/**
 * What an entry of pay says to the person whose pay it is. Decides the sentence: how much, of which
 * period, with the pay of which period it goes, and why a correction was found. An entry names no
 * delta, so what a line settled is found by its claims. Refuses nothing: what is not known is left out.
 */
import { parseFraction } from '../../../kernel/fraction';
import { printAmount } from '../../../kernel/units';
import type { Entry } from '../../../ledger/entry';
import type { StoredReview } from '../../../reviews/review';
import { printNumber } from '../../calculation/steps';
import type { DeltaKind, KnownDelta } from '../../deltas/delta';
import { WRITE_OFF } from '../../disputes/dispute';

/** The run that an entry of a line names. */
export interface NamedRun {
  readonly name: string;
  readonly planId: string;
  readonly period: string;
}

/** A part of a delta that a line settled. */
interface Settled {
  readonly delta: KnownDelta;
  /** Signed like the delta, smallest part. */
  readonly amount: bigint;
  /** Whether a later version of the same period settled it. */
  readonly byVersion: boolean;
}

const figure = ({ amount, unit }: Pick<Entry, 'amount' | 'unit'>): string =>
  `${printAmount(BigInt(amount), unit)} ${unit}`;

const WHAT: Readonly<Record<string, string>> = {
  PAY_EARNED: 'earned by the calculation of run',
  PAY_PAID: 'confirmed by payroll for run',
  PAY_REJECTED: 'refused by payroll, or given up without its answer, for run',
};

/** What an entry of a line says; `settled` is the part of a correction that it moved, if any. */
export function lineWords(entry: Entry, run: NamedRun, settled: Settled | null): string {
  const road = roadOf(entry, run);
  const what = SETTLES[road === 'OWN' && settled !== null ? 'LATER' : road];
  if (what === null || entry.kind !== 'PAY_PAID') {
    const did = WHAT[entry.kind] ?? 'posted for run';
    return `Variable pay of ${run.planId} for ${run.period}, ${did} ${run.name}: ${figure(entry)}.`;
  }
  const [began, of] = what;
  const period = settled?.delta.period ?? periodIn(entry) ?? 'an earlier period';
  const named = settled === null ? `run ${run.name}` : `delta ${settled.delta.id}`;
  return `${began} with the pay of ${run.planId} for ${run.period}: ${figure(entry)} of ${of} for ${period} (${named}).`;
}

type Road = 'OWN' | 'LATER' | 'TAKEN' | 'GIVEN_BACK' | 'TAKEN_AGAIN';

/** How an entry of a settled correction begins, and of what it is a part; null: it is none. */
const SETTLES: Readonly<Record<Road, readonly [string, string] | null>> = {
  OWN: null,
  LATER: ['Paid', 'what was still to be paid'],
  TAKEN: ['Taken back', 'what was paid too much'],
  GIVEN_BACK: ['Given back', 'what was taken back twice'],
  TAKEN_AGAIN: ['Taken back', 'what was paid twice'],
};

/** Which way an entry goes, by the accounts it moves. A run's own period may be paid twice over. */
function roadOf({ from, to }: Entry, { period }: NamedRun): Road {
  if (from.includes(':owed:')) return 'TAKEN';
  if (to.includes(':owed:')) return 'GIVEN_BACK';
  if (from.includes(':paid:')) return 'TAKEN_AGAIN';
  return from.endsWith(`:${period}`) ? 'OWN' : 'LATER';
}

/** The period of the account of pay that an entry moves. */
const periodIn = ({ from, to }: Entry): string | null =>
  PERIOD.exec(from)?.[1] ?? PERIOD.exec(to)?.[1] ?? null;

const PERIOD = /^agent:[^:]+:(?:pay|paid):[^:]+:([^:]+)$/;

/**
 * The correction that each entry of one line settled, by entry id. What fits two of one amount is
 * told apart by order alone: nothing but the order tells them apart in the books either.
 */
export function settledBy(
  entries: readonly Entry[],
  run: NamedRun,
  line: string,
  deltas: readonly KnownDelta[],
): Map<string, Settled> {
  const open = deltas.flatMap((delta) =>
    delta.claims
      .filter((claim) => claim.line === line)
      .map(({ amount, road }): Settled => ({ delta, amount, byVersion: road === 'VERSION' })),
  );
  const found = new Map<string, Settled>();
  for (const entry of entries.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const place = open.findIndex((part) => isOf(part, entry, roadOf(entry, run)));
    const [part] = place < 0 ? [] : open.splice(place, 1);
    if (part !== undefined) found.set(entry.id, part);
  }
  return found;
}

function isOf({ delta, amount, byVersion }: Settled, entry: Entry, road: Road): boolean {
  if (entry.unit !== delta.unit) return false;
  if ((amount < 0n ? -amount : amount) !== BigInt(entry.amount)) return false;
  const own = periodIn(entry);
  if (own !== null && own !== delta.period) return false;
  const isMore = amount > 0n && delta.amount > 0n;
  const isWay: Readonly<Record<Road, boolean>> = {
    OWN: byVersion && isMore,
    LATER: isMore,
    TAKEN: amount < 0n && delta.amount < 0n,
    GIVEN_BACK: amount > 0n && delta.amount < 0n,
    TAKEN_AGAIN: amount < 0n && delta.amount > 0n,
  };
  return isWay[road];
}

const BECAUSE: Readonly<Record<DeltaKind, string>> = {
  FACTS: 'its facts changed',
  VERSION: 'a later version of its calculation came to another amount',
  DISPUTE: 'a dispute of it was approved',
};

const HOME: Readonly<Record<DeltaKind, string>> = {
  FACTS: 'it is settled in a later cycle, or by a later version of this one',
  VERSION: 'it is settled by that version, or in a later cycle',
  DISPUTE: 'it is settled in a later cycle, or by a later version of this one',
};

/** What an entry of a correction says; `changes` are the facts that changed, where they are known. */
export function deltaWords(
  entry: Entry,
  about: { readonly planId: string; readonly period: string },
  kind: DeltaKind | null,
  changes: readonly string[],
): string {
  const { from, to } = entry;
  const pay = `ariable pay of ${about.planId} for ${about.period}`;
  const isLess = from.includes(':paid:');
  if (!isLess && !to.includes(':pay:')) {
    return `Of a correction of v${pay}, ${figure(entry)} is set off against what was written off.`;
  }
  const cause = kind === null ? 'it was corrected' : BECAUSE[kind];
  const which = changes.length === 0 ? '' : ` (${changes.join(', ')})`;
  const home = HOME[kind ?? 'FACTS'];
  return `V${pay} comes to ${figure(entry)} ${isLess ? 'less' : 'more'} than was paid, because ${cause}${which}; ${home}.`;
}

/**
 * What an entry in suspense says: a line that was told as refused has been paid, or has taken back,
 * after all. `run`: null where it was no line of pay. Whatever it was for, it has happened.
 */
export function lateWords(entry: Entry, run: NamedRun | null, wasGivenUp: boolean): string {
  const isPaid = entry.from.startsWith('suspense:');
  const when = wasGivenUp
    ? 'late, after it had been given up'
    : 'though the books did not expect it';
  if (run === null) return `Confirmed ${when}: ${figure(entry)}.`;
  const pay = `Variable pay of ${run.planId} for ${periodIn(entry) ?? run.period}`;
  const what = isPaid ? 'paid' : 'taken back';
  return `${pay}, ${what} by payroll for run ${run.name}, confirmed ${when}: ${figure(entry)}.`;
}

/** Which way a write-off goes, by the accounts it moves: what it was of, and what comes of it. */
function writtenOff({ from, to }: Entry): readonly [what: string, then: string] {
  if (from.includes(':owed:')) {
    return ['was paid too much', 'it stays with the agent, and nothing of it is taken back'];
  }
  if (to.includes(':owed:')) return ['was taken back twice', 'it is not given back'];
  return ['was still to be paid', 'it is not paid'];
}

/** What an entry of a write-off says: how much of what, what comes of it, and the proposer's reason. */
function writeOffWords(entry: Entry, review: StoredReview | undefined): string {
  const [what, then] = writtenOff(entry);
  const { planId, period, deltaId } = review?.content?.evidence ?? {};
  const of = `${planId ?? 'a plan'} for ${period ?? periodIn(entry) ?? 'an earlier period'}`;
  const delta = deltaId === undefined ? '' : ` (delta ${deltaId})`;
  const reason = review?.opened?.reason ?? null;
  const because = reason === null ? '' : `: ${reason}`;
  return `Of variable pay of ${of}, ${figure(entry)} that ${what} is written off${delta}; ${then}. Approved by a second person${because}`;
}

export const PAY_REVIEW_WORDS = { [WRITE_OFF]: writeOffWords };

/** A result as it counted, and the sender's id of it; null where that was erased. */
export interface CountedScore {
  readonly id: string | null;
  /** `numerator/denominator`. */
  readonly score: string;
}

/** What was calculated from, at one of two moments. */
export interface FactsThen {
  readonly results: readonly CountedScore[];
  readonly interactions: number | null;
  readonly actuals: string;
}

/** Evaluations told one by one; the others are counted. */
const MOST_TOLD = 5;

/** How the facts of one moment differ from those of an earlier one, each difference in some words. */
export function changesBetween(before: FactsThen, after: FactsThen): string[] {
  const evaluations = evaluationsBetween(before.results, after.results);
  const more = evaluations.length - MOST_TOLD;
  const counted = (count: number | null): string => (count === null ? 'unknown' : `${count}`);
  return [
    ...evaluations.slice(0, MOST_TOLD),
    ...(more > 0 ? [`${more} more evaluations`] : []),
    ...(before.interactions === after.interactions
      ? []
      : [
          `interactions were ${counted(before.interactions)} and are ${counted(after.interactions)}`,
        ]),
    ...(before.actuals === after.actuals ? [] : ['the recorded working time changed']),
  ];
}

function evaluationsBetween(
  before: readonly CountedScore[],
  after: readonly CountedScore[],
): string[] {
  const name = ({ id }: CountedScore): string =>
    id === null ? 'an evaluation' : `evaluation ${id}`;
  const score = (one: CountedScore): string => printNumber(parseFraction(one.score));
  const now = new Map(after.flatMap((one) => (one.id === null ? [] : [[one.id, one] as const])));
  const known = new Set(before.map(({ id }) => id).filter((id) => id !== null));
  const gone = before.flatMap((old) => {
    const changed = old.id === null ? undefined : now.get(old.id);
    if (changed === undefined) return [`${name(old)} of ${score(old)} no longer counts`];
    return changed.score === old.score
      ? []
      : [`${name(old)} was ${score(old)} and is ${score(changed)}`];
  });
  const fresh = after.filter(({ id }) => id === null || !known.has(id));
  return [...gone, ...fresh.map((one) => `${name(one)} of ${score(one)} counts now`)];
}
