/**
 * What a calculation knows of one agent and one period, and nothing else: results, time by status
 * code, interactions. Decides how results become a quality score and time a productivity, both as
 * exact fractions. Refuses to guess: a type without enough evaluations falls back as its plan says.
 */
import {
  add,
  compare,
  divide,
  type Fraction,
  fraction,
  fractionOfDecimal,
  multiply,
  parseFraction,
  printFraction,
  reduced,
} from '../../kernel/fraction';
import { invariant } from '../../kernel/result';
import type { Plan } from '../plans/plan';

/** One counted result: the latest revision, COMPLETED or PUBLISHED, as of the run's seal. */
export interface ResultFact {
  /** Id of its row without the agent's key: `<day>.<hash>`. */
  readonly id: string;
  readonly version: string | null;
  /** 0 to 100, `numerator/denominator`. */
  readonly score: string;
}

export interface AgentFacts {
  readonly results: readonly ResultFact[];
  /** Milliseconds by status code, whatever its case. */
  readonly millis: Readonly<Record<string, number>>;
  /** Null: nobody has said how many there were. */
  readonly interactions: number | null;
}

export const NO_FACTS: AgentFacts = { results: [], millis: {}, interactions: null };

export type TypeState = 'COUNTED' | 'NEUTRAL' | 'EXCLUDED';

/** What became of one scorecard type. */
export interface TypeTrace {
  readonly type: string;
  readonly evaluations: number;
  readonly state: TypeState;
  /** `numerator/denominator`; null where the type is left out. */
  readonly score: string | null;
  readonly weight: string;
}

export interface Quality {
  /** 0 to 100; null: no type is present (DEC-3). */
  readonly score: Fraction | null;
  readonly types: readonly TypeTrace[];
  /** Results of versions that the plan does not list: they do not count and are reported. */
  readonly unlisted: readonly string[];
  readonly counted: readonly ResultFact[];
}

export const evaluationsOf = ({ types }: Quality): number =>
  types.reduce((sum, { evaluations }) => sum + evaluations, 0);

/** The type of a plan that lists none. */
const ONLY_TYPE = 'ALL';

/** `weighted_sum / sum_of_weights_present` over the types of a plan (P3). */
export function qualityOf(plan: Plan, facts: AgentFacts, pinned: ReadonlySet<string>): Quality {
  const usable = facts.results.filter(({ version }) => version !== null && pinned.has(version));
  const groups: Plan['scorecards'] =
    plan.scorecards.length > 0 ? plan.scorecards : [{ ...EVERYTHING, version_ids: [...pinned] }];
  let sum = fraction(0n);
  let weights = fraction(0n);
  const counted: ResultFact[] = [];
  const types = groups.map((group): TypeTrace => {
    const { type, weight } = group;
    const results = usable.filter(({ version }) => group.version_ids.includes(version ?? ''));
    const evaluations = results.length;
    const isEnough = hasEnough(group, evaluations, facts.interactions);
    if (isEnough) counted.push(...results);
    const score = isEnough ? meanOf(results) : neutralOf(group);
    const state: TypeState = isEnough ? 'COUNTED' : score === null ? 'EXCLUDED' : 'NEUTRAL';
    if (score !== null) {
      const share = fractionOfDecimal(weight);
      sum = add(sum, multiply(score, share));
      weights = add(weights, share);
    }
    return { type, evaluations, state, score: score && printFraction(score), weight };
  });
  const listed = new Set(groups.flatMap(({ version_ids }) => version_ids));
  const unlisted = facts.results.flatMap(({ version }) =>
    version !== null && listed.has(version) && pinned.has(version) ? [] : [version ?? 'none'],
  );
  return {
    score: weights.numerator === 0n ? null : divide(sum, weights),
    types,
    unlisted: [...new Set(unlisted)].toSorted(),
    counted,
  };
}

const EVERYTHING: Omit<Plan['scorecards'][number], 'version_ids'> = {
  type: ONLY_TYPE,
  weight: '1',
  min_evaluations: 1,
  fallback_behavior: 'EXCLUDE',
};

/** A type is present with its minimum count and, where the plan asks, its share of interactions. */
function hasEnough(
  { min_evaluations, min_evaluation_ratio }: Plan['scorecards'][number],
  evaluations: number,
  interactions: number | null,
): boolean {
  if (evaluations === 0 || evaluations < min_evaluations) return false;
  if (min_evaluation_ratio === undefined) return true;
  const needed = multiply(
    fractionOfDecimal(min_evaluation_ratio),
    fraction(BigInt(interactions ?? 0)),
  );
  return compare(fraction(BigInt(evaluations)), needed) >= 0;
}

const neutralOf = (group: Plan['scorecards'][number]): Fraction | null =>
  group.fallback_behavior === 'NEUTRAL' && group.neutral_score !== undefined
    ? fractionOfDecimal(group.neutral_score)
    : null;

/** Sums by denominator first: a month of scores shares a few. */
function meanOf(results: readonly ResultFact[]): Fraction {
  const sums = new Map<bigint, bigint>();
  for (const { score } of results) {
    const { numerator, denominator } = parseFraction(score);
    sums.set(denominator, (sums.get(denominator) ?? 0n) + numerator);
  }
  const whole = [...sums]
    .map(([denominator, numerator]) => ({ numerator, denominator }))
    .reduce((all, one) => reduced(add(all, one)), fraction(0n));
  return reduced(fraction(whole.numerator, whole.denominator * BigInt(results.length)));
}

export interface Productivity {
  /** Productive over logged-in time; null: left out, there was no logged-in time (DEC-3). */
  readonly ratio: Fraction | null;
  /** Milliseconds. */
  readonly productive: number;
  readonly loggedIn: number;
  /** Milliseconds taken out of both sides, by code. */
  readonly removed: Readonly<Record<string, number>>;
  /** True when there was no logged-in time after exempt codes were taken out. */
  readonly isEmpty: boolean;
}

/** Productive over logged-in time; exempt, noise and off codes are on neither side (P4). */
export function productivityOf(plan: Plan, { millis }: AgentFacts): Productivity {
  const { productive, logged_in, exempt, noise, off } = plan.status_codes;
  const out = lowered([...exempt, ...noise, ...off]);
  const inside = logged_in === undefined ? null : lowered(logged_in);
  const counts = lowered(productive);
  const removed: Record<string, number> = {};
  let [numerator, denominator] = [0, 0];
  for (const [code, duration] of Object.entries(millis)) {
    const name = code.toLowerCase();
    if (out.has(name) || (inside !== null && !inside.has(name))) {
      removed[code] = duration;
      continue;
    }
    denominator += duration;
    if (counts.has(name)) numerator += duration;
  }
  invariant(Number.isSafeInteger(denominator), 'the time of a period is a safe integer');
  const isEmpty = denominator === 0;
  const neutral = plan.on_empty === 'NEUTRAL_ONE' ? fraction(1n) : null;
  const ratio = isEmpty ? neutral : fraction(BigInt(numerator), BigInt(denominator));
  return { ratio, productive: numerator, loggedIn: denominator, removed, isEmpty };
}

const lowered = (codes: readonly string[]): ReadonlySet<string> =>
  new Set(codes.map((code) => code.toLowerCase()));
