/**
 * The seven steps of variable pay, exactly: every ratio stays a fraction, one division and one
 * rounding half up at the end (DEC-1, P6). Decides the amount, its reason and a line for each step
 * that a person can follow. Refuses nothing: whoever is below a minimum is paid 0, with the reason.
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
import { parseAmount, printAmount } from '../../kernel/units';
import type { Plan } from '../plans/plan';
import {
  type AgentFacts,
  type Productivity,
  productivityOf,
  type Quality,
  qualityOf,
} from './facts';

export type Reason =
  | 'CALCULATED'
  | 'BELOW_MIN_INTERACTIONS'
  | 'BELOW_MIN_SCORECARDS'
  | 'NO_EVALUATIONS'
  /** Paid by an earlier version of the period, and by this one not of the plan. */
  | 'NOT_A_MEMBER';

export interface Calculation {
  /** In the smallest part of the plan's currency. */
  readonly amount: bigint;
  readonly reason: Reason;
  readonly quality: Quality;
  readonly productivity: Productivity;
  /** The multiplier of the tier, as the plan writes it; null where there is no quality. */
  readonly multiplier: string | null;
  readonly interactions: number | null;
  /** One line for each step, for people. */
  readonly steps: readonly string[];
}

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
    })),
  };
}

const HUNDRED = fraction(1n, 100n);
const NOTHING = fraction(0n);

/** The tier that a score of 0 to 100 is in: the highest it reaches, else what lies below all. */
export function tierOf(ready: ReadyPlan, score: Fraction): { factor: Fraction; text: string } {
  const found = ready.tiers.find(({ least }) => compare(score, least) >= 0);
  return found ?? { factor: ready.below, text: ready.plan.multiplier_below_lowest_tier };
}

/**
 * base × (quality/100 × weight × multiplier + productivity × weight), rounded once. Quality is 0 to
 * 100, productivity 0 to 1. Where the plan leaves an empty productivity out (EXCLUDE), quality
 * carries both weights.
 */
export function amountOf(
  ready: ReadyPlan,
  quality: Fraction | null,
  productivity: Fraction | null,
): bigint {
  const qualityPart = qualityPartOf(ready, quality, productivity === null);
  const timePart =
    productivity === null || compare(productivity, ready.threshold) < 0
      ? NOTHING
      : multiply(productivity, ready.productivityWeight);
  return roundHalfUp(multiply(fraction(ready.base), add(qualityPart, timePart)));
}

function qualityPartOf(ready: ReadyPlan, quality: Fraction | null, carriesBoth: boolean): Fraction {
  if (quality === null) return NOTHING;
  const weight = carriesBoth
    ? add(ready.qualityWeight, ready.productivityWeight)
    : ready.qualityWeight;
  return multiply(multiply(multiply(quality, HUNDRED), weight), tierOf(ready, quality).factor);
}

/** What an agent's facts come to. `pinned`: scorecard versions in force in the period, at its end. */
export function calculate(
  ready: ReadyPlan,
  facts: AgentFacts,
  pinned: ReadonlySet<string>,
): Calculation {
  const { plan } = ready;
  const quality = qualityOf(plan, facts, pinned);
  const productivity = productivityOf(plan, facts);
  const multiplier = quality.score === null ? null : tierOf(ready, quality.score).text;
  const reason = reasonOf(plan, facts, quality);
  const isPaid = reason === 'CALCULATED' || reason === 'NO_EVALUATIONS';
  const amount = isPaid ? amountOf(ready, quality.score, productivity.ratio) : 0n;
  const { interactions } = facts;
  const known = { amount, reason, quality, productivity, multiplier, interactions };
  return { ...known, steps: stepsOf(ready, known) };
}

function reasonOf(plan: Plan, { interactions }: AgentFacts, quality: Quality): Reason {
  if ((interactions ?? 0) < plan.min_interactions) return 'BELOW_MIN_INTERACTIONS';
  if (evaluationsOf(quality) < plan.min_scorecards) return 'BELOW_MIN_SCORECARDS';
  return quality.score === null ? 'NO_EVALUATIONS' : 'CALCULATED';
}

const evaluationsOf = ({ types }: Quality): number =>
  types.reduce((sum, { evaluations }) => sum + evaluations, 0);

function stepsOf(ready: ReadyPlan, known: Omit<Calculation, 'steps'>): string[] {
  const { plan } = ready;
  const { interactions, reason, quality, productivity, amount } = known;
  const minimum = `1. interactions ${interactions ?? 'unknown'}, at least ${plan.min_interactions}`;
  const paid = `${printAmount(amount, plan.currency)} ${plan.currency}`;
  if (reason === 'BELOW_MIN_INTERACTIONS') return [`${minimum}: not reached, pays ${paid}`];
  if (reason === 'BELOW_MIN_SCORECARDS') {
    return [
      minimum,
      `evaluations ${evaluationsOf(quality)}, at least ${plan.min_scorecards}: pays ${paid}`,
    ];
  }
  return [
    minimum,
    ...qualitySteps(ready, quality, productivity.ratio === null),
    ...productivitySteps(plan, productivity),
    `6. ${plan.base_bonus} × (quality part + productivity part)`,
    `7. rounded half up: ${paid}`,
  ];
}

function qualitySteps(ready: ReadyPlan, { score }: Quality, carriesBoth: boolean): string[] {
  const { plan } = ready;
  if (score === null) return ['2. no scorecard type has enough evaluations: quality pays 0'];
  const weight = carriesBoth
    ? `(${plan.quality_weight} + ${plan.productivity_weight})`
    : plan.quality_weight;
  const { text } = tierOf(ready, score);
  return [
    `2. quality ${printRatio(score)} / 100 × weight ${weight}`,
    `3. tier multiplier ${text}: quality part ${printRatio(qualityPartOf(ready, score, carriesBoth))}`,
  ];
}

function productivitySteps(plan: Plan, { ratio, productive, loggedIn, isEmpty }: Productivity) {
  if (ratio === null) return ['4. no logged-in time left: productivity is left out'];
  const said = isEmpty
    ? 'no logged-in time left: neutral 1'
    : `${seconds(productive)} s / ${seconds(loggedIn)} s = ${printRatio(ratio)}`;
  const reached = compare(ratio, fractionOfDecimal(plan.productivity_threshold)) >= 0;
  return [
    `4. productivity ${said}, × weight ${plan.productivity_weight}`,
    `5. threshold ${plan.productivity_threshold}: ${reached ? 'reached' : 'not reached, the part is 0'}`,
  ];
}

const seconds = (millis: number): string => String(millis / 1000);

/** Four decimals, half up, for people; no calculation uses them. */
export function printRatio(value: Fraction): string {
  const scaled = roundHalfUp(multiply(value, fraction(10_000n)))
    .toString()
    .padStart(5, '0');
  return `${scaled.slice(0, -4)}.${scaled.slice(-4)}`;
}

/** A score or ratio with as many of four decimals as it needs, for a JSON number. */
export const shortRatio = (value: Fraction): string => printRatio(value).replace(/\.?0+$/, '');
