/**
 * What a mentor's coaching sessions amount to: how many, how many earned, and what became of the
 * mentees. Decides the means and shares, exactly until they are printed; with no sample there is no
 * mean. Refuses nothing.
 */
import {
  add,
  compare,
  type Fraction,
  fraction,
  roundHalfUp,
  subtract,
} from '../../kernel/fraction';
import type { ConfigVersion } from '../../ledger/config';
import { inForce } from '../../ledger/config';
import { scoreIn } from '../coaching/award';
import { DEFAULT_PROGRAMME, type Programme } from '../programmes/programme';
import type { Mentored } from './listing';

const WAITING: ReadonlySet<string> = new Set(['AWAITING_SCORE', 'EXPIRED']);
const EARNING: ReadonlySet<string> = new Set(['AWARDED', 'AWARD_STANDS']);
/** A change of the mentee's score that counts as a success (the seed's second edge case). */
const GOOD_CHANGE = fraction(10n);
const PLACES = 4;

export interface Figures {
  /** Completed coaching sessions. */
  readonly sessions: number;
  /** How many ended how. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Awarded of those that have a verdict, `0` to `1`; null when none has. */
  readonly awardRate: string | null;
  /** Coaching sessions whose mentee was measured before and after. */
  readonly sample: number;
  readonly meanChange: string | null;
  /** Of the sample, those whose change is 10 or more. */
  readonly shareImproved: string | null;
}

export function figuresOf(
  mentored: readonly Mentored[],
  programmes: readonly ConfigVersion<Programme>[],
): Figures {
  const outcomes: Record<string, number> = {};
  for (const { decision } of mentored) {
    outcomes[decision.outcome] = (outcomes[decision.outcome] ?? 0) + 1;
  }
  const judged = mentored.filter(({ decision }) => !WAITING.has(decision.outcome));
  const earned = judged.filter(({ decision }) => EARNING.has(decision.outcome));
  const changes = mentored.flatMap((one) => changeOf(one, programmes) ?? []);
  const improved = changes.filter((change) => compare(change, GOOD_CHANGE) >= 0);
  return {
    sessions: mentored.length,
    outcomes,
    awardRate: printShare(earned.length, judged.length),
    sample: changes.length,
    meanChange:
      changes.length === 0 ? null : print(divided(changes.reduce(add), BigInt(changes.length))),
    shareImproved: printShare(improved.length, changes.length),
  };
}

/** The change of the mentee's mean score as the award's programme measures it; null while unknown. */
function changeOf(
  { decision, until }: Mentored,
  programmes: readonly ConfigVersion<Programme>[],
): Fraction | null {
  const category = decision.awards[0]?.category;
  const own = programmes.filter(({ name }) => name === category);
  const { measurementDays } = inForce(own, until)?.content ?? DEFAULT_PROGRAMME;
  const before = scoreIn(decision.frozen?.before ?? null);
  const measure = decision.frozen?.measures[measurementDays];
  const after = measure?.done === true ? scoreIn(measure.after) : null;
  return before === null || after === null ? null : subtract(after, before);
}

const divided = ({ numerator, denominator }: Fraction, by: bigint): Fraction =>
  fraction(numerator, denominator * by);

const printShare = (some: number, all: number): string | null =>
  all === 0 ? null : print(fraction(BigInt(some), BigInt(all)));

/** A decimal of at most four places, rounded half up once. */
export function print(value: Fraction): string {
  const scaled = roundHalfUp({ ...value, numerator: value.numerator * 10n ** BigInt(PLACES) });
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(PLACES + 1, '0');
  const places = digits.slice(-PLACES).replace(/0+$/, '');
  const whole = digits.slice(0, -PLACES);
  return `${scaled < 0n ? '-' : ''}${whole}${places === '' ? '' : `.${places}`}`;
}

/** Coaching sessions that one answer is made of, of the agent. */
export const MAX_SESSIONS = 1000;
/** Of all partners together; as many are read as one invocation has queries and memory for. */
const MAX_THEIRS = 10_000;

/** Coaching sessions that are looked at of each partner. */
export const sessionsOfEach = (partners: number): number =>
  Math.min(MAX_SESSIONS, Math.ceil(MAX_THEIRS / Math.max(1, partners)));

/** Those whom the mentor mentors and who mentor the mentor, with both counts. */
export function reciprocalPairs(
  own: readonly Mentored[],
  others: readonly Mentored[],
): { readonly partner: string; readonly mentored: number; readonly mentoredBy: number }[] {
  const mentored = Map.groupBy(own, ({ menteeKey }) => menteeKey);
  const back = Map.groupBy(others, ({ mentorKey }) => mentorKey);
  return [...mentored]
    .map(([partner, sessions]) => ({
      partner,
      mentored: sessions.length,
      mentoredBy: back.get(partner)?.length ?? 0,
    }))
    .filter(({ mentoredBy }) => mentoredBy > 0)
    .toSorted((a, b) => (a.partner < b.partner ? -1 : 1));
}
