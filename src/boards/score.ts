/**
 * What an agent's awards are worth on a day: points × (1 − rate)^age, exactly, as one integer over
 * a common power of ten (DEC-17). Decides which lots count and how much; a double beside it says
 * only where no exact comparison is needed. Never rounds, except for reading.
 */
import { POINTS_SCALE } from '../kernel/units';

/**
 * Lots of one agent, four numbers each: day (since 1970-01-01), instant at which it was reached
 * (UTC ms), amount in 1/10000 point, and how many awards of that amount.
 */
export type Lots = readonly number[];

export const LOT_SIZE = 4;

export interface Scoring {
  /** First and last day that count, days since 1970-01-01. */
  readonly fromDay: number;
  readonly today: number;
  /** Percent a day as decimal text, null without decay. */
  readonly ratePercent: string | null;
  /** What decay takes no award below, in 1/10000 point; an award worth less stays what it is. */
  readonly minimum: number;
}

export interface Weights {
  readonly scoring: Scoring;
  /** By age in days; all over 10^digits. */
  readonly exact: readonly bigint[];
  readonly digits: number;
  readonly one: bigint;
  readonly float: readonly number[];
}

/** (1 − rate)^age for every age that counts. The rate's own decimal keeps all of it finite. */
export function weightsOf(scoring: Scoring): Weights {
  const { fromDay, today, ratePercent } = scoring;
  const ages = Math.max(1, today - fromDay + 1);
  const [whole = '0', places = ''] = (ratePercent ?? '0').split('.');
  const digitsADay = ratePercent === null ? 0 : 2 + places.length;
  const unit = 10n ** BigInt(digitsADay);
  const kept = unit - BigInt(whole + places);
  const digits = digitsADay * (ages - 1);
  const exact: bigint[] = [];
  let weight = 10n ** BigInt(digits);
  for (let age = 0; age < ages; age += 1) {
    exact.push(weight);
    weight = (weight / unit) * kept;
  }
  const ratio = Number(kept) / Number(unit);
  const float = exact.map((_, age) => ratio ** age);
  return { scoring, exact, digits, one: 10n ** BigInt(digits), float };
}

export interface Measured {
  /** The score as a double, in 1/10000 point, and how far from the truth it may be. */
  readonly near: number;
  readonly error: number;
  /** Instant of the last award that counts: when the agent reached this score. */
  readonly reachedAt: number;
  /** True when anything counts at all. */
  readonly counts: boolean;
}

/** Far above what a few hundred roundings of a double can add up to, far below what can matter. */
const RELATIVE_ERROR = 1e-11;

/** Where a score is, quickly. The exact one lies within `error` of it. */
export function measure(lots: Lots, weights: Weights): Measured {
  const { fromDay, today, minimum } = weights.scoring;
  let near = 0;
  let size = 0;
  let reachedAt = 0;
  let counts = false;
  for (let at = 0; at < lots.length; at += LOT_SIZE) {
    const day = lots[at] ?? 0;
    if (day < fromDay || day > today) continue;
    const amount = lots[at + 2] ?? 0;
    const decayed = amount * (weights.float[today - day] ?? 0);
    const value = Math.max(decayed, Math.min(amount, minimum)) * (lots[at + 3] ?? 0);
    near += value;
    size += Math.abs(value);
    counts = true;
    if (amount > 0) reachedAt = Math.max(reachedAt, lots[at + 1] ?? 0);
  }
  return { near, error: size * RELATIVE_ERROR, reachedAt, counts };
}

/** The score as an integer over 10^(digits + 4) points. */
export function exactScore(lots: Lots, weights: Weights): bigint {
  const { fromDay, today, minimum } = weights.scoring;
  let sum = 0n;
  for (let at = 0; at < lots.length; at += LOT_SIZE) {
    const day = lots[at] ?? 0;
    if (day < fromDay || day > today) continue;
    const amount = BigInt(lots[at + 2] ?? 0);
    const decayed = amount * (weights.exact[today - day] ?? 0n);
    const least = BigInt(Math.min(Number(amount), minimum)) * weights.one;
    sum += (decayed > least ? decayed : least) * BigInt(lots[at + 3] ?? 0);
  }
  return sum;
}

/** All digits of an exact score, in points, without trailing zeros. */
export function printExact(score: bigint, weights: Weights): string {
  const scale = weights.digits + POINTS_SCALE;
  const digits = score.toString().padStart(scale + 1, '0');
  const places = digits.slice(digits.length - scale).replace(/0+$/, '');
  return digits.slice(0, digits.length - scale) + (places === '' ? '' : `.${places}`);
}

/** A positive score rounded half up to 1/10000 point, for reading. */
export const roundScore = (score: bigint, weights: Weights): bigint =>
  (2n * score + weights.one) / (2n * weights.one);
