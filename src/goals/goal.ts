/**
 * What a cooperative goal is, what a locked period of it says, and which status a value has.
 * Decides the first threshold that holds, in the order given (none: BEHIND). Refuses nothing; the
 * forms of bodies are checked in `draft.ts`. Values are exact integers of scale 6.
 */
import type { Cadence } from '../kernel/period';
import type { ConfigVersion } from '../ledger/config';
import type { Distribution } from '../rewards/split';

export const GOAL_KIND = 'goal';

export const GOAL_STATUSES = ['ACHIEVED', 'ON_TRACK', 'AT_RISK', 'BEHIND'] as const;
export type GoalStatus = (typeof GOAL_STATUSES)[number];

export const OPERATORS = ['LTE', 'GTE', 'LT', 'GT', 'EQ'] as const;
export type Operator = (typeof OPERATORS)[number];

/** Decimal places of metric values: all are integers of this scale. */
export const METRIC_SCALE = 6;

export interface Threshold {
  readonly status: GoalStatus;
  readonly operator: Operator;
  /** Plain decimal text of at most 6 places. */
  readonly value: string;
}

/** What a goal carries for rewards; other fields are kept as they are. */
export interface CustomFields {
  readonly rewardPoolId?: string | undefined;
  readonly distributionType?: Distribution | undefined;
  readonly [name: string]: unknown;
}

/** A version of a goal's configuration. Name of the version: the goal's id. */
export interface Goal {
  readonly name: string;
  readonly teamId: string;
  /** A metric definition of the team and its aggregation in lower case: `acd.handle.time.sum`. */
  readonly metricId: string;
  readonly evaluationFrequency: Cadence;
  readonly thresholds: readonly Threshold[];
  readonly snapshotEvaluation: boolean;
  readonly customFields: CustomFields;
  /** PLATFORM: statuses come from outside (G6) and nothing is counted here. */
  readonly evaluatedBy: 'GUERDON' | 'PLATFORM';
  /** Hours after the boundary until restated and snapshot are compared (G8). */
  readonly stabilizationHours: number;
  /** Percent, plain decimal text (DEC-11). */
  readonly tolerancePercent: string;
  /** Beyond the tolerance while the status stands, and when it falls (DEC-11). */
  readonly whenDrifted: 'REVIEW' | 'ADJUST';
  readonly whenFallen: 'REVIEW' | 'REVERSE';
}

export type GoalVersion = ConfigVersion<Goal>;

/** Names a pool: then the closing of a period issues rewards. */
export const isRewardBearing = ({ customFields }: Pick<Goal, 'customFields'>): boolean =>
  typeof customFields.rewardPoolId === 'string';

/** What a member added, exact, scale 6; under a ratio the volume (the divisor) that is theirs. */
export interface Contribution {
  readonly agentKey: string;
  readonly contribution: bigint;
}

/** A locked period: written once, never changed. */
export interface Snapshot {
  readonly goalId: string;
  /** `2024-09`, `2024-Q3`, `2024-W37`. */
  readonly period: string;
  readonly status: GoalStatus;
  /** Scale 6. */
  readonly metricValue: bigint;
  /** The boundary, UTC ms: the first instant after the period, never a time of processing. */
  readonly evaluatedAt: number;
  readonly teamVersion: number;
  readonly goalVersion: number;
  /** Everybody who was a member at some time of the period, by agent key, with what they added. */
  readonly members: readonly Contribution[];
  /** Number of the seal up to which the event log had been taken in. */
  readonly covered: number;
}

/** A snapshot without its members: what an object holds at hand of each locked period. */
export type Lock = Omit<Snapshot, 'members'>;

export const lockOf = ({ members: _, ...lock }: Snapshot): Lock => lock;

/** The same numbers as of now: corrections move these and never the snapshot. */
export type Restated = Snapshot;

/** Whether a value meets a threshold; both of scale 6. */
export function holds(operator: Operator, value: bigint, threshold: bigint): boolean {
  switch (operator) {
    case 'LTE':
      return value <= threshold;
    case 'GTE':
      return value >= threshold;
    case 'LT':
      return value < threshold;
    case 'GT':
      return value > threshold;
    case 'EQ':
      return value === threshold;
  }
}

/** Decimal text of at most 6 places as an integer of scale 6. */
export function scaled(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', places = ''] = (negative ? text.slice(1) : text).split('.');
  const magnitude = BigInt(whole + places.padEnd(METRIC_SCALE, '0'));
  return negative ? -magnitude : magnitude;
}

/** Decimal text of an integer of scale 6, without trailing zeros. */
export function printScaled(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(METRIC_SCALE + 1, '0');
  const places = digits.slice(-METRIC_SCALE).replace(/0+$/, '');
  const whole = digits.slice(0, -METRIC_SCALE);
  return `${value < 0n ? '-' : ''}${whole}${places === '' ? '' : `.${places}`}`;
}

/** The status of a value: the first threshold that holds, in the order given. */
export const statusOf = (thresholds: readonly Threshold[], value: bigint): GoalStatus =>
  thresholds.find((one) => holds(one.operator, value, scaled(one.value)))?.status ?? 'BEHIND';
