/**
 * Bodies in our own names: the event schema as printed, with the spellings senders use. Decides the
 * type (a name, else the fields that only one kind of body has), the sender's id and the time;
 * leaves everything else to the schema of the type.
 */
import { EVENT_TYPES, type EventType, type Json, type JsonObject } from '../../events/event';
import { isIdText } from '../../events/fields';
import type { ItemFault } from '../../events/quarantine';
import { parseInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import type { Drafted } from './mapping';

const TYPE_NAMES = ['eventType', 'type', 'event_type'] as const;
const ID_NAMES = ['eventId', 'id', 'event_id', 'idempotency_key'] as const;
const TIME_NAMES = ['occurredAt', 'timestamp'] as const;
const RENAMED: Readonly<Record<string, string>> = {
  sessionDuration: 'sessionDurationSeconds',
  qaScore: 'qaCalibrationScore',
};

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);

/** Bodies the seeds print without a type, each known by fields no other kind has together. */
const BY_FIELDS: readonly { readonly type: EventType; readonly fields: readonly string[] }[] = [
  {
    type: 'goal.status.changed',
    fields: ['goalId', 'previousStatus', 'currentStatus', 'evaluationPeriod'],
  },
  { type: 'wfm.actuals.updated', fields: ['user_id', 'actuals'] },
  { type: 'performance.result.updated', fields: ['user_id', 'result_status', 'score'] },
];

/** The event a body is, its own spelling of type and id taken out; null where it names no type. */
export function readSeedBody(body: JsonObject): Result<Drafted, readonly ItemFault[]> | null {
  const type = typeOf(body);
  if (type === null) return null;
  const time = timeOf(body);
  if (!time.ok) return time;
  const id = idOf(type, body);
  if (!id.ok) return id;
  const fields = Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => !isEnvelope(type, name))
      .filter(([name]) => !Object.hasOwn(body, RENAMED[name] ?? ''))
      .map(([name, value]) => [RENAMED[name] ?? name, value]),
  );
  return ok({ type, eventId: id.value, occurredAt: time.value, fields });
}

/** The name a body gives itself, whether we know it or not. */
export function namedType(body: JsonObject): string | null {
  for (const name of TYPE_NAMES) {
    const value = body[name];
    if (typeof value === 'string') return value.slice(0, 200);
  }
  return null;
}

function typeOf(body: JsonObject): EventType | null {
  const named = namedType(body);
  if (named !== null) return KNOWN.has(named) ? (named as EventType) : null;
  const fitting = BY_FIELDS.find(({ fields }) => fields.every((name) => Object.hasOwn(body, name)));
  return fitting?.type ?? null;
}

/** A result's `id` names the result, not the event: each of its revisions is an event of its own. */
const idNames = (type: EventType): readonly string[] =>
  type === 'performance.result.updated' ? ID_NAMES.filter((name) => name !== 'id') : ID_NAMES;

const isEnvelope = (type: EventType, name: string): boolean =>
  (TYPE_NAMES as readonly string[]).includes(name) ||
  (TIME_NAMES as readonly string[]).includes(name) ||
  idNames(type).includes(name);

function idOf(type: EventType, body: JsonObject): Result<string | null, readonly ItemFault[]> {
  for (const name of idNames(type)) {
    const value: Json | undefined = body[name];
    if (value === undefined || value === null) continue;
    const id = typeof value === 'number' ? String(value) : value;
    if (typeof id === 'string' && isIdText(id)) return ok(id);
    return fail([{ pointer: `#/${name}`, detail: 'an id is 1 to 200 printable characters' }]);
  }
  return ok(null);
}

function timeOf(body: JsonObject): Result<number | null, readonly ItemFault[]> {
  for (const name of TIME_NAMES) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    const instant = typeof value === 'string' ? parseInstant(value) : null;
    if (instant !== null) return ok(instant);
    const detail = 'a time is RFC 3339 text with a zone, e.g. 2024-10-01T00:00:00Z';
    return fail([{ pointer: `#/${name}`, detail }]);
  }
  return ok(null);
}
