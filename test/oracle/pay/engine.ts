/** The engine's answer to a case of the oracles: the case is written as a plan and facts of the API. */
import { type Calculation, calculate } from '../../../src/pay/calculation/calculation';
import { readyPlan } from '../../../src/pay/calculation/formula';
import { completed, type Plan, planSchema } from '../../../src/pay/plans/plan';
import type { PayCase } from './cases';

export const planOf = (body: Record<string, unknown>): Plan =>
  completed(planSchema.parse({ plan_id: 'P', ...body }), 'USD', 'VAR_PAY');

/** A currency of so many places. */
const CURRENCIES: Readonly<Record<number, string>> = { 0: 'JPY', 2: 'USD', 3: 'BHD', 4: 'CLF' };

/** What the engine makes of a case: amount, steps and all. */
export function engineSays({ plan, facts }: PayCase): Calculation {
  const { types, places = 2, codes, ...body } = plan;
  const ready = readyPlan(
    planOf({
      ...body,
      currency: CURRENCIES[places],
      ...(codes !== undefined && { status_codes: codes }),
      scorecards: types.map(({ weight, least, neutral, share }, index) => ({
        type: `type-${index}`,
        version_ids: [`version-${index}`],
        weight,
        min_evaluations: least,
        ...(share !== undefined && { min_evaluation_ratio: share }),
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
  const seconds = facts.seconds ?? {
    talk: facts.productive,
    aux: facts.loggedIn - facts.productive,
  };
  const millis = Object.fromEntries(
    Object.entries(seconds).map(([code, count]) => [code, count * 1000]),
  );
  const pinned = new Set(types.map((_, index) => `version-${index}`));
  return calculate(ready, { results, millis, interactions: facts.interactions }, pinned);
}

export const engineCents = (one: PayCase): bigint => engineSays(one).amount;

/** `85.5` as the store keeps it: `855/10`. */
function fractionText(text: string): string {
  if (text.includes('/')) return text;
  const [whole = '0', places = ''] = text.split('.');
  return `${BigInt(whole + places)}/${10n ** BigInt(places.length)}`;
}
