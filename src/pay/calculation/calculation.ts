/**
 * What an agent's facts come to by a plan: which minimum is not reached, what is paid and why (P6,
 * DEC-3). Refuses nothing: whoever is below a minimum is paid 0, with the reason.
 */
import { type Fraction, fraction, multiply, roundHalfUp } from '../../kernel/fraction';
import type { Plan } from '../plans/plan';
import {
  type AgentFacts,
  evaluationsOf,
  type Productivity,
  productivityOf,
  type Quality,
  qualityOf,
} from './facts';
import { amountOf, type ReadyPlan, tierOf } from './formula';
import { stepsOf } from './steps';

export type Reason =
  | 'CALCULATED'
  | 'BELOW_MIN_INTERACTIONS'
  | 'BELOW_MIN_SCORECARDS'
  | 'NO_EVALUATIONS'
  /** Paid by an earlier version of the period, and by this one not of the plan. */
  | 'NOT_A_MEMBER'
  /** The same of one who is of the plan, and is not ACTIVE and has no facts any more. */
  | 'NO_FACTS';

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
  return { ...known, steps: stepsOf(ready, facts, known) };
}

function reasonOf(plan: Plan, { interactions }: AgentFacts, quality: Quality): Reason {
  if ((interactions ?? 0) < plan.min_interactions) return 'BELOW_MIN_INTERACTIONS';
  if (evaluationsOf(quality) < plan.min_scorecards) return 'BELOW_MIN_SCORECARDS';
  return quality.score === null ? 'NO_EVALUATIONS' : 'CALCULATED';
}

/** Four decimals, half up, for people; no calculation uses them. */
export function printRatio(value: Fraction): string {
  const scaled = roundHalfUp(multiply(value, fraction(10_000n)))
    .toString()
    .padStart(5, '0');
  return `${scaled.slice(0, -4)}.${scaled.slice(-4)}`;
}

/** A score or ratio with as many of four decimals as it needs, for a JSON number. */
export const shortRatio = (value: Fraction): string => printRatio(value).replace(/\.?0+$/, '');
