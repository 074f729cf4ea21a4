/**
 * What a goal measures in a period: which facts it is made of and what their sums come to. Decides
 * whether a fact fits (metric, source, every clause of the filter), and the value: a sum, a mean
 * over the members, or a ratio of sums, rounded half up once. Below its volume floor a ratio meets
 * no threshold.
 */
import type { Json } from '../../events/event';
import { fraction, roundHalfUp } from '../../kernel/fraction';
import { type Contribution, type GoalStatus, scaled, statusOf, type Threshold } from '../goal';
import type { Clause, MetricDefinition, Team } from '../teams/team';
import type { Fact } from './fact';

export interface Measure {
  /** The metric that is summed, or the one that is divided. */
  readonly dividend: string;
  readonly divisor: string | null;
  readonly clauses: readonly Clause[];
  readonly sources: readonly string[];
  /** Scale 6. */
  readonly floor: bigint;
  /** True: the sum is divided by the number of members. */
  readonly isMean: boolean;
}

export function measureOf(team: Team, definition: MetricDefinition): Measure {
  const { metricId, dividend, divisor, filter, minimumVolume } = definition;
  return {
    dividend: dividend ?? metricId,
    divisor: divisor ?? null,
    clauses: filter.clauses,
    sources: team.sources,
    floor: scaled(minimumVolume ?? '0'),
    isMean: team.aggregationType === 'AVERAGE' && divisor === undefined,
  };
}

/** Which sum a fact belongs to: N is summed or divided, D divides; null: the goal asks nothing of it. */
export type Part = 'N' | 'D';

export function partOf(measure: Measure, fact: Fact): Part | null {
  const part =
    fact.metricId === measure.dividend ? 'N' : fact.metricId === measure.divisor ? 'D' : null;
  if (part === null) return null;
  const { sources, clauses } = measure;
  if (sources.length > 0 && !sources.includes(fact.source)) return null;
  return clauses.every((clause) => passes(clause, fact)) ? part : null;
}

export const isAbout = (measure: Measure, metricId: string): boolean =>
  metricId === measure.dividend || metricId === measure.divisor;

/** An absent attribute is none of the values. A list fits when one of its items does. */
function passes({ field, operator, values }: Clause, { attributes }: Fact): boolean {
  const said = attributes[field] ?? null;
  const texts = (Array.isArray(said) ? (said as Json[]) : [said]).map((one) =>
    one === null ? null : String(one),
  );
  const any = texts.some((text) => text !== null && values.includes(text));
  return operator === 'EQ' ? any : !any;
}

/** Running sums of one member, scale 6. */
export interface Sums {
  readonly n: bigint;
  readonly d: bigint;
}

export const NOTHING: Sums = { n: 0n, d: 0n };

export interface Evaluated {
  readonly status: GoalStatus;
  /** Scale 6. */
  readonly metricValue: bigint;
  /** By agent key. */
  readonly members: readonly Contribution[];
  /** Sum of the divisor of a ratio, scale 6; null for other measures. */
  readonly volume: bigint | null;
  /** False: a ratio below its volume floor, which meets no threshold. */
  readonly floorMet: boolean;
}

/** What sums come to. `members`: everybody who belonged to the team in the period. */
export function evaluate(
  measure: Measure,
  thresholds: readonly Threshold[],
  members: readonly string[],
  sums: ReadonlyMap<string, Sums>,
): Evaluated {
  const own = members
    .toSorted()
    .map((agentKey) => ({ agentKey, ...(sums.get(agentKey) ?? NOTHING) }));
  const n = own.reduce((sum, one) => sum + one.n, 0n);
  const d = own.reduce((sum, one) => sum + one.d, 0n);
  const isRatio = measure.divisor !== null;
  const metricValue = isRatio
    ? d === 0n
      ? 0n
      : roundHalfUp(fraction(n * 1_000_000n, d))
    : measure.isMean
      ? roundHalfUp(fraction(n, BigInt(Math.max(1, own.length))))
      : n;
  const floorMet = !isRatio || (d > 0n && d >= measure.floor);
  return {
    status: floorMet ? statusOf(thresholds, metricValue) : 'BEHIND',
    metricValue,
    members: own.map((one) => ({
      agentKey: one.agentKey,
      contribution: isRatio ? one.d : one.n,
    })),
    volume: isRatio ? d : null,
    floorMet,
  };
}
