/**
 * What was decided about the reward of a locked period, one row per step: opened, judged, decided
 * by a person, looked at again. Decides the form of these rows and how they are named, so that each
 * step can be written once; the first of an epoch is the row of the goal's key. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import { canonicalJson } from '../../kernel/hash';
import type { Unit } from '../../kernel/units';
import type { JournalTable } from '../../ledger/journal';
import type { Distribution } from '../../rewards/split';
import { goalKey } from '../keys/key';
import type { Branch, Verdict } from './verdict';

export const GOAL_REWARDS_TABLE: JournalTable = {
  name: 'goal_rewards',
  values: ['goal', 'period', 'epoch', 'step', 'key', 'at', 'content'],
  side: [],
};

/** The only status that is paid. */
export const PAID_STATUS = 'ACHIEVED';

/** A member's part, smallest parts; negative where a later epoch takes something back. */
export type Part = readonly [agentKey: string, amount: number];

/** Who would have had a part and is kept by another team (DEC-14). */
export interface Exclusion {
  readonly agentKey: string;
  /** The team that keeps the agent; null: none did, and another claimed the agent first. */
  readonly keptBy: string | null;
  /** The agent's weight in that team's primary queue, decimal text. */
  readonly weight: string;
}

/** Why a period is paid nothing, or waits for a person before anything is promised. */
export type Reason =
  | 'NO_POOL'
  | 'OUTSIDE_POOL'
  | 'NOTHING_FUNDED'
  | 'NO_MEMBERS'
  | 'ALL_EXCLUDED'
  | 'NO_CONTRIBUTIONS'
  /** The period had ended before the goal was written: whoever wrote it knew what it would come to. */
  | 'ENDED_BEFORE'
  | 'UNFUNDED';

/** The first row of an epoch. Everything that follows is a function of it and of later steps. */
export interface Opened {
  readonly outcome: 'PROVISIONAL' | 'NOTHING' | 'REVIEW';
  readonly reason: Reason | null;
  readonly poolId: string;
  readonly poolVersion: number;
  readonly unit: Unit;
  readonly distribution: Distribution;
  /** Smallest parts set aside; what an epoch after the first gives beyond what it takes. */
  readonly total: number;
  /** By member id as people know it; who gets nothing is not among them. */
  readonly parts: readonly Part[];
  readonly exclusions: readonly Exclusion[];
  /** UTC ms; when snapshot and restated value are compared. */
  readonly stabilisesAt: number;
  /** Last instant of the period, and the day of the entries of its close. */
  readonly occurredAt: number;
  readonly day: string;
  /** Day of the entries of its settlement. */
  readonly settledOn: string;
  /** The seal as of which the cohort counts. */
  readonly cohortSeal: number;
  readonly reviewId: string | null;
  /** Of an epoch after the first: where its differences go. */
  readonly paidBy: PaidBy | null;
}

/** Where confirmed parts are told; null: nowhere. Frozen once, so that no part goes to two places. */
export interface PaidBy {
  readonly destinationId: string | null;
  readonly recognitionDestinationId: string | null;
}

/** What the comparison came to. */
export interface Judged {
  readonly verdict: Verdict;
  readonly branch: Branch | 'NO_CONTRIBUTIONS';
  readonly note: string | null;
  /** Decimal text. */
  readonly snapshot: string;
  readonly restated: string | null;
  readonly restatedStatus: string;
  /** A print of the figures that were judged: the same ones open no second review. */
  readonly figures: string;
  readonly tolerancePercent: string;
  /** Under ADJUST: the parts as they should be. */
  readonly parts: readonly Part[] | null;
  readonly reviewId: string | null;
  readonly paidBy: PaidBy;
}

/** What a person decided: go on, or give everything back. */
export interface Decided {
  readonly decision: 'GO_ON' | 'GIVE_BACK';
}

/** A page of what follows was written: promises, adjustments, or payments and what goes back. */
export interface Written {
  readonly parts: number;
}

/** A correction after everything was settled, and the review it opened. */
export interface Late {
  readonly restated: string | null;
  readonly restatedStatus: string;
  readonly figures: string;
  readonly reviewId: string;
  /** The epoch that an approval opens. */
  readonly epoch: number;
}

/** Achieved, and there is no pool that could pay it: it is looked for again. */
export interface Waiting {
  readonly reason: Reason;
  readonly poolId: string;
  /** UTC ms; from then on nothing is paid. */
  readonly until: number;
}

export interface Contents {
  readonly WAITING: Waiting;
  readonly OPENED: Opened;
  /** Before anything was promised. */
  readonly ADMITTED: Decided;
  readonly PROMISED: Written;
  readonly JUDGED: Judged;
  readonly ADJUSTED: Written;
  /** After the stabilisation window. */
  readonly DECIDED: Decided;
  readonly SETTLED: Written;
  readonly LATE: Late;
  /** Members whose part rests because they were erased; a person decides. */
  readonly RESTING: { readonly reviewId: string; readonly agents: readonly string[] };
  /** A person looked at the correction and let everything stand. */
  readonly LATE_DECLINED: { readonly reviewId: string };
}

export type StepName = keyof Contents;

export interface Step<N extends StepName = StepName> {
  readonly id: string;
  readonly goalId: string;
  readonly period: string;
  readonly epoch: number;
  readonly name: N;
  readonly key: string;
  readonly at: number;
  readonly seal: number;
  readonly content: Contents[N];
}

/** Steps of one epoch sort in the order in which they are taken. */
const ORDER: Readonly<Record<StepName, string>> = {
  WAITING: '0',
  OPENED: '1',
  ADMITTED: '2',
  PROMISED: '3',
  JUDGED: '4',
  ADJUSTED: '5',
  DECIDED: '6',
  SETTLED: '7',
  LATE: '8',
  RESTING: '8',
  LATE_DECLINED: '9',
};

export interface EpochName {
  readonly goalId: string;
  readonly period: string;
  readonly epoch: number;
}

const epochPrefix = ({ goalId, period, epoch }: EpochName): string =>
  `${goalId}.${period}.${String(epoch).padStart(3, '0')}`;

export const keyOfEpoch = ({ goalId, period, epoch }: EpochName): string =>
  goalKey({ goalId, period, status: PAID_STATUS, epoch });

/** `nth` counts steps that may be taken more than once. */
export const stepId = (epoch: EpochName, name: StepName, nth = 1): string =>
  `${epochPrefix(epoch)}.${ORDER[name]}-${name}${nth === 1 ? '' : `-${String(nth).padStart(3, '0')}`}`;

export function stepRow<N extends StepName>(
  epoch: EpochName,
  name: N,
  content: Contents[N],
  moment: { readonly at: number; readonly nth?: number },
): Row {
  return {
    table: GOAL_REWARDS_TABLE.name,
    id: stepId(epoch, name, moment.nth),
    values: {
      goal: epoch.goalId,
      period: epoch.period,
      epoch: epoch.epoch,
      step: name,
      key: keyOfEpoch(epoch),
      at: moment.at,
      content: canonicalJson(content),
    },
  };
}

/** The last step of a name in an epoch, or null. */
export function stepOf<N extends StepName>(
  steps: readonly Step[],
  epoch: number,
  name: N,
): Step<N> | null {
  const found = steps.findLast((step) => step.epoch === epoch && step.name === name);
  return (found as Step<N> | undefined) ?? null;
}

export const lastEpochOf = (steps: readonly Step[]): number =>
  Math.max(0, ...steps.filter(({ name }) => name === 'OPENED').map(({ epoch }) => epoch));

/** Whether a form of a cause is a step's: what explains its entries. */
export const STEP_CAUSE =
  /^[A-Za-z0-9_-]{1,64}\.\d{4}-(?:\d{2}|Q[1-4]|W\d{2})\.\d{3}\.\d-[A-Z_]+(?:-\d{3})?$/;
