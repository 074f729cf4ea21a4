/**
 * What an event of each type must say: the one schema that every source is normalised into.
 * Decides which fields are kept and in which form (scores as exact decimals of 0 to 100, durations
 * as whole seconds); refuses what a decision could not be made of, with a pointer to the field.
 */
import * as z from 'zod';
import { parseDecimal } from '../kernel/decimal';
import { canonicalJson } from '../kernel/hash';
import { pointerStep } from '../kernel/json';
import { fail, ok, type Result } from '../kernel/result';
import { actualsShape } from './actuals';
import type { EventType, Json, JsonObject } from './event';
import { decimalField, idField, scoreField, textField } from './fields';
import type { ItemFault } from './quarantine';

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

const weightField = decimalField.refine((value) => parseDecimal(value)?.lessThan(0) === false, {
  message: 'a weight is no less than 0',
});

/** Its total, or questions that a total is made of; a draft may have neither. */
const resultScore = z.looseObject({
  total: scoreField.nullish().transform((total) => total ?? undefined),
  weighted: z.boolean().optional(),
  questions: z
    .array(z.looseObject({ score: scoreField, weight: weightField }))
    .max(200)
    .optional(),
});

/** Weights that are all zero make no mean. */
const hasScore = ({ total, weighted, questions = [] }: z.output<typeof resultScore>): boolean =>
  weighted === false && questions.length > 0
    ? questions.some(({ weight }) => parseDecimal(weight)?.isZero() === false)
    : total !== undefined;

/** Metrics of the organisation as a whole, e.g. `inbound.volume`: they name no agent. */
export const isOrganisationMetric = (metricId: string): boolean => metricId.startsWith('inbound.');

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
  'performance.result.updated': z
    .looseObject({
      id: idField,
      user_id: idField,
      scorecard_version_id: idField.optional(),
      result_status: z.string().regex(/^[A-Za-z_]{1,40}$/),
      score: resultScore,
      created_date: z.string().max(40).optional(),
      modified_date: z.string().max(40).optional(),
    })
    .superRefine(({ result_status, score }, context) => {
      if (!/^(completed|published)$/i.test(result_status) || hasScore(score)) return;
      const path = ['score', score.weighted === false ? 'questions' : 'total'];
      context.addIssue({ code: 'custom', path, message: 'a result that counts has a score' });
    }),
  'wfm.actuals.updated': actualsShape,
  'metric.recorded': z
    .looseObject({
      metricId: idField,
      agentId: idField.optional(),
      value: decimalField,
      interactionId: idField.optional(),
      revision: z.int().nonnegative().optional(),
      attributes: z.record(z.string(), z.json()).optional(),
    })
    .refine(({ metricId, agentId }) => agentId !== undefined || isOrganisationMetric(metricId), {
      path: ['agentId'],
      message: 'whose metric it is must be said',
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
const BODYLESS: ReadonlySet<EventType> = new Set([
  'wfm.actuals.updated',
  'metric.recorded',
  'agent.utilization',
]);

export const keepsBody = (type: EventType): boolean => !BODYLESS.has(type);

/** Bytes of a normalised event's fields as canonical JSON. Objects keep a thousand of the first kind. */
const SMALL_BYTES = 1024;
const LARGE_BYTES = 16 * 1024;
/** A day of an agent in buckets of a quarter of an hour. */
const LARGEST_BYTES = 64 * 1024;
const BYTES_OF: Partial<Record<EventType, number>> = {
  'performance.result.updated': LARGE_BYTES,
  'wfm.actuals.updated': LARGEST_BYTES,
  'goal.status.changed': LARGE_BYTES,
  SEASONAL_RESET_TRIGGER: LARGE_BYTES,
};

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
      pointer: `#${issue.path.map(pointerStep).join('')}`,
      detail: issue.message,
    }));
    return fail({ reason: 'SCHEMA', faults: faults.slice(0, 20) });
  }
  const limit = BYTES_OF[type] ?? SMALL_BYTES;
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

/** Without the fields a schema made undefined; they have no JSON form. */
const defined = (data: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as Record<
    string,
    Json
  >;
