/**
 * The pay formula once more, from the guide's seven steps alone: rationals as pairs of BigInts, no
 * import, another order of operations than the engine's. Whoever changes the engine must not touch
 * this. Takes plans as they are printed.
 */

/** Numerator and denominator; the denominator is above zero. */
type Ratio = readonly [bigint, bigint];

/** A decimal, or two integers as `n/d`. */
const ratio = (text: string | number): Ratio => {
  const [above = '', below] = `${text}`.split('/');
  if (below !== undefined) return [BigInt(above), BigInt(below)];
  const [, sign = '', whole = '0', places = ''] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(`${text}`) ?? [];
  return [BigInt(`${sign}${whole}${places}`), BigInt(`1${'0'.repeat(places.length)}`)];
};
const times = (a: Ratio, b: Ratio): Ratio => [a[0] * b[0], a[1] * b[1]];
const plus = (a: Ratio, b: Ratio): Ratio => [a[0] * b[1] + b[0] * a[1], a[1] * b[1]];
const over = (a: Ratio, b: Ratio): Ratio => [a[0] * b[1], a[1] * b[0]];
const atLeast = (a: Ratio, b: Ratio): boolean => a[0] * b[1] >= b[0] * a[1];

export interface OraclePlan {
  readonly base_bonus: string;
  readonly quality_weight: string;
  readonly productivity_weight: string;
  readonly quality_tiers: readonly { readonly min_score: string; readonly multiplier: string }[];
  readonly multiplier_below_lowest_tier?: string;
  readonly productivity_threshold: string;
  readonly min_interactions: number;
  readonly on_empty?: 'NEUTRAL_ONE' | 'EXCLUDE';
  readonly types: readonly {
    readonly weight: string;
    readonly least: number;
    /** Text: the neutral score; null: the type is left out. */
    readonly neutral: string | null;
    /** Evaluations per interaction below which the type is missing. */
    readonly share?: string;
  }[];
  /** Evaluations of all types together below which nothing is paid. */
  readonly min_scorecards?: number;
  /** Decimal places of the currency; 2 when absent. */
  readonly places?: number;
  /** Which status codes count; the facts hold seconds by code then. */
  readonly codes?: OracleCodes;
}

export interface OracleCodes {
  readonly productive: readonly string[];
  /** Absent: every code that is not taken out. */
  readonly logged_in?: readonly string[];
  readonly exempt: readonly string[];
  readonly noise: readonly string[];
  readonly off: readonly string[];
}

export interface OracleFacts {
  /** Scores by type, in the order of the plan's: decimals, or `n/d` where questions have weights. */
  readonly scores: readonly (readonly string[])[];
  readonly productive: number;
  readonly loggedIn: number;
  readonly interactions: number;
  /** By status code, whatever its case; they go before `productive` and `loggedIn`. */
  readonly seconds?: Readonly<Record<string, number>>;
}

/** What is paid, in the smallest part of the currency. */
export function oracleCents(plan: OraclePlan, facts: OracleFacts): bigint {
  if (facts.interactions < plan.min_interactions) return 0n;
  const evaluations = facts.scores.reduce((sum, scores) => sum + scores.length, 0);
  if (evaluations < (plan.min_scorecards ?? 0)) return 0n;
  const quality = finalQuality(plan, facts);
  const [worked, present] = timeOf(plan, facts);
  const isEmpty = present === 0;
  const leftOut = isEmpty && plan.on_empty === 'EXCLUDE';
  const productivity: Ratio = isEmpty ? [1n, 1n] : [BigInt(worked), BigInt(present)];
  let total: Ratio = [0n, 1n];
  if (quality !== null) {
    const part = times(over(quality, [100n, 1n]), multiplier(plan, quality));
    total = plus(total, times(part, ratio(plan.quality_weight)));
    if (leftOut) total = plus(total, times(part, ratio(plan.productivity_weight)));
  }
  if (!leftOut && atLeast(productivity, ratio(plan.productivity_threshold))) {
    total = plus(total, times(productivity, ratio(plan.productivity_weight)));
  }
  const [numerator, denominator] = times(times(total, ratio(plan.base_bonus)), [
    10n ** BigInt(plan.places ?? 2),
    1n,
  ]);
  const [whole, rest] = [numerator / denominator, numerator % denominator];
  return 2n * rest >= denominator ? whole + 1n : whole;
}

/** Productive and logged-in seconds. A code that is taken out is neither, whatever else names it. */
function timeOf({ codes }: OraclePlan, { productive, loggedIn, seconds }: OracleFacts) {
  if (codes === undefined || seconds === undefined) return [productive, loggedIn] as const;
  const has = (list: readonly string[], code: string): boolean =>
    list.some((one) => one.toUpperCase() === code.toUpperCase());
  const inside = Object.keys(seconds).filter(
    (code) =>
      !has(codes.exempt, code) &&
      !has(codes.noise, code) &&
      !has(codes.off, code) &&
      (codes.logged_in === undefined || has(codes.logged_in, code)),
  );
  const sum = (list: readonly string[]): number =>
    list.reduce((all, code) => all + (seconds[code] ?? 0), 0);
  return [sum(inside.filter((code) => has(codes.productive, code))), sum(inside)] as const;
}

function finalQuality(plan: OraclePlan, facts: OracleFacts): Ratio | null {
  let above: Ratio = [0n, 1n];
  let below: Ratio = [0n, 1n];
  plan.types.forEach(({ weight, least, neutral, share }, index) => {
    const scores = facts.scores[index] ?? [];
    const many = scores.length > 0 && scores.length >= least;
    const asked = times(ratio(share ?? '0'), [BigInt(facts.interactions), 1n]);
    const enough = many && atLeast([BigInt(scores.length), 1n], asked);
    if (!enough && neutral === null) return;
    let score = ratio(neutral ?? '0');
    if (enough) {
      score = scores.map(ratio).reduce((sum, one) => plus(sum, one), [0n, 1n]);
      score = over(score, [BigInt(scores.length), 1n]);
    }
    above = plus(above, times(score, ratio(weight)));
    below = plus(below, ratio(weight));
  });
  return below[0] === 0n ? null : over(above, below);
}

function multiplier(plan: OraclePlan, quality: Ratio): Ratio {
  let best: Ratio | null = null;
  let factor = ratio(plan.multiplier_below_lowest_tier ?? '0');
  for (const tier of plan.quality_tiers) {
    const least = ratio(tier.min_score);
    if (!atLeast(quality, least) || (best !== null && !atLeast(least, best))) continue;
    best = least;
    factor = ratio(tier.multiplier);
  }
  return factor;
}
