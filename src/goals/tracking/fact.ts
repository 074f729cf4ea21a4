/**
 * A metric event as goals count it, and how many of them become one row. Decides by the set alone,
 * never by order or repetition: what belongs together (same namespace, metric, interaction and
 * agent) has the value of its highest revision and the time of its lowest, so that a correction
 * sent in October mends what happened in September. Without an interaction an event stands alone.
 */
import type { JsonObject, KeptEvent } from '../../events/event';
import { causeId } from '../../kernel/ids';
import { scaled } from '../goal';

export interface Fact {
  /** Names what it is about: revisions share it. */
  readonly key: string;
  /** Row id of the event. */
  readonly event: string;
  readonly source: string;
  readonly agentKey: string;
  readonly metricId: string;
  /** UTC ms. */
  readonly at: number;
  readonly revision: number;
  /** Scale 6. */
  readonly value: bigint;
  readonly attributes: JsonObject;
}

/** What is kept of the facts of one key. */
export interface FactRow {
  readonly key: string;
  /** Row id of the event whose value stands, and its revision. */
  readonly event: string;
  readonly revision: number;
  readonly agentKey: string;
  /** Lowest revision known and its time, UTC ms: when it happened. */
  readonly base: number;
  readonly at: number;
  /** Scale 6. */
  readonly value: bigint;
}

export function factOf({ id, event, occurredAt }: KeptEvent, agentKey: string): Fact {
  const { metricId, interactionId, revision = 0, value, attributes = {} } = event.data;
  const metric = String(metricId);
  return {
    key:
      interactionId === undefined
        ? id
        : causeId('fact', event.namespace, metric, String(interactionId), agentKey),
    event: id,
    source: event.source,
    agentKey,
    metricId: metric,
    at: occurredAt,
    revision: interactionId === undefined ? 0 : Number(revision),
    value: scaled(String(value)),
    attributes: attributes as JsonObject,
  };
}

/** True when the fact's value stands over the row's: a higher revision, else the lower event id. */
export const standsOver = (
  fact: Pick<Fact, 'revision' | 'event'>,
  row: Pick<FactRow, 'revision' | 'event'>,
): boolean =>
  fact.revision > row.revision || (fact.revision === row.revision && fact.event <= row.event);

/** The row with one more fact taken in; the same set of facts makes the same row in any order. */
export function merged(before: FactRow | null, fact: Fact): FactRow {
  const { key, event, agentKey, at, revision, value } = fact;
  if (before === null) return { key, event, agentKey, at, base: revision, revision, value };
  const top = standsOver(fact, before) ? { event, revision, value } : before;
  const isFirst = revision < before.base || (revision === before.base && at < before.at);
  return {
    key,
    agentKey,
    event: top.event,
    revision: top.revision,
    value: top.value,
    base: isFirst ? revision : before.base,
    at: isFirst ? at : before.at,
  };
}
