/**
 * Status changes of goals that a platform evaluates (G6). Decides which transitions are legal: any
 * of BEHIND, AT_RISK, ON_TRACK to any other status, ACHIEVED once per epoch; what leaves ACHIEVED
 * is evidence. Refuses a fall from an achievement nobody told of.
 */
import type { KeptEvent } from '../../events/event';
import { GOAL_STATUSES, type GoalStatus } from '../goal';

export interface StatusChange {
  /** Row id of the event, and the sender's id of it. */
  readonly id: string;
  readonly eventId: string;
  readonly goalId: string;
  readonly teamId: string | null;
  readonly period: string;
  readonly previous: GoalStatus;
  readonly current: GoalStatus;
  /** Decimal text; null where the event says none. */
  readonly metricValue: string | null;
  readonly occurredAt: number;
}

const statusOf = (said: unknown): GoalStatus =>
  GOAL_STATUSES.find((status) => status === said) ?? 'BEHIND';

/** What an event of the log says; its shape was checked at intake. */
export function changeOf({ id, event, occurredAt }: KeptEvent): StatusChange {
  const { goalId, teamId, evaluationPeriod, previousStatus, currentStatus, metricValue } =
    event.data;
  return {
    id,
    eventId: event.eventId,
    goalId: String(goalId),
    teamId: typeof teamId === 'string' ? teamId : null,
    period: String(evaluationPeriod),
    previous: statusOf(previousStatus),
    current: statusOf(currentStatus),
    metricValue: metricValue === undefined || metricValue === null ? null : String(metricValue),
    occurredAt,
  };
}

/**
 * TAKEN: the period may achieve by it, or it is evidence. AGAIN: the same achievement, told once
 * more. ILLEGAL: it leaves an achievement that was never told.
 */
export type Transition = 'TAKEN' | 'AGAIN' | 'ILLEGAL';

/** `achieved`: the id of the event by which the period achieved, null where it has not. */
export function transitionOf(
  { id, previous, current }: Pick<StatusChange, 'id' | 'previous' | 'current'>,
  achieved: string | null,
): Transition {
  if (current === 'ACHIEVED') return achieved === null || achieved === id ? 'TAKEN' : 'AGAIN';
  return previous === 'ACHIEVED' && achieved === null ? 'ILLEGAL' : 'TAKEN';
}
