/**
 * The life line of a period's reward: open, locked, provisional, stabilising until, held, paid,
 * final. Decides where it stands from the steps that are written and from what became of its
 * deliveries. Refuses nothing; what is not decided yet has no instant.
 */
import type { Outcome } from '../../delivery/intent';
import type { Snapshot } from '../goal';
import { nextPage } from '../settlement/pages';
import { rewardDeliveryId } from '../settlement/paying';
import { lastEpochOf, type PaidBy, type Part, type Step, stepOf } from '../settlement/step';

export const LIFE_STATES = [
  /** The period has not ended, or is not locked yet. */
  'OPEN',
  /** Locked, and nothing is paid for it: the goal was missed or bears no reward. */
  'LOCKED',
  /** Achieved, and yet nothing is paid: the reason says why. */
  'NOTHING',
  /** A person must look before anything is promised, or a pool must be written or mended. */
  'WAITING',
  'PROVISIONAL',
  /** Beyond the tolerance: a person must look before anything is paid. */
  'HELD',
  /** Decided and on its way to the destination. */
  'CONFIRMING',
  'CONFIRMED',
  /** What was promised went back to the pool. */
  'REVERSED',
] as const;
export type LifeState = (typeof LIFE_STATES)[number];

/** A part and the delivery that pays it; null where nobody is told. */
export interface Payment {
  readonly agentKey: string;
  readonly amount: number;
  readonly deliveryId: string | null;
  readonly destination: string | null;
}

export interface Life {
  readonly state: LifeState;
  readonly epoch: number;
  /** UTC ms; null where it has not happened, or never will. */
  readonly lockedAt: number | null;
  readonly openedAt: number | null;
  readonly stabilisesAt: number | null;
  readonly judgedAt: number | null;
  /** When the last part had its outcome. */
  readonly finalAt: number | null;
}

/** What is known of a delivery. */
export interface Delivered {
  readonly outcome: Outcome;
  readonly at: number;
}

/** The parts of an epoch that are, or were, to be paid; none while that is not decided. */
export function paymentsOf(steps: readonly Step[], epoch: number): Payment[] {
  const opened = stepOf(steps, epoch, 'OPENED');
  const decided = opened === null ? null : payingOf(steps, opened);
  if (opened === null || decided === null) return [];
  const { destinationId } = decided.paidBy;
  return decided.parts.map(([agentKey, amount]) => ({
    agentKey,
    amount,
    destination: destinationId,
    deliveryId: destinationId === null ? null : rewardDeliveryId(destinationId, opened, agentKey),
  }));
}

function payingOf(
  steps: readonly Step[],
  opened: Step<'OPENED'>,
): { readonly parts: readonly Part[]; readonly paidBy: PaidBy } | null {
  const { parts, paidBy } = opened.content;
  if (opened.epoch > 1) return paidBy === null ? null : { parts, paidBy };
  const judged = stepOf(steps, opened.epoch, 'JUDGED');
  if (judged === null || judged.content.verdict === 'REVERSE') return null;
  const decided = stepOf(steps, opened.epoch, 'DECIDED');
  const isHeld = judged.content.verdict === 'REVIEW';
  if (isHeld && decided?.content.decision !== 'GO_ON') return null;
  return { parts: judged.content.parts ?? parts, paidBy: judged.content.paidBy };
}

/** Where a period stands. */
export function lifeOf(
  snapshot: Pick<Snapshot, 'evaluatedAt'> | null,
  steps: readonly Step[],
  delivered: ReadonlyMap<string, Delivered>,
): Life {
  const epoch = lastEpochOf(steps);
  const opened = stepOf(steps, epoch, 'OPENED');
  const judged = stepOf(steps, 1, 'JUDGED');
  const state = opened === null ? bareState(snapshot, steps) : stateOf(steps, opened, delivered);
  const first = stepOf(steps, 1, 'OPENED');
  const isPromised = first !== null && first.content.outcome !== 'NOTHING';
  return {
    state,
    epoch,
    lockedAt: snapshot?.evaluatedAt ?? null,
    openedAt: first?.at ?? null,
    stabilisesAt: isPromised ? first.content.stabilisesAt : null,
    judgedAt: judged?.at ?? null,
    finalAt: isFinal(state) ? lastOutcome(steps, epoch, delivered) : null,
  };
}

function bareState(snapshot: unknown, steps: readonly Step[]): LifeState {
  if (steps.some(({ name }) => name === 'WAITING')) return 'WAITING';
  return snapshot === null ? 'OPEN' : 'LOCKED';
}

const isFinal = (state: LifeState): boolean => state === 'CONFIRMED' || state === 'REVERSED';

function stateOf(
  steps: readonly Step[],
  opened: Step<'OPENED'>,
  delivered: ReadonlyMap<string, Delivered>,
): LifeState {
  const { epoch, content } = opened;
  if (content.outcome === 'NOTHING') return 'NOTHING';
  const admitted = stepOf(steps, epoch, 'ADMITTED');
  if (content.outcome === 'REVIEW') {
    if (admitted === null) return 'WAITING';
    if (admitted.content.decision === 'GIVE_BACK') return 'REVERSED';
  }
  const judged = stepOf(steps, epoch, 'JUDGED');
  if (epoch === 1 && judged === null) return 'PROVISIONAL';
  const decided = stepOf(steps, epoch, 'DECIDED');
  if (judged?.content.verdict === 'REVIEW' && decided === null) return 'HELD';
  const isBack = judged?.content.verdict === 'REVERSE' || decided?.content.decision === 'GIVE_BACK';
  if (nextPage(steps, epoch) !== null) return isBack ? 'HELD' : 'CONFIRMING';
  if (isBack) return 'REVERSED';
  const isUnderWay = paymentsOf(steps, epoch).some(
    ({ deliveryId }) => deliveryId !== null && !delivered.has(deliveryId),
  );
  return isUnderWay ? 'CONFIRMING' : 'CONFIRMED';
}

function lastOutcome(
  steps: readonly Step[],
  epoch: number,
  delivered: ReadonlyMap<string, Delivered>,
): number | null {
  const known = paymentsOf(steps, epoch).flatMap(
    ({ deliveryId }) => delivered.get(deliveryId ?? '')?.at ?? [],
  );
  const written = steps.filter((step) => step.epoch === epoch).map(({ at }) => at);
  const instants = [...known, ...written];
  return instants.length === 0 ? null : Math.max(...instants);
}

/** Where one member's part stands: the period's state, or what became of the member's delivery. */
export function memberState(
  life: Life,
  payment: Payment | undefined,
  delivered: ReadonlyMap<string, Delivered>,
): LifeState {
  if (payment === undefined) return life.state;
  if (payment.deliveryId === null) return life.state;
  const outcome = delivered.get(payment.deliveryId)?.outcome;
  if (outcome === undefined) return 'CONFIRMING';
  return outcome === 'CONFIRMED' ? 'CONFIRMED' : 'REVERSED';
}
