/**
 * A declarative mapping: how a sender's own bodies become our events, kept with its source. Decides
 * which rule applies (the first whose conditions hold) and what each field becomes. Pure and total;
 * a fault names the path that led nowhere. Never runs code of anyone's.
 */
import * as z from 'zod';
import {
  EVENT_TYPES,
  type EventType,
  isRecord,
  type Json,
  type JsonObject,
} from '../../events/event';
import type { ItemFault } from '../../events/quarantine';
import { parseDecimal, printDecimal } from '../../kernel/decimal';
import { FIRST_INSTANT_MS, LAST_INSTANT_MS, parseInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { pathSchema, pointerOf, stepsOf, valueAt } from './path';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const condition = z.strictObject({ path: pathSchema, equals: scalar });

const fieldRule = z.union([
  pathSchema,
  z.strictObject({ const: scalar }),
  z.strictObject({
    path: pathSchema,
    scale: z
      .unknown()
      .refine((value) => parseDecimal(value) !== null, { message: 'a plain decimal' })
      .transform((value) => String(value))
      .optional()
      .meta({ description: 'The number is multiplied by this, exactly: 60 makes minutes seconds' }),
    map: z.record(z.string(), scalar).optional(),
    optional: z.boolean().optional(),
  }),
]);

export const TIME_FORMATS = ['iso', 'epoch-seconds', 'epoch-millis'] as const;

const rule = z.strictObject({
  when: z.union([condition, z.array(condition).max(10)]).optional(),
  eventType: z.enum(EVENT_TYPES),
  eventId: z.union([pathSchema, z.array(pathSchema).min(1).max(5)]).optional(),
  occurredAt: z
    .union([pathSchema, z.strictObject({ path: pathSchema, format: z.enum(TIME_FORMATS) })])
    .optional(),
  fields: z
    .record(z.string().min(1).max(100), fieldRule)
    .refine((fields) => Object.keys(fields).every((name) => stepsOf(name).length <= 4), {
      message: 'a field name has at most 4 steps',
    }),
});

export const mappingSchema = z.strictObject({
  rules: z.array(rule).max(50).default([]),
  evaluations: z
    .strictObject({ coachingSessionId: pathSchema, sessionType: z.string().max(200).optional() })
    .optional()
    .meta({
      description:
        'Where a Genesys Cloud evaluation names the coaching session it scores; each then also becomes qa.score.updated',
    }),
});

export type Mapping = z.output<typeof mappingSchema>;
type Rule = z.output<typeof rule>;
type FieldRule = z.output<typeof fieldRule>;

/** An item as a mapping or a normaliser reads it, before the schema of its type. */
export interface Drafted {
  readonly type: EventType;
  readonly eventId: string | null;
  readonly occurredAt: number | null;
  readonly fields: JsonObject;
}

/** What the first fitting rule makes of a body; null where no rule fits. */
export function applyMapping(
  mapping: Mapping,
  body: Json,
): Result<Drafted, readonly ItemFault[]> | null {
  const fitting = mapping.rules.find((candidate) => holds(candidate, body));
  return fitting === undefined ? null : applyRule(fitting, body);
}

function holds({ when }: Rule, body: Json): boolean {
  const conditions = when === undefined ? [] : Array.isArray(when) ? when : [when];
  return conditions.every(({ path, equals }) => sameScalar(valueAt(body, path), equals));
}

/** Numbers too long for a double come as text; both sides are compared as text. */
const sameScalar = (found: Json | undefined, wanted: string | number | boolean | null): boolean =>
  found === wanted || (typeof wanted === 'number' && found === String(wanted));

function applyRule(fitting: Rule, body: Json): Result<Drafted, readonly ItemFault[]> {
  const faults: ItemFault[] = [];
  const fields: Record<string, Json> = {};
  for (const [name, how] of Object.entries(fitting.fields)) {
    const value = fieldOf(how, body);
    if (!value.ok) faults.push(value.failure);
    else if (value.value !== undefined) place(fields, stepsOf(name), value.value);
  }
  const eventId = idOf(fitting, body);
  if (!eventId.ok) faults.push(eventId.failure);
  const occurredAt = timeOf(fitting, body);
  if (!occurredAt.ok) faults.push(occurredAt.failure);
  if (faults.length > 0 || !eventId.ok || !occurredAt.ok) return fail(faults);
  const type = fitting.eventType;
  return ok({ type, eventId: eventId.value, occurredAt: occurredAt.value, fields });
}

function fieldOf(how: FieldRule, body: Json): Result<Json | undefined, ItemFault> {
  if (typeof how === 'object' && 'const' in how) return ok(how.const);
  const { path, scale, map, optional } =
    typeof how === 'string'
      ? ({ path: how } as Exclude<FieldRule, string | { const: unknown }>)
      : how;
  const found = valueAt(body, path);
  if (found === undefined || found === null) {
    return optional === true ? ok(undefined) : fault(path, 'the mapping finds nothing here');
  }
  const mapped = map === undefined ? found : lookUp(map, found);
  if (mapped === undefined) return fault(path, 'the mapping has no entry for the value here');
  return scale === undefined ? ok(mapped) : scaled(path, mapped, scale);
}

const lookUp = (map: Readonly<Record<string, Json>>, found: Json): Json | undefined => {
  const key = typeof found === 'object' ? null : String(found);
  return key !== null && Object.hasOwn(map, key) ? map[key] : undefined;
};

function scaled(path: string, value: Json, scale: string): Result<Json, ItemFault> {
  const number = parseDecimal(value);
  const factor = parseDecimal(scale);
  if (number === null || factor === null) return fault(path, 'no plain decimal stands here');
  const text = printDecimal(number.times(factor));
  return ok(String(Number(text)) === text ? Number(text) : text);
}

/** Several paths make one id, joined by a colon, where no single field tells events apart. */
function idOf({ eventId }: Rule, body: Json): Result<string | null, ItemFault> {
  if (eventId === undefined) return ok(null);
  const parts: string[] = [];
  for (const path of typeof eventId === 'string' ? [eventId] : eventId) {
    const found = valueAt(body, path);
    if (typeof found !== 'string' && typeof found !== 'number')
      return fault(path, 'the mapping finds no id here');
    parts.push(String(found));
  }
  return ok(parts.join(':'));
}

function timeOf({ occurredAt }: Rule, body: Json): Result<number | null, ItemFault> {
  if (occurredAt === undefined) return ok(null);
  const { path, format } =
    typeof occurredAt === 'string' ? { path: occurredAt, format: 'iso' as const } : occurredAt;
  const time = readTime(valueAt(body, path), format);
  return time === null ? fault(path, `no time of the format ${format} stands here`) : ok(time);
}

/** UTC ms of a time in one of the formats; null where it is none, or beyond the kernel's bounds. */
export function readTime(
  value: Json | undefined,
  format: (typeof TIME_FORMATS)[number],
): number | null {
  if (format === 'iso') return typeof value === 'string' ? parseInstant(value) : null;
  const count = typeof value === 'string' && /^\d{1,14}$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) return null;
  const instant = format === 'epoch-seconds' ? count * 1000 : count;
  return instant >= FIRST_INSTANT_MS && instant <= LAST_INSTANT_MS ? instant : null;
}

function place(fields: Record<string, Json>, steps: readonly string[], value: Json): void {
  const [first = '', ...rest] = steps;
  if (rest.length === 0) {
    Object.defineProperty(fields, first, { value, enumerable: true, configurable: true });
    return;
  }
  const inner = Object.hasOwn(fields, first) ? fields[first] : undefined;
  const target = isRecord(inner) ? { ...inner } : {};
  place(target, rest, value);
  Object.defineProperty(fields, first, { value: target, enumerable: true, configurable: true });
}

const fault = (path: string, detail: string): { readonly ok: false; readonly failure: ItemFault } =>
  fail({ pointer: pointerOf(path), detail });
