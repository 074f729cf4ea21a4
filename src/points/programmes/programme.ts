/**
 * A programme is one point category and how it settles: lock window, multiplier bands, measuring.
 * Decides the settings in force and the factor an award is multiplied by (DEC-9), exactly, as a
 * fraction. Refuses bands that could never match.
 */
import * as z from 'zod';
import { DESTINATION_ID } from '../../delivery/destination';
import type { Json, JsonObject } from '../../events/event';
import { DECIMAL_TEXT, parseDecimal } from '../../kernel/decimal';
import {
  compare,
  type Fraction,
  fraction,
  fractionOfDecimal,
  multiply,
  subtract,
} from '../../kernel/fraction';
import { pointsUnit, scaleOf } from '../../kernel/units';
import { capsSchema } from '../guards/cap';
import { factAt } from '../rules/condition';

export const PROGRAMME_KIND = 'program';

const decimal = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine((text) => DECIMAL_TEXT.test(text), 'a plain decimal of at most 6 places');
const factor = decimal.refine(
  (text) => !text.startsWith('-') && Number(text) <= 100,
  'a factor from 0 to 100',
);

const changeBand = z
  .strictObject({ atLeast: decimal.optional(), atMost: decimal.optional(), factor })
  .refine((band) => band.atLeast !== undefined || band.atMost !== undefined, 'atLeast or atMost')
  .refine(
    ({ atLeast, atMost }) =>
      atLeast === undefined || atMost === undefined || Number(atLeast) <= Number(atMost),
    'atLeast above atMost never matches',
  );

const attributeBand = z.strictObject({
  field: z.string().regex(/^mentee\.attributes\.[A-Za-z0-9_]{1,60}$/, 'mentee.attributes.<name>'),
  equals: z.union([z.string().max(200), z.number(), z.boolean()]),
  factor,
});

export const programmeSchema = z.strictObject({
  /** Seconds from the first event until the coaching session is settled; 0 settles at once. */
  lockSeconds: z.int().min(0).max(3600).default(60),
  multiplier: z
    .strictObject({
      /** By the mentee's score change; the first band that matches counts, none: 1. */
      bands: z
        .array(changeBand)
        .max(20)
        .default([
          { atLeast: '10', factor: '1.5' },
          { atMost: '0', factor: '0.8' },
        ]),
      /** By attributes of the mentee; every band that matches multiplies. */
      attributes: z.array(attributeBand).max(20).default([]),
    })
    .prefault({}),
  /** Days after the coaching in which the mentee's results count as "after". */
  measurementDays: z.int().min(1).max(90).default(14),
  /** Paths the completion must carry, e.g. sessionType. */
  requiredFields: z
    .array(z.string().regex(/^[A-Za-z0-9_.]{1,120}$/))
    .max(20)
    .default([]),
  /** How many coaching sessions, or points, of a mentor or a pair count in a period (M9). */
  caps: capsSchema.prefault({}),
  /** An alert when so many of the latest coaching sessions fell below the threshold (M8). */
  drift: z
    .strictObject({
      sessions: z.int().min(1).max(50).default(10),
      below: z.int().min(1).max(50).default(5),
    })
    .refine(({ sessions, below }) => below <= sessions, 'below is at most sessions')
    .prefault({}),
  /** Shows each agent's points of a day as an external metric of the platform. */
  externalMetric: z
    .strictObject({
      destinationId: z.string().regex(DESTINATION_ID),
      metricId: z.string().min(1).max(100),
    })
    .optional(),
});

export type Programme = z.output<typeof programmeSchema>;

export const DEFAULT_PROGRAMME: Programme = programmeSchema.parse({});

export const isCategory = (category: string): boolean => scaleOf(pointsUnit(category)) !== null;

/** Mean scores of the mentee as exact fractions; null where nothing is known. */
export interface Measured {
  readonly before: Fraction | null;
  readonly after: Fraction | null;
  /** True while results may still come that decide `after`. */
  readonly open: boolean;
}

export interface BandTrace {
  readonly by: string;
  readonly actual: Json;
  readonly factor: string;
}

export interface Multiplier {
  readonly factor: Fraction;
  /** PENDING: stands at 1.0 until the mentee has been measured. */
  readonly state: 'KNOWN' | 'PENDING' | 'UNKNOWN';
  readonly trace: readonly BandTrace[];
}

/** The factor of an award: the score-change band times every attribute band that matches. */
export function multiplierOf(
  programme: Programme,
  measured: Measured,
  facts: JsonObject,
): Multiplier {
  const byAttribute = programme.multiplier.attributes.flatMap((band): BandTrace[] => {
    const actual = factAt(facts, band.field);
    const same = actual === band.equals || sameDecimal(actual, band.equals);
    return same ? [{ by: band.field, actual, factor: band.factor }] : [];
  });
  const { before, after, open } = measured;
  const known = before !== null && after !== null && !open;
  const change = known ? changeBandOf(programme, before, after) : null;
  const trace = change === null ? byAttribute : [change, ...byAttribute];
  return {
    factor: trace.reduce(
      (all, band) => multiply(all, fractionOfDecimal(band.factor)),
      fraction(1n),
    ),
    state: known ? 'KNOWN' : before !== null && open ? 'PENDING' : 'UNKNOWN',
    trace,
  };
}

function changeBandOf(programme: Programme, before: Fraction, after: Fraction): BandTrace {
  const change = subtract(after, before);
  const band = programme.multiplier.bands.find(
    ({ atLeast, atMost }) =>
      (atLeast === undefined || compare(fractionOfDecimal(atLeast), change) <= 0) &&
      (atMost === undefined || compare(change, fractionOfDecimal(atMost)) <= 0),
  );
  const actual = `${change.numerator}/${change.denominator}`;
  return { by: 'scoreChange', actual, factor: band?.factor ?? '1' };
}

function sameDecimal(a: Json, b: Json): boolean {
  const left = parseDecimal(a);
  const right = parseDecimal(b);
  return left !== null && right !== null && left.equals(right);
}
