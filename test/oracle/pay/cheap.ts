/**
 * The formula as it is usually written: with doubles, and with a decimal library that divides first.
 * Both are here to be compared with; neither is right.
 */
import { type Decimal, parseDecimal } from '../../../src/kernel/decimal';
import type { PayCase } from './cases';

const decimal = (text: string | number): Decimal => {
  const parsed = parseDecimal(text);
  if (parsed === null) throw new Error(`no decimal: ${text}`);
  return parsed;
};

/** With decimal.js of 40 digits: the ratio is rounded before it is multiplied. */
export function decimalCents({ plan, facts }: PayCase): bigint {
  if (facts.interactions < plan.min_interactions) return 0n;
  let total = decimal(0);
  const all = facts.scores.flat();
  if (all.length > 0) {
    const quality = all
      .map(decimal)
      .reduce((sum, one) => sum.plus(one))
      .div(all.length);
    const tier = plan.quality_tiers.find(({ min_score }) => quality.gte(decimal(min_score)));
    const factor = decimal(tier?.multiplier ?? plan.multiplier_below_lowest_tier ?? '0');
    total = quality.div(100).times(decimal(plan.quality_weight)).times(factor);
  }
  const productivity =
    facts.loggedIn === 0 ? decimal(1) : decimal(facts.productive).div(facts.loggedIn);
  if (productivity.gte(decimal(plan.productivity_threshold))) {
    total = total.plus(productivity.times(decimal(plan.productivity_weight)));
  }
  return BigInt(total.times(decimal(plan.base_bonus)).times(100).toFixed(0));
}

/** With doubles and Math.round. */
export function doubleCents({ plan, facts }: PayCase): bigint {
  if (facts.interactions < plan.min_interactions) return 0n;
  let total = 0;
  const all = facts.scores.flat().map(Number);
  if (all.length > 0) {
    const quality = all.reduce((sum, one) => sum + one, 0) / all.length;
    const tier = plan.quality_tiers.find(({ min_score }) => quality >= Number(min_score));
    const factor = Number(tier?.multiplier ?? plan.multiplier_below_lowest_tier ?? 0);
    total = (quality / 100) * Number(plan.quality_weight) * factor;
  }
  const productivity = facts.loggedIn === 0 ? 1 : facts.productive / facts.loggedIn;
  if (productivity >= Number(plan.productivity_threshold)) {
    total += productivity * Number(plan.productivity_weight);
  }
  return BigInt(Math.round(total * Number(plan.base_bonus) * 100));
}
