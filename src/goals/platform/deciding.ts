/**
 * What follows from a platform's answers: the lock of a period, the restated figures, a review
 * where the platform stays silent. Decides the next state and what is frozen in it; nothing here
 * waits. Refuses to lock what the platform has not locked.
 */
import type { CommitAnswer } from '../../kernel/change-set';
import { type GoalStatus, lockOf, type Restated, type Snapshot, statusOf } from '../goal';
import { lockIdOf, lockRows } from '../lock';
import { listedOf, reviewOpened } from '../settlement/held/review';
import { wouldPromise } from '../settlement/opening';
import {
  type Case,
  closingSet,
  type Effects,
  type SettlementFacts,
  settlingSet,
} from '../settlement/settlement';
import type { Step } from '../settlement/step';
import { keyOfEpoch, PAID_STATUS } from '../settlement/step';
import { frozenOf } from '../tracking/decide';
import { type Frozen, lastWritten } from '../tracking/state';
import { figureOf, type PlatformStatus } from './answer';
import { type PlatformPeriod, type PlatformState, patchedPlatform, pauseAfter } from './state';
import type { Governed } from './store';

const HOUR_MS = 3_600_000;

/** Figures by agent key; empty where nobody asked for them. */
export type Shares = ReadonlyMap<string, bigint>;

export interface Heard {
  readonly status: PlatformStatus | null;
  /** Under PROPORTIONAL; null where the platform did not say them. */
  readonly shares: Shares | null;
}

export interface Decision {
  readonly state: PlatformState;
  /** What is locked, to be kept until the period is let go; null: nothing new. */
  readonly keep: Snapshot | null;
}

/**
 * The state after the status was asked: locked, asked again later, or given up to a person, who is
 * shown what would follow. `foresight` are the facts as if the period were locked as it was told.
 */
export function heard(
  state: PlatformState,
  label: string,
  governed: Governed,
  { status, shares }: Heard,
  facts: SettlementFacts,
  foresight: SettlementFacts,
): Decision {
  const period = state.periods[label];
  const bare = (next: PlatformState): Decision => ({ state: next, keep: null });
  if (period === undefined || period.achieved === null || period.lock !== null) return bare(state);
  if (status?.snapshotLocked === true && shares !== null) {
    const value = status.metricValue ?? figureOf(period.achieved.metricValue ?? undefined) ?? 0n;
    const snapshot = snapshotOf(label, governed, { status: status.status, value, shares });
    return { state: locking(state, label, governed, snapshot), keep: snapshot };
  }
  if (facts.now < period.giveUpAt) {
    const askAt = facts.now + pauseAfter(period.asked);
    return bare(patchedPlatform(state, label, { askAt, asked: period.asked + 1 }));
  }
  return bare(givingUp(state, label, governed, facts, foresight));
}

interface Said {
  readonly status: GoalStatus;
  /** Scale 6. */
  readonly value: bigint;
  readonly shares: Shares;
}

const snapshotOf = (
  label: string,
  { goal, team, period, members }: Governed,
  { status, value, shares }: Said,
): Snapshot => ({
  goalId: goal.name,
  period: label,
  status,
  metricValue: value,
  // The boundary, whatever the platform calls it: days and windows are counted from there.
  evaluatedAt: period.until,
  goalVersion: goal.version,
  teamVersion: team.version,
  members: members.map((agentKey) => ({ agentKey, contribution: shares.get(agentKey) ?? 0n })),
  covered: 0,
});

/** `silent`: everything was judged, and the platform says nothing; null: it said no value. */
export type Figures = Restated | null | 'silent';

const caseOf = (
  { goal, team }: Governed,
  snapshot: Snapshot,
  restated: Figures,
  isForward: boolean,
): Case => ({
  goal: goal.content,
  team,
  snapshot,
  restated: restated === 'silent' ? snapshot : (restated ?? snapshot),
  floorMet: restated !== null,
  isForward,
  isSilent: restated === 'silent',
});

/** The state with a lock frozen, for the first time or because the books have lost it. */
export function locking(
  state: PlatformState,
  label: string,
  governed: Governed,
  snapshot: Snapshot,
): PlatformState {
  const effects = closingSet(caseOf(governed, snapshot, snapshot, false));
  const rows = [...lockRows(snapshot), ...effects.rows];
  const frozen = frozenOf('lock', snapshot, rows, effects);
  return patchedPlatform(state, label, { askAt: null, frozen });
}

/** The snapshot as the platform's status change told it. */
export const toldOf = (
  label: string,
  governed: Governed,
  { metricValue }: NonNullable<PlatformPeriod['achieved']>,
): Snapshot => {
  const value = figureOf(metricValue ?? undefined) ?? 0n;
  return snapshotOf(label, governed, { status: PAID_STATUS, value, shares: new Map() });
};

/** The platform never said that it had locked its snapshot: a person decides by what was told. */
function givingUp(
  state: PlatformState,
  label: string,
  governed: Governed,
  facts: SettlementFacts,
  foresight: SettlementFacts,
): PlatformState {
  const achieved = state.periods[label]?.achieved ?? null;
  if (achieved === null) return state;
  const snapshot = toldOf(label, governed, achieved);
  const value = snapshot.metricValue;
  const effects = closingSet(caseOf(governed, snapshot, snapshot, false));
  const foreseen = wouldPromise({ goal: governed.goal.content, snapshot }, foresight);
  const missed = snapshotOf(label, governed, { status: 'BEHIND', value, shares: new Map() });
  const epoch = { goalId: state.goalId, period: label, epoch: 1 };
  const review = reviewOpened(
    {
      cause: `${state.goalId}.${label}.silent`,
      about: epoch,
      why: 'the platform has not confirmed that its snapshot is locked',
      evidence: {
        ...epoch,
        key: keyOfEpoch(epoch),
        told: { ...achieved },
        asked: facts.now,
        destination: governed.destinationId,
      },
      parties: governed.members,
      outcomes: {
        APPROVED: {
          rows: [...lockRows(snapshot), ...effects.rows],
          later: foreseen.slice(0, listedOf(foreseen.length)),
        },
        REJECTED: { rows: lockRows(missed) },
      },
    },
    foresight,
  );
  const rest: Effects = { rows: [], dueAt: null };
  return patchedPlatform(state, label, {
    askAt: null,
    frozen: frozenOf('review', snapshot, review.rows, rest),
  });
}

/** What the platform says of the metric now, as a snapshot would say it; null: it says nothing. */
export function restatedOf(
  { goal }: Governed,
  snapshot: Snapshot,
  said: { readonly value: bigint | null; readonly shares: Shares },
): Restated | null {
  if (said.value === null) return null;
  return {
    ...snapshot,
    metricValue: said.value,
    status: statusOf(goal.content.thresholds, said.value),
    members: snapshot.members.map(({ agentKey, contribution }) => ({
      agentKey,
      contribution: said.shares.get(agentKey) ?? contribution,
    })),
  };
}

/** The state with the next set of a locked period frozen, or with the time of the next look. */
export function settling(
  state: PlatformState,
  label: string,
  governed: Governed,
  restated: Figures,
  facts: SettlementFacts,
): PlatformState {
  const period = state.periods[label];
  const { locked } = facts;
  if (period === undefined || locked === null) return state;
  const about = caseOf(governed, locked, restated, period.isForward);
  const effects = settlingSet(about, { ...facts, isAgain: period.isAgain });
  if (effects.rows.length === 0) {
    const { dueAt } = effects;
    const settleAt = dueAt === null || dueAt > facts.now ? dueAt : facts.now + AGAIN_MS;
    return patchedPlatform(state, label, { settleAt, isForward: false });
  }
  const frozen = frozenOf('settle', locked, effects.rows, effects);
  return patchedPlatform(state, label, { frozen });
}

const AGAIN_MS = 60_000;

/** What an answer of the journal makes of the period. `first`: the lock that D1 has already. */
export function answeredBy(
  { kind, lock, dueAt, set }: Frozen,
  answer: CommitAnswer,
  first: Snapshot | null,
  now: number,
): Partial<PlatformPeriod> {
  if (answer.verdict === 'rejected') return { frozen: null, parked: answer.reason };
  if (answer.verdict === 'committed') {
    const isReview = kind === 'review';
    const written = lastWritten({ set });
    return { frozen: null, settleAt: dueAt, written, ...(!isReview && { lock }) };
  }
  return first === null ? { frozen: null } : { frozen: null, ...lockedBy(first), settleAt: now };
}

/** What a lock that the books have makes of the period. */
const lockedBy = (first: Snapshot): Pick<PlatformPeriod, 'lock' | 'written'> => ({
  lock: lockOf(first),
  written: lockIdOf(first.goalId, first.period),
});

/** The books have the lock: the period is settled from it now. */
export const lookedAt = (
  state: PlatformState,
  label: string,
  locked: Snapshot,
  now: number,
): PlatformState => {
  const tells = (state.periods[label]?.tells ?? 0) + 1;
  return patchedPlatform(state, label, { ...lockedBy(locked), tells, settleAt: now });
};

/** Nothing governs the period any more: it is looked at again in an hour. */
export const later = ({ lock }: PlatformPeriod, now: number): Partial<PlatformPeriod> =>
  lock === null ? { askAt: now + HOUR_MS } : { settleAt: now + HOUR_MS };

/** Whether the figures must be asked for before the next step is decided. */
export const needsFigures = (
  steps: readonly Step[],
  { isForward }: PlatformPeriod,
  now: number,
): boolean => {
  const opened = steps.find((step): step is Step<'OPENED'> => step.name === 'OPENED');
  return opened !== undefined && (isForward || now >= opened.content.stabilisesAt);
};
