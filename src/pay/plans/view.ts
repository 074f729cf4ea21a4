/** A plan as it goes on the wire: decimals as JSON numbers, as the seed prints them. Refuses nothing. */
import * as z from 'zod';
import { printInstant } from '../../kernel/instant';
import type { ApprovalVersion } from './approval/approval';
import { hashOfPlan, type Plan, type PlanVersion, planSchema, warningsOf } from './plan';

export const planItem = z
  .object({
    planId: z.string(),
    version: z.int(),
    status: z.enum(['DRAFT', 'APPROVED']),
    hash: z.string().meta({ description: 'What an approval binds to.' }),
    effectiveFrom: z.string().nullable(),
    writtenAt: z.string(),
    author: z.string(),
    approvedBy: z.string().nullable(),
    approvedAt: z.string().nullable(),
    warnings: z.array(z.string()),
    compensation_plan: planSchema,
  })
  .meta({ id: 'CompensationPlan' });

export function shownPlan(
  version: PlanVersion,
  approval: ApprovalVersion | null,
): Record<string, unknown> {
  return {
    planId: version.name,
    version: version.version,
    status: approval === null ? 'DRAFT' : 'APPROVED',
    hash: hashOfPlan(version.content),
    effectiveFrom: version.effectiveFrom === null ? null : printInstant(version.effectiveFrom),
    writtenAt: printInstant(version.writtenAt),
    author: version.author,
    approvedBy: approval?.author ?? null,
    approvedAt: approval === null ? null : printInstant(approval.writtenAt),
    warnings: warningsOf(version.content),
    compensation_plan: shownBody(version.content),
  };
}

/** At most fifteen digits by the schema, so a double prints each as it is kept. */
export function shownBody(plan: Plan): Record<string, unknown> {
  const { max_share_of_pay, max_amount, protected_minimum, ...clawback } = plan.clawback;
  return {
    ...plan,
    base_bonus: Number(plan.base_bonus),
    quality_weight: Number(plan.quality_weight),
    productivity_weight: Number(plan.productivity_weight),
    quality_tiers: plan.quality_tiers.map((tier) => ({
      min_score: Number(tier.min_score),
      multiplier: Number(tier.multiplier),
    })),
    multiplier_below_lowest_tier: Number(plan.multiplier_below_lowest_tier),
    productivity_threshold: Number(plan.productivity_threshold),
    scorecards: plan.scorecards.map(shownScorecard),
    clawback: {
      ...numbered({ max_share_of_pay, max_amount, protected_minimum }),
      ...clawback,
    },
  };
}

function shownScorecard({
  min_evaluation_ratio,
  neutral_score,
  ...rest
}: Plan['scorecards'][number]) {
  return {
    ...rest,
    weight: Number(rest.weight),
    ...numbered({ min_evaluation_ratio, neutral_score }),
  };
}

const numbered = (texts: Readonly<Record<string, string | undefined>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, Number(text)]],
    ),
  );
