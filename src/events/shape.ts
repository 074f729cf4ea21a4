/**
 * What an event of each type must say: the one schema that every source is normalised into.
 * Decides which fields are kept and in which form (scores as exact decimals of 0 to 100, durations
 * as whole seconds); refuses what a decision could not be made of, with a pointer to the field.
 */
import * as z from 'zod';
import { parseDecimal, printDecimal } from '../kernel/decimal';
import { canonicalJson } from '../kernel/hash';
import { fail, ok, type Result } from '../kernel/result';
import type { EventType, Json, JsonObject } from './event';
import type { ItemFault } from './quarantine';

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u;

/** An id of a platform: 1 to 200 printable characters; a whole number is its digits. */
export const idField = z
  .union([z.string(), z.int().nonnegative().transform(String)])
  .refine((text) => PRINTABLE.test(text) && text.trim() === text, {
    message: 'an id is 1 to 200 printable characters without blanks at its ends',
  });

const textField = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u);

/** A decimal as the number it is where a number holds it exactly, else as its text. */
function plain(value: unknown): number | string | null {
  const decimal = parseDecimal(value);
  if (decimal === null) return null;
  const text = printDecimal(decimal);
  return String(Number(text)) === text ? Number(text) : text;
}

const decimalField = z.unknown().transform((value, context): number | string => {
  const number = plain(value);
  if (number !== null) return number;
  context.addIssue({ code: 'custom', message: 'a plain decimal of at most 6 places' });
  return z.NEVER;
});

/** A score: a plain decimal of 0 to 100. */
export const scoreField = decimalField.refine(
  (value) => {
    const decimal = parseDecimal(value);
    return decimal !== null && !decimal.lessThan(0) && !decimal.greaterThan(100);
  },
  { message: 'a score is a decimal of 0 to 100' },
);

const secondsField = z.int().min(0).max(31_536_000);
const personField = z.looseObject({
  scoreBefore: scoreField.optional(),
  scoreAfter: scoreField.optional(),
});

const coaching = {
  sessionType: textField.optional(),
  sessionDurationSeconds: secondsField.optional(),
  qaCalibrationScore: scoreField.optional(),
  mentor: personField.optional(),
  mentee: personField.optional(),
};

const SHAPES = {
  'performance.coaching.completed': z
    .looseObject({
      ...coaching,
      coachingSessionId: idField,
      mentorId: idField.optional(),
      menteeId: idField.optional(),
      sessionDurationSeconds: secondsField,
      /** One of several messages, each of which names one person; together they are the completion. */
      participantsPending: z.literal(true).optional(),
    })
    .superRefine((said, context) => {
      const absent = (['mentorId', 'menteeId'] as const).filter((name) => said[name] === undefined);
      if (absent.length < (said.participantsPending === true ? 2 : 1)) return;
      for (const name of absent) {
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'who coached whom must be said',
        });
      }
    }),
  'performance.coaching.created': z.looseObject({
    ...coaching,
    coachingSessionId: idField,
    mentorId: idField.optional(),
    menteeId: idField.optional(),
  }),
  'qa.score.updated': z.looseObject({
    coachingSessionId: idField,
    previousScore: scoreField.nullish().transform((score) => score ?? undefined),
    currentScore: scoreField,
    sessionType: textField.optional(),
    scoreSource: z.enum(['AUTOMATED', 'MANUAL']).optional(),
  }),
  'performance.result.updated': z.looseObject({
    id: idField,
    user_id: idField,
    scorecard_version_id: idField.optional(),
    result_status: z.string().regex(/^[A-Za-z_]{1,40}$/),
    score: z.looseObject({
      total: scoreField,
      weighted: z.boolean().optional(),
      questions: z.array(z.looseObject({ score: scoreField, weight: decimalField })).optional(),
    }),
    created_date: z.string().max(40).optional(),
  }),
  'metric.recorded': z.looseObject({
    metricId: idField,
    agentId: idField,
    value: decimalField,
    interactionId: idField.optional(),
    revision: z.int().nonnegative().optional(),
    attributes: z.record(z.string(), z.json()).optional(),
  }),
  'agent.utilization': z.looseObject({
    agentId: idField,
    concurrent: decimalField,
    targetConcurrent: decimalField,
    ahtSeconds: decimalField.optional(),
    targetAhtSeconds: decimalField.optional(),
    queueId: idField.optional(),
    queueWaitSeconds: decimalField.optional(),
    queueLength: z.int().nonnegative().optional(),
  }),
  'goal.status.changed': z
    .looseObject({
      goalId: idField,
      teamId: idField.optional(),
      previousStatus: z.enum(['BEHIND', 'AT_RISK', 'ON_TRACK', 'ACHIEVED']),
      currentStatus: z.enum(['BEHIND', 'AT_RISK', 'ON_TRACK', 'ACHIEVED']),
      evaluationPeriod: z.string().regex(/^\d{4}-(\d{2}|Q[1-4]|W\d{2})$/),
      metricValue: decimalField.optional(),
    })
    .refine((body) => body.previousStatus !== body.currentStatus, {
      path: ['currentStatus'],
      message: 'a status change has two different statuses',
    }),
  SEASONAL_RESET_TRIGGER: z.looseObject({
    target_groups: z.array(idField).max(1000).optional(),
  }),
} satisfies Record<EventType, z.ZodType>;

/** The schemas themselves, for the documentation of the API. */
export const EVENT_SHAPES: Readonly<Record<EventType, z.ZodType>> = SHAPES;

/** Events that come in numbers and are kept as their normalised fields and a hash of the body. */
const BODYLESS: ReadonlySet<EventType> = new Set(['metric.recorded', 'agent.utilization']);

export const keepsBody = (type: EventType): boolean => !BODYLESS.has(type);

/** Bytes of a normalised event's fields as canonical JSON. Objects keep a thousand of the first kind. */
const SMALL_BYTES = 1024;
const LARGE_BYTES = 16 * 1024;
const LARGE_TYPES: ReadonlySet<EventType> = new Set([
  'performance.result.updated',
  'goal.status.changed',
  'SEASONAL_RESET_TRIGGER',
]);

export interface ShapeFailure {
  readonly reason: 'SCHEMA' | 'TOO_LARGE';
  readonly faults: readonly ItemFault[];
}

/**
 * The fields of an event of a type in their kept form. Fields the schema does not name are kept
 * where all of it stays within the bound (rules may look at them), else left out.
 */
export function shapeEvent(type: EventType, fields: JsonObject): Result<JsonObject, ShapeFailure> {
  const parsed = SHAPES[type].safeParse(fields);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => ({
      pointer: `#${issue.path.map((part) => `/${segment(part)}`).join('')}`,
      detail: issue.message,
    }));
    return fail({ reason: 'SCHEMA', faults: faults.slice(0, 20) });
  }
  const limit = LARGE_TYPES.has(type) ? LARGE_BYTES : SMALL_BYTES;
  const whole = defined(parsed.data);
  if (sizeOf(whole) <= limit) return ok(whole);
  const named = Object.fromEntries(
    Object.entries(whole).filter(([name]) => Object.hasOwn(SHAPES[type].shape, name)),
  );
  if (sizeOf(named) <= limit) return ok(named);
  const detail = `the fields of an event of this type are at most ${limit} bytes`;
  return fail({ reason: 'TOO_LARGE', faults: [{ pointer: '#', detail }] });
}

const sizeOf = (value: JsonObject): number => Buffer.byteLength(canonicalJson(value));

const segment = (part: PropertyKey): string =>
  String(part).replaceAll('~', '~0').replaceAll('/', '~1');

/** Without the fields a schema made undefined; they have no JSON form. */
const defined = (data: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as Record<
    string,
    Json
  >;
