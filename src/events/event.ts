/**
 * The one event every source is normalised into, and the row the event log keeps of it. Decides
 * what makes two arrivals the same (id within the source) and what makes them differ (content,
 * leaving out a time that we gave). Refuses nothing: what its fields must say is `shape.ts`'s.
 */
import type { Row } from '../kernel/change-set';
import { canonicalJson, hashFields, hashJson } from '../kernel/hash';
import { eventRowIdOf } from '../kernel/ids';

export const EVENT_TYPES = [
  'performance.coaching.completed',
  'performance.coaching.created',
  'qa.score.updated',
  'performance.result.updated',
  'wfm.actuals.updated',
  'metric.recorded',
  'agent.utilization',
  'goal.status.changed',
  'SEASONAL_RESET_TRIGGER',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Whether a value of JSON is an object: neither null nor a list. */
export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same value, or one without fields where it is no object. */
export const recordOf = (value: unknown): JsonObject => (isRecord(value) ? value : {});

/** A normalised event, of bounded size (`shape.ts`); the raw body stands apart. */
export interface IntakeEvent {
  readonly source: string;
  readonly platform: string;
  readonly namespace: string;
  /** The sender's id, unique within the source. */
  readonly eventId: string;
  readonly type: EventType;
  /** UTC ms as the sender says; null where it says none: a time that we give is none of its own. */
  readonly occurredAt: number | null;
  /** Fields by the names of the event schema in the small print, e.g. `coachingSessionId`. */
  readonly data: JsonObject;
}

/** An authentic, usable event on its way to the object that owns its subject. */
export interface Arrival {
  readonly event: IntakeEvent;
  /** The item's raw text and its SHA-256. */
  readonly body: string;
  readonly bodyHash: string;
  /** Scheme and fingerprint of the secret that fitted, e.g. `hmac-hex:1f2e3d4c`. */
  readonly signature: string;
  /** The signed id of its message, with the item's place in it, where the scheme has one. */
  readonly messageId?: string;
  /** UTC ms when it was first here, where that was before now; stands in for a time not given. */
  readonly takenAt?: number;
}

export type EventVerdict = 'accepted' | 'duplicate' | 'conflict' | 'quarantined';

/** An event as its owner fixed it at first acceptance; the same bytes for ever after. */
export interface KeptEvent {
  readonly id: string;
  readonly event: IntakeEvent;
  /** The sender's time, or the time of first acceptance where it gave none. */
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly bodyHash: string;
  readonly contentHash: string;
  readonly signature: string;
  /** As it arrived; what D1 holds of an event is without it. */
  readonly messageId?: string;
  /** Key of the owning subject, e.g. a coaching session key; null where there is none. */
  readonly subject: string | null;
  readonly salt: string;
}

/** What an owner answers for one arrival. `kept` is the first one's for a duplicate. */
export interface Taken {
  readonly verdict: EventVerdict;
  readonly kept: KeptEvent;
  /** Why it was quarantined, in capitals, e.g. TOO_MANY. */
  readonly reason?: string;
  /** The sender's id of the event that did it first, of a duplicate under another id. */
  readonly first?: string;
  /** It leaves no row of its own: a sample is worth nothing tomorrow. */
  readonly unlogged?: true;
  /** The log has it already: its row needs no handing over. */
  readonly logged?: true;
}

/** The one who takes events of some types: one RPC per subject; answers in the order of arrivals. */
export type EventOwner<E> = (
  env: E,
  arrivals: readonly Arrival[],
  now: number,
) => Promise<readonly Taken[]>;

/** Who decides anew what events of some types led to: an operator's replay asks for it. */
export interface Resettler<E> {
  /** Decides on a subject once more, soon; what it was worth is corrected by the difference. */
  settle(env: E, subject: string, now: number): Promise<void>;
  /** What that would come to now, as it goes on the wire; writes nothing. */
  foresee(env: E, subject: string, now: number): Promise<Readonly<Record<string, unknown>>>;
}

/** Hash of what the sender said; a time that we gave is no part of it. */
export const contentHashOf = (event: IntakeEvent): string =>
  hashJson({ type: event.type, occurredAt: event.occurredAt, data: event.data });

export function keep(
  arrival: Arrival,
  fixed: { readonly receivedAt: number; readonly subject: string | null; readonly salt: string },
): KeptEvent {
  const { event, bodyHash, signature, messageId, takenAt } = arrival;
  return {
    id: eventRowIdOf(event.source, event.eventId),
    event,
    occurredAt: event.occurredAt ?? takenAt ?? fixed.receivedAt,
    bodyHash,
    contentHash: contentHashOf(event),
    signature,
    ...(messageId !== undefined && { messageId }),
    ...fixed,
  };
}

/** The row of the event log. The event itself is a side column, bound by a salted hash. */
export function eventRow(kept: KeptEvent): Row {
  const content = canonicalJson(kept.event);
  return {
    table: 'events',
    id: kept.id,
    values: {
      source: kept.event.source,
      type: kept.event.type,
      subject: kept.subject,
      occurred_at: kept.occurredAt,
      received_at: kept.receivedAt,
      signature: kept.signature,
      body_hash: kept.bodyHash,
      content_hash: hashFields(kept.salt, content),
    },
    side: { content, salt: kept.salt },
  };
}
