/**
 * One item in, events of our schema out, or why it cannot be used. Order: the source's own mapping,
 * the platform's native messages, our own names; then the subscription, then the schema of the
 * type. Pure and total: the same item gives the same events, ids included, whenever it comes.
 */
import { type IntakeEvent, isRecord, type Json, type JsonObject } from '../../events/event';
import { isIdText } from '../../events/fields';
import type { ItemFault, QuarantineReason } from '../../events/quarantine';
import { shapeEvent } from '../../events/shape';
import { canonicalJson, hashFields } from '../../kernel/hash';
import { fail, ok, type Result } from '../../kernel/result';
import { readGenesysBody } from './genesys';
import { applyMapping, type Drafted, type Mapping } from './mapping';
import { namedType, readSeedBody } from './seed';

/** What a source says about how its bodies are to be read. */
export interface Reading {
  readonly source: string;
  readonly platform: string;
  readonly namespace: string;
  /** Types it may send; every type when empty. */
  readonly events: readonly string[];
  readonly mapping: Mapping | null;
}

export interface Unusable {
  readonly reason: QuarantineReason;
  readonly faults: readonly ItemFault[];
  /** The sender's id, where the item got far enough to have one. */
  readonly eventId: string | null;
}

const MAX_DEPTH = 32;

/** `messageId`: the id that was signed with the message; names an item that names itself nowhere. */
export function normalise(
  reading: Reading,
  body: unknown,
  messageId: string | null,
): Result<readonly IntakeEvent[], Unusable> {
  const unsound = unsoundness(body, MAX_DEPTH);
  if (unsound !== null) return unusable('MALFORMED', [{ pointer: '#', detail: unsound }]);
  if (!isRecord(body))
    return unusable('MALFORMED', [{ pointer: '#', detail: 'an event is a JSON object' }]);
  const drafts = draft(reading, body);
  if (!drafts.ok) return drafts;
  const wanted = drafts.value.filter(({ type }) => isSubscribed(reading, type));
  const [first] = drafts.value;
  if (wanted.length === 0) {
    const detail = `this source does not list ${first?.type ?? 'this type'}`;
    return unusable('NOT_SUBSCRIBED', [{ pointer: '#/eventType', detail }], first?.eventId);
  }
  return shaped(reading, body, messageId, wanted);
}

const isSubscribed = (reading: Reading, type: string): boolean =>
  reading.events.length === 0 || reading.events.includes(type);

function draft(reading: Reading, body: JsonObject): Result<readonly Drafted[], Unusable> {
  const mapped = reading.mapping === null ? null : applyMapping(reading.mapping, body);
  if (mapped !== null) return mapped.ok ? ok([mapped.value]) : unusable('MAPPING', mapped.failure);
  if (/^genesys/i.test(reading.platform)) {
    const native = readGenesysBody(body, reading.mapping);
    if (native !== null)
      return native.ok ? native : unusable(native.failure.reason, native.failure.faults);
  }
  const seed = readSeedBody(body);
  if (seed !== null) return seed.ok ? ok([seed.value]) : unusable('SCHEMA', seed.failure);
  const named = namedType(body);
  const detail =
    named === null ? 'the item names no event type' : `there is no event type ${named}`;
  return unusable('UNKNOWN_TYPE', [{ pointer: '#/eventType', detail }]);
}

function shaped(
  reading: Reading,
  body: JsonObject,
  messageId: string | null,
  drafts: readonly Drafted[],
): Result<readonly IntakeEvent[], Unusable> {
  const events: IntakeEvent[] = [];
  for (const [index, drafted] of drafts.entries()) {
    const eventId = drafted.eventId ?? fallbackId(reading, body, messageId, index);
    if (!isIdText(eventId))
      return unusable('SCHEMA', [{ pointer: '#', detail: 'an event id has 1 to 200 characters' }]);
    const data = shapeEvent(drafted.type, drafted.fields);
    if (!data.ok) return unusable(data.failure.reason, data.failure.faults, eventId);
    events.push({
      source: reading.source,
      platform: reading.platform,
      namespace: reading.namespace,
      eventId,
      type: drafted.type,
      occurredAt: drafted.occurredAt,
      data: data.value,
    });
  }
  return ok(events);
}

function fallbackId(
  reading: Reading,
  body: JsonObject,
  messageId: string | null,
  index: number,
): string {
  const id = messageId ?? hashFields('event-body', reading.source, canonicalJson(body));
  return index === 0 ? id : `${id}:${index}`;
}

/** Text without a UTF-8 form has no hash; nesting without a bound has no cheap one. */
function unsoundness(value: unknown, depth: number): string | null {
  if (typeof value === 'string')
    return value.isWellFormed() ? null : 'text holds a lone surrogate, which has no UTF-8 form';
  if (typeof value !== 'object' || value === null) return null;
  if (depth === 0) return `nested deeper than ${MAX_DEPTH}`;
  for (const [name, inner] of Object.entries(value as Record<string, Json>)) {
    const found = unsoundness(name, 1) ?? unsoundness(inner, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

const unusable = (
  reason: QuarantineReason,
  faults: readonly ItemFault[],
  eventId: string | null = null,
): { readonly ok: false; readonly failure: Unusable } => fail({ reason, faults, eventId });
