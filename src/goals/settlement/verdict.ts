/**
 * What becomes of a provisional reward once the stabilisation window has ended (G8, DEC-11): the
 * restated metric is held against the snapshot, then against the threshold. Decides exactly, with
 * inclusive bounds. Refuses to decide for a person where the policies say that one must look.
 */
import { compare, type Fraction, fraction, multiply, subtract } from '../../kernel/fraction';

export const OPERATORS = ['LTE', 'GTE', 'LT', 'GT', 'EQ'] as const;
export type Operator = (typeof OPERATORS)[number];

/** Beyond the tolerance of the snapshot, while the status still stands. */
const DRIFT_POLICIES = ['REVIEW', 'ADJUST'] as const;
export type DriftPolicy = (typeof DRIFT_POLICIES)[number];

/** Beyond the tolerance of the snapshot and of the threshold, when the status has fallen. */
const FALL_POLICIES = ['REVIEW', 'REVERSE'] as const;
export type FallPolicy = (typeof FALL_POLICIES)[number];

export interface Judged {
  readonly operator: Operator;
  readonly threshold: Fraction;
  readonly snapshot: Fraction;
  /** Null where the metric has no value any more, e.g. a ratio below its volume floor. */
  readonly restated: Fraction | null;
  /** Percent, e.g. 2 for ±2.0 %. */
  readonly tolerance: Fraction;
  readonly whenDrifted: DriftPolicy;
  readonly whenFallen: FallPolicy;
}

export const VERDICTS = ['CONFIRMED', 'ADJUST', 'REVERSE', 'REVIEW'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Which row of the table decided. */
export type Branch =
  | 'WITHIN_TOLERANCE'
  | 'STATUS_STANDS'
  | 'WITHIN_TOLERANCE_OF_THRESHOLD'
  | 'STATUS_FELL'
  | 'NO_VALUE';

export interface Decided {
  readonly verdict: Verdict;
  readonly branch: Branch;
  /** What a reader should know of a confirmed reward; null where there is nothing to say. */
  readonly note: string | null;
}

const HUNDRED = fraction(1n, 100n);

/** The verdict of DEC-11. Pure: the same figures give the same verdict. */
export function verdictOf(judged: Judged): Decided {
  const { snapshot, restated, threshold, tolerance } = judged;
  if (restated === null) return { verdict: 'REVIEW', branch: 'NO_VALUE', note: null };
  if (isWithin(restated, snapshot, tolerance)) {
    return { verdict: 'CONFIRMED', branch: 'WITHIN_TOLERANCE', note: null };
  }
  if (holds(judged.operator, restated, threshold)) {
    return { verdict: judged.whenDrifted, branch: 'STATUS_STANDS', note: null };
  }
  if (isWithin(restated, threshold, tolerance)) {
    const note = 'the restated metric misses the threshold, within its tolerance';
    return { verdict: 'CONFIRMED', branch: 'WITHIN_TOLERANCE_OF_THRESHOLD', note };
  }
  return { verdict: judged.whenFallen, branch: 'STATUS_FELL', note: null };
}

/** Whether a value meets a threshold. */
export function holds(operator: Operator, value: Fraction, threshold: Fraction): boolean {
  const order = compare(value, threshold);
  switch (operator) {
    case 'LTE':
      return order <= 0;
    case 'GTE':
      return order >= 0;
    case 'LT':
      return order < 0;
    case 'GT':
      return order > 0;
    case 'EQ':
      return order === 0;
  }
}

/**
 * Whether a value lies within so many percent of a base, bounds included. Of a base of zero no
 * share can be taken: the difference itself is held against the figure, 2 % being 0.02.
 */
export function isWithin(value: Fraction, base: Fraction, percent: Fraction): boolean {
  const share = multiply(percent, HUNDRED);
  const size = magnitude(base);
  const band = size.numerator === 0n ? share : multiply(size, share);
  return compare(magnitude(subtract(value, base)), band) <= 0;
}

const magnitude = ({ numerator, denominator }: Fraction): Fraction => ({
  numerator: numerator < 0n ? -numerator : numerator,
  denominator,
});
