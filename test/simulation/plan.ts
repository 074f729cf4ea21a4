/**
 * What a history is made of, as data: people, rules, the events of its coaching sessions and the
 * operations in order of time. A plan holds no time of the machine and no chance; two runs of one
 * plan differ only in how the runtime orders what is concurrent.
 */
import type { OracleCaps } from '../oracle/caps';
import type { Condition } from '../oracle/condition';
import type { OracleAction } from '../oracle/world';

export type SourceId = 'platform' | 'quality' | 'lms';

export interface PlannedPerson {
  readonly agentId: string;
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

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

export interface PlannedEvent {
  /** Unique within the plan. */
  readonly key: string;
  readonly source: SourceId;
  readonly eventId: string;
  readonly type:
    | 'performance.coaching.completed'
    | 'performance.coaching.created'
    | 'qa.score.updated';
  /** Number of the coaching session within the plan. */
  readonly session: number;
  /** UTC ms. */
  readonly occurredAt: number;
  /** Fields under the names of the event schema. */
  readonly data: Readonly<Record<string, unknown>>;
  /** False where somebody in it is unknown to the directory. */
  readonly usable: boolean;
}

export type Operation =
  | { readonly kind: 'deliver'; readonly keys: readonly string[]; readonly copies: number }
  | { readonly kind: 'contradict'; readonly key: string }
  | { readonly kind: 'unusable'; readonly source: SourceId; readonly text: string }
  | { readonly kind: 'bad-signature'; readonly key: string }
  | { readonly kind: 'rule-change'; readonly points: number; readonly aheadMs: number }
  | { readonly kind: 'quality'; readonly results: readonly PlannedResult[] }
  | { readonly kind: 'rotate'; readonly source: SourceId }
  | { readonly kind: 'evict' | 'abort'; readonly session: number }
  | { readonly kind: 'abort-all' }
  | { readonly kind: 'alarm-early' | 'alarm-twice'; readonly session: number }
  | { readonly kind: 'alarms' }
  | { readonly kind: 'cron'; readonly cron: string; readonly times: number }
  | { readonly kind: 'd1-away'; readonly forMs: number };

export interface PlannedResult {
  readonly id: string;
  readonly agentId: string;
  readonly createdAt: number;
  readonly score: number;
}

export interface Timed {
  /** UTC ms; the virtual clock stands here when the operation begins. */
  readonly at: number;
  readonly operation: Operation;
}

/** Chance of each mode at each I/O point; what is absent is 0. */
export interface FaultTable {
  readonly worker: Readonly<Record<string, number>>;
  readonly session: Readonly<Record<string, number>>;
  readonly source: Readonly<Record<string, number>>;
  readonly journal: Readonly<Record<string, number>>;
  /** Chance that alarms that have come due before an operation run only later. */
  readonly lateAlarms: number;
}

export interface Plan {
  readonly seed: number;
  readonly startAt: number;
  readonly people: readonly PlannedPerson[];
  readonly programme: PlannedProgramme | null;
  readonly rules: readonly PlannedRule[];
  readonly qualityBefore: readonly PlannedResult[];
  readonly sessions: readonly string[];
  readonly events: readonly PlannedEvent[];
  readonly operations: readonly Timed[];
  readonly faults: FaultTable;
}

/** The body of an event as its source prints it; an LMS uses the aliases of the seed. */
export function bodyOf(event: Pick<PlannedEvent, keyof PlannedEvent>): string {
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
