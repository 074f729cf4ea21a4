/**
 * What coaching draws for a history: rules, a programme, quality results, the coaching sessions and
 * what is said of each. Holds the body of an event as its source prints it.
 */
import type { OracleCaps } from '../../oracle/caps';
import type { Condition } from '../../oracle/condition';
import type { OracleAction } from '../../oracle/world';
import type { PlannedEvent, SourceId } from '../plan';

/** The body of `POST /v1/rules`. */
export interface PlannedRule {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly evaluationOrder: number;
  readonly conditions: readonly Condition[];
  readonly actions: readonly OracleAction[];
  readonly deduplicationKey: string;
}

export interface PlannedProgramme {
  readonly pointCategory: string;
  readonly lockSeconds: number;
  readonly caps?: OracleCaps;
}

export interface PlannedResult {
  readonly id: string;
  readonly agentId: string;
  readonly createdAt: number;
  readonly score: number;
}

/** An event of a coaching session before it is printed. */
export interface CoachingEvent {
  readonly key: string;
  readonly source: SourceId;
  readonly eventId: string;
  readonly type:
    | 'performance.coaching.completed'
    | 'performance.coaching.created'
    | 'qa.score.updated';
  /** Number of the coaching session within the plan; -1: of nobody we know. */
  readonly session: number;
  /** UTC ms. */
  readonly occurredAt: number;
  /** Fields under the names of the event schema. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly usable: boolean;
}

export type CoachingOperation =
  | {
      readonly system: 'coaching';
      readonly kind: 'rule-change';
      readonly points: number;
      readonly aheadMs: number;
    }
  | {
      readonly system: 'coaching';
      readonly kind: 'quality';
      readonly results: readonly PlannedResult[];
    };

export interface CoachingPart {
  readonly programme: PlannedProgramme | null;
  readonly rules: readonly PlannedRule[];
  readonly qualityBefore: readonly PlannedResult[];
  readonly sessions: readonly string[];
  readonly events: readonly CoachingEvent[];
}

/** The body of an event as its source prints it; an LMS uses the aliases of the seed. */
export function bodyOf(event: CoachingEvent): string {
  const when = new Date(event.occurredAt).toISOString();
  if (event.source !== 'lms') {
    return JSON.stringify({
      eventType: event.type,
      eventId: event.eventId,
      occurredAt: when,
      ...event.data,
    });
  }
  const { sessionDurationSeconds, qaCalibrationScore, ...rest } = event.data;
  return JSON.stringify({
    type: event.type,
    id: event.eventId,
    timestamp: when,
    ...rest,
    ...(sessionDurationSeconds === undefined ? {} : { sessionDuration: sessionDurationSeconds }),
    ...(qaCalibrationScore === undefined ? {} : { qaScore: qaCalibrationScore }),
  });
}

/** The event as its sender says it. */
export function printed(event: CoachingEvent): PlannedEvent {
  const { key, source, eventId, type, session, occurredAt, usable } = event;
  const other = { ...event, data: { ...event.data, sessionType: 'Something_Else' } };
  return {
    key,
    source,
    eventId,
    type,
    subject: `coaching ${session}`,
    occurredAt,
    text: bodyOf(event),
    contradiction: bodyOf(other),
    usable,
  };
}
