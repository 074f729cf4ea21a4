/** The engine's answer to a case of the oracles: the case is written as a plan and facts of the API. */
import { calculate, readyPlan } from '../../../src/pay/calculation/calculation';
import { completed, type Plan, planSchema } from '../../../src/pay/plans/plan';
import type { PayCase } from './cases';

export const planOf = (body: Record<string, unknown>): Plan =>
  completed(planSchema.parse({ plan_id: 'P', ...body }), 'USD', 'VAR_PAY');

export function engineCents({ plan, facts }: PayCase): bigint {
  const { types, ...body } = plan;
  const ready = readyPlan(
    planOf({
      ...body,
      scorecards: types.map(({ weight, least, neutral }, index) => ({
        type: `type-${index}`,
        version_ids: [`version-${index}`],
        weight,
        min_evaluations: least,
        ...(neutral !== null && { fallback_behavior: 'NEUTRAL', neutral_score: neutral }),
      })),
    }),
  );
  const results = facts.scores.flatMap((scores, type) =>
    scores.map((score, index) => ({
      id: `20231001.${type}-${index}`,
      version: `version-${type}`,
      score: fractionText(score),
    })),
  );
  const millis = {
    talk: facts.productive * 1000,
    aux: (facts.loggedIn - facts.productive) * 1000,
  };
  const pinned = new Set(types.map((_, index) => `version-${index}`));
  return calculate(ready, { results, millis, interactions: facts.interactions }, pinned).amount;
}

/** `85.5` as the store keeps it: `855/10`. */
function fractionText(text: string): string {
  const [whole = '0', places = ''] = text.split('.');
  return `${BigInt(whole + places)}/${10n ** BigInt(places.length)}`;
}
