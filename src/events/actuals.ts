/**
 * What an item of WFM actuals must say: per agent, buckets of time with durations by status code.
 * Decides the form of a code (compared without case) and where a bucket ends (an end at second 59 is
 * the last second of its minute). Refuses durations beyond the bucket, buckets of one item that
 * overlap, and handle time: what interactions take is no measure of the time an agent was there.
 */
import * as z from 'zod';
import { parseDecimal, toScaled } from '../kernel/decimal';
import { DAY_MS, parseInstant } from '../kernel/instant';
import type { Json, JsonObject } from './event';
import { decimalField, idField } from './fields';

export const HANDLE_TIME_REASON =
  'handle time of interactions is no source of productivity: it knows no waiting, no auxiliary ' +
  'states and no outages; send the times of workforce management';

const HANDLE_TIME =
  /^(t?handle([ _.:/-]?time)?|aht|average[ _.:/-]?handle[ _.:/-]?time|interaction[ _.:/-]?handle[ _.:/-]?time)$/;

/** True for a code or field by which handle time of interactions would come in. */
export const isHandleTime = (code: string): boolean => HANDLE_TIME.test(codeOf(code));

/** A status code as it is compared: without case and without blanks at its ends. */
const codeOf = (text: string): string => text.trim().toLowerCase();

const MAX_BUCKETS = 3_000;
const MAX_CODES = 60;
const MAX_BUCKET_MS = 32 * DAY_MS;

const statusCode = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9 _.:/-]{0,63}$/, 'a code of letters, digits, blanks and _.:/-')
  .refine((code) => !isHandleTime(code), { message: HANDLE_TIME_REASON });

const duration = decimalField
  .refine((value) => millisOf(value) !== null, { message: 'seconds from 0, at most 3 places' })
  .meta({ description: 'Seconds' });

const instant = z.string().refine((text) => parseInstant(text) !== null, {
  message: 'an RFC 3339 instant with a zone',
});

const bucketShape = z
  .looseObject({
    bucket_start: instant,
    bucket_end: instant,
    status_codes: z.array(z.looseObject({ status_code_id: statusCode, duration })).max(MAX_CODES),
  })
  .superRefine((bucket, context) => {
    const { start, end, codes } = bucketOf(bucket as unknown as JsonObject);
    const sum = Object.values(codes).reduce((all, millis) => all + millis, 0);
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (end <= start) say('bucket_end', 'a bucket ends after it begins');
    else if (end - start > MAX_BUCKET_MS) say('bucket_end', 'a bucket is at most 32 days');
    else if (sum > end - start)
      say('status_codes', `durations are ${sum / 1000} s, the bucket is ${(end - start) / 1000} s`);
  });

export const actualsShape = z
  .looseObject({
    user_id: idField,
    actuals: z.array(bucketShape).min(1).max(MAX_BUCKETS),
    modified_date: instant.optional(),
  })
  .superRefine((item, context) => {
    for (const name of Object.keys(item).filter(isHandleTime))
      context.addIssue({ code: 'custom', path: [name], message: HANDLE_TIME_REASON });
    const places = item.actuals
      .map((bucket, index) => ({ ...bucketOf(bucket as unknown as JsonObject), index }))
      .toSorted((a, b) => a.start - b.start || a.index - b.index);
    for (const [place, { start, index }] of places.entries()) {
      if (start >= (places[place - 1]?.end ?? Number.NEGATIVE_INFINITY)) continue;
      const message = 'it overlaps another bucket of this item';
      context.addIssue({ code: 'custom', path: ['actuals', index], message });
    }
  });

/** A bucket as it counts: instants in UTC ms, milliseconds by code. */
export interface Bucket {
  readonly start: number;
  /** First instant after it. */
  readonly end: number;
  readonly codes: Readonly<Record<string, number>>;
}

/** Milliseconds of a duration in seconds, or null where it has none. */
function millisOf(value: unknown): number | null {
  const decimal = parseDecimal(value);
  const millis = decimal === null || decimal.lessThan(0) ? null : toScaled(decimal, 3);
  return millis === null || millis > BigInt(MAX_BUCKET_MS) ? null : Number(millis);
}

/** The buckets of an item that fits the shape. Durations of one code add up. */
export const bucketsOf = (item: JsonObject): Bucket[] =>
  (item.actuals as readonly JsonObject[]).map(bucketOf);

function bucketOf(bucket: JsonObject): Bucket {
  const codes = new Map<string, number>();
  for (const said of bucket.status_codes as readonly Readonly<Record<string, Json>>[]) {
    const code = codeOf(String(said.status_code_id));
    codes.set(code, (codes.get(code) ?? 0) + (millisOf(said.duration) ?? 0));
  }
  const start = parseInstant(String(bucket.bucket_start)) ?? 0;
  return { start, end: endOf(String(bucket.bucket_end)), codes: Object.fromEntries(codes) };
}

const MINUTE_MS = 60_000;

/** Printed ends such as 23:59:59 name the last second, not the instant after it. */
function endOf(text: string): number {
  const end = parseInstant(text) ?? 0;
  return end % MINUTE_MS >= 59_000 ? end - (end % MINUTE_MS) + MINUTE_MS : end;
}
