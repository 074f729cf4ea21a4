/**
 * The formula of variable pay, exactly: every ratio stays a fraction, one division and one rounding
 * half up at the end (DEC-1, P6). Decides tier, parts and amount; refuses nothing.
 */
import {
  add,
  compare,
  type Fraction,
  fraction,
  fractionOfDecimal,
  multiply,
  roundHalfUp,
} from '../../kernel/fraction';
import { invariant } from '../../kernel/result';
import { parseAmount } from '../../kernel/units';
import type { Plan } from '../plans/plan';

/** A plan made ready once for many agents. */
export interface ReadyPlan {
  readonly plan: Plan;
  readonly base: bigint;
  readonly qualityWeight: Fraction;
  readonly productivityWeight: Fraction;
  readonly threshold: Fraction;
  readonly below: Fraction;
  readonly tiers: readonly {
    readonly least: Fraction;
    readonly factor: Fraction;
    readonly text: string;
    /** The score it begins at, as the plan writes it. */
    readonly from: string;
  }[];
}

export function readyPlan(plan: Plan): ReadyPlan {
  const base = parseAmount(plan.base_bonus, plan.currency);
  invariant(base !== null, 'a base bonus that was checked');
  return {
    plan,
    base,
    qualityWeight: fractionOfDecimal(plan.quality_weight),
    productivityWeight: fractionOfDecimal(plan.productivity_weight),
    threshold: fractionOfDecimal(plan.productivity_threshold),
    below: fractionOfDecimal(plan.multiplier_below_lowest_tier),
    tiers: plan.quality_tiers.map(({ min_score, multiplier }) => ({
      least: fractionOfDecimal(min_score),
      factor: fractionOfDecimal(multiplier),
      text: multiplier,
      from: min_score,
    })),
  };
}

const HUNDRED = fraction(1n, 100n);
const NOTHING = fraction(0n);

export interface Tier {
  readonly factor: Fraction;
  /** The factor as the plan writes it. */
  readonly text: string;
  /** The score it begins at; null below the lowest tier. */
  readonly from: string | null;
}

/** The tier that a score of 0 to 100 is in: the highest it reaches, else what lies below all. */
export function tierOf(ready: ReadyPlan, score: Fraction): Tier {
  const found = ready.tiers.find(({ least }) => compare(score, least) >= 0);
  const text = ready.plan.multiplier_below_lowest_tier;
  return found ?? { factor: ready.below, text, from: null };
}

/** Shares of the base, before any rounding. */
export interface Parts {
  readonly quality: Fraction;
  readonly time: Fraction;
}

/**
 * quality/100 × weight × multiplier, and productivity × weight. Quality is 0 to 100, productivity 0
 * to 1. Where the plan leaves an empty productivity out (EXCLUDE), quality carries both weights.
 */
export function partsOf(
  ready: ReadyPlan,
  quality: Fraction | null,
  productivity: Fraction | null,
): Parts {
  return {
    quality: qualityPartOf(ready, quality, productivity === null),
    time:
      productivity === null || !reaches(ready, productivity)
        ? NOTHING
        : multiply(productivity, ready.productivityWeight),
  };
}

export const reaches = ({ threshold }: ReadyPlan, productivity: Fraction): boolean =>
  compare(productivity, threshold) >= 0;

/** base × (quality part + productivity part): what is rounded, in smallest parts of the currency. */
export const unrounded = ({ base }: ReadyPlan, { quality, time }: Parts): Fraction =>
  multiply(fraction(base), add(quality, time));

/** What is paid, rounded once. */
export const amountOf = (
  ready: ReadyPlan,
  quality: Fraction | null,
  productivity: Fraction | null,
): bigint => roundHalfUp(unrounded(ready, partsOf(ready, quality, productivity)));

function qualityPartOf(ready: ReadyPlan, quality: Fraction | null, carriesBoth: boolean): Fraction {
  if (quality === null) return NOTHING;
  const weight = carriesBoth
    ? add(ready.qualityWeight, ready.productivityWeight)
    : ready.qualityWeight;
  return multiply(multiply(multiply(quality, HUNDRED), weight), tierOf(ready, quality).factor);
}
