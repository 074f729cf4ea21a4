/**
 * A compensation plan: how quality and time become money. Decides what a plan says where its body
 * is silent, the order of its tiers, its hash and what is worth a warning. Refuses what could not be
 * paid by: equal tiers, productive time outside logged-in time, neutral fallbacks without a score,
 * amounts finer than the currency, prefixes that could make one key of two lines, a next version
 * of another cadence or currency (P5, DEC-2 to DEC-5).
 */
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { DECIMAL_TEXT } from '../../kernel/decimal';
import type { FieldError } from '../../kernel/failure';
import { compare, fractionOfDecimal } from '../../kernel/fraction';
import { hashJson } from '../../kernel/hash';
import { isDay } from '../../kernel/instant';
import { CADENCES } from '../../kernel/period';
import { minorUnits, parseAmount } from '../../kernel/units';
import type { ConfigVersion } from '../../ledger/config';

export const PLAN_KIND = 'plan';
/** Prefixes of HRIS keys that are taken, each by one plan (DEC-4). */
export const PREFIX_KIND = 'plan-prefix';
export const FIRST_PREFIX = 'VAR_PAY';

/**
 * A period as keys print it, behind another prefix. `VAR_PAY_2024_10` beside `VAR_PAY` would make
 * one key of two agents' lines: `VAR_PAY_2024_10_2024_10_a_v1` is that of `a`, and that of the agent
 * `2024_10_a`. No prefix holds one, whoever else there is: two plans may be written at once.
 */
const PERIOD_IN_PREFIX = /_[0-9]{4}_(?:[0-9]{2}|Q[1-4])(?:_|$)/;

/** At most nine digits and six places: a double holds it, so it goes out as the number it came as. */
const decimal = (most: number) =>
  z
    .union([z.number(), z.string()])
    .transform(String)
    .refine((text) => DECIMAL_TEXT.test(text) && !text.startsWith('-'), 'a plain decimal')
    .refine((text) => Number(text) <= most, `at most ${most}`)
    .transform(plain)
    .meta({ type: 'number' });

/** `0.850` and `0.85` are one number and have one hash. */
function plain(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

const score = decimal(100);
const factor = decimal(100);
const money = decimal(999_999_999);
const share = decimal(1);

const statusCode = plainText(100);
const codes = z.array(statusCode).max(100);

const scorecard = z.strictObject({
  type: plainText(60),
  version_ids: z.array(plainText(200)).min(1).max(100),
  weight: factor.refine((text) => Number(text) > 0, 'a weight above 0'),
  min_evaluations: z.int().min(0).max(10_000).default(1),
  min_evaluation_ratio: share.optional().meta({
    type: 'number',
    description: 'Evaluations per interaction below which the type is missing.',
  }),
  fallback_behavior: z.enum(['EXCLUDE', 'NEUTRAL']).default('EXCLUDE'),
  neutral_score: score.optional().meta({ type: 'number' }),
});

const clawback = z.strictObject({
  max_share_of_pay: share.optional().meta({ type: 'number' }),
  max_amount: money.optional().meta({
    type: 'number',
    description: 'Caps bound the net that all versions of one cycle take less what they add.',
  }),
  protected_minimum: money.optional().meta({ type: 'number' }),
  instalments: z.int().min(1).max(24).default(1),
  lookbackPeriods: z.int().min(0).max(60).default(12),
});

const day = z.string().refine((text) => isDay(text), 'a day `YYYY-MM-DD`');
const destinationId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a destination');

const status_codes = z.strictObject({
  productive: codes.default(['talk', 'wrap_up', 'hold']),
  logged_in: codes.optional().meta({ description: 'All codes but those of `off` when absent.' }),
  exempt: codes.default(['SYSTEM_ERROR', 'MAINTENANCE', 'QUEUE_EMPTY']),
  noise: codes.default(['UNKNOWN']),
  off: codes.default(['OFFLINE']),
});

/** The seed's `compensation_plan` and what the small print adds to it. */
export const planSchema = z.strictObject({
  plan_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, _ and -'),
  base_bonus: money,
  currency: z
    .string()
    .refine((code) => minorUnits(code) !== null, 'a currency code of ISO 4217')
    .optional()
    .meta({ description: "The organisation's when absent." }),
  cadence: z.enum(CADENCES).default('MONTHLY'),
  quality_weight: factor,
  productivity_weight: factor,
  quality_tiers: z
    .array(z.strictObject({ min_score: score, multiplier: factor }))
    .max(50)
    .default([]),
  multiplier_below_lowest_tier: factor.default('0'),
  productivity_threshold: factor.default('0'),
  min_interactions: z.int().min(0).max(1_000_000_000).default(0),
  min_scorecards: z.int().min(0).max(1_000_000).default(0),
  interaction_metric: plainText(100).optional(),
  on_empty: z.enum(['NEUTRAL_ONE', 'EXCLUDE']).default('NEUTRAL_ONE'),
  scorecards: z.array(scorecard).max(20).default([]),
  status_codes: status_codes.prefault({}),
  members: z
    .strictObject({
      groups: z.array(plainText(100)).max(100).default([]),
      agents: z.array(plainText(200)).max(400).default([]),
    })
    .prefault({})
    .meta({
      description: 'Whoever is in one of the groups or named; everybody when both are empty.',
    }),
  earning_code: plainText(60).optional(),
  tax_treatment: plainText(60).optional(),
  keyPrefix: z
    .string()
    .regex(/^[A-Za-z0-9_]{1,40}$/, 'letters, digits and _')
    .refine(
      (prefix) => !PERIOD_IN_PREFIX.test(prefix),
      'no period such as _2024_10 or _2024_Q4 in it: the key of a line names its own behind it',
    )
    .optional()
    .meta({ description: '`VAR_PAY` for the first plan; every further plan names its own.' }),
  destination: destinationId.default('hris'),
  tell: z
    .union([z.literal('NOTICE'), z.literal('NONE'), z.strictObject({ destination: destinationId })])
    .default('NOTICE')
    .meta({ description: 'How the agent hears of a confirmed line: a notice, or a platform.' }),
  currency_attribute: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,60}$/)
    .default('currency')
    .meta({
      description:
        "Attribute of an agent that names another currency than the plan's; where it is not set, " +
        "the agent's own `currency` counts.",
    }),
  clawback: clawback.prefault({}),
  effective_from: day.optional().meta({ description: 'First day in force.' }),
  effective_to: day.optional().meta({ description: 'Last day in force.' }),
});

export type PlanBody = z.output<typeof planSchema>;

/** A plan as it is kept: nothing left open, tiers from the highest down. */
export interface Plan extends PlanBody {
  readonly currency: string;
  readonly keyPrefix: string;
}

export type PlanVersion = ConfigVersion<Plan>;

export const hashOfPlan = (plan: Plan): string => hashJson(plan);

/** Fills in what the body leaves to the organisation and sorts the tiers. */
export const completed = (body: PlanBody, currency: string, keyPrefix: string): Plan => ({
  ...body,
  currency: body.currency ?? currency,
  keyPrefix: body.keyPrefix ?? keyPrefix,
  quality_tiers: body.quality_tiers.toSorted((a, b) =>
    compare(fractionOfDecimal(b.min_score), fractionOfDecimal(a.min_score)),
  ),
});

const ROOT = '#/compensation_plan';

/** Everything that stops a plan from being taken, each with a pointer into the body as it was sent. */
export function checkPlan(body: PlanBody, currency: string): FieldError[] {
  return [
    ...tierFaults(body),
    ...scorecardFaults(body),
    ...codeFaults(body),
    ...moneyFaults(body, body.currency ?? currency),
    ...dateFaults(body),
  ];
}

const fault = (path: string, detail: string): FieldError => ({
  pointer: `${ROOT}${path}`,
  code: 'custom',
  detail,
});

function tierFaults({ quality_tiers: tiers }: PlanBody): FieldError[] {
  return tiers.flatMap(({ min_score }, index) => {
    const first = tiers.findIndex((tier) => tier.min_score === min_score);
    return first === index
      ? []
      : [fault(`/quality_tiers/${index}/min_score`, `tier ${first} begins at ${min_score} too`)];
  });
}

function scorecardFaults({ scorecards }: PlanBody): FieldError[] {
  const types = scorecards.map(({ type }) => type);
  const versions = scorecards.flatMap(({ version_ids }) => version_ids);
  return scorecards.flatMap((one, index) => {
    const faults: FieldError[] = [];
    if (types.indexOf(one.type) !== index) {
      faults.push(fault(`/scorecards/${index}/type`, 'each type once'));
    }
    if (one.fallback_behavior === 'NEUTRAL' && one.neutral_score === undefined) {
      faults.push(fault(`/scorecards/${index}/neutral_score`, 'NEUTRAL needs a neutral_score'));
    }
    if (one.version_ids.some((id) => versions.indexOf(id) !== versions.lastIndexOf(id))) {
      faults.push(fault(`/scorecards/${index}/version_ids`, 'each version under one type, once'));
    }
    return faults;
  });
}

const same = (list: readonly string[], code: string): boolean =>
  list.some((one) => one.toLowerCase() === code.toLowerCase());

function codeFaults({ status_codes: sets }: PlanBody): FieldError[] {
  const { productive, logged_in, exempt, noise, off } = sets;
  return productive.flatMap((code, index) => {
    const inside = logged_in === undefined ? !same(off, code) : same(logged_in, code);
    const removed = same(exempt, code) || same(noise, code) || same(off, code);
    return inside && !removed
      ? []
      : [
          fault(
            `/status_codes/productive/${index}`,
            `productive time is logged-in time: ${code} is not, or is taken out`,
          ),
        ];
  });
}

function moneyFaults(body: PlanBody, currency: string): FieldError[] {
  const amounts: [string, string | undefined][] = [
    ['/base_bonus', body.base_bonus],
    ['/clawback/max_amount', body.clawback.max_amount],
    ['/clawback/protected_minimum', body.clawback.protected_minimum],
  ];
  return amounts.flatMap(([path, text]) =>
    text === undefined || parseAmount(text, currency) !== null
      ? []
      : [fault(path, `finer than the smallest part of ${currency}`)],
  );
}

const dateFaults = ({ effective_from: from, effective_to: to }: PlanBody): FieldError[] =>
  from !== undefined && to !== undefined && to < from
    ? [fault('/effective_to', 'not before effective_from')]
    : [];

/**
 * What a plan keeps for good. Months and weeks of one plan would pay a day twice and could share a
 * key; a correction is in the currency that was paid. Another cadence or currency is another plan.
 */
export function keptFaults(body: PlanBody, { cadence, currency }: Plan): FieldError[] {
  return [
    ...(body.cadence === cadence
      ? []
      : [fault('/cadence', `the plan is ${cadence}; another cadence is another plan`)]),
    ...(body.currency === undefined || body.currency === currency
      ? []
      : [fault('/currency', `the plan pays ${currency}; another currency is another plan`)]),
  ];
}

/** What is taken but is seldom meant. */
export function warningsOf(plan: PlanBody): string[] {
  const warnings: string[] = [];
  const parts = [plan.quality_weight, plan.productivity_weight];
  if (!sumsToOne(parts)) warnings.push('quality_weight and productivity_weight do not sum to 1');
  const weights = plan.scorecards.map(({ weight }) => weight);
  if (weights.length > 0 && !sumsToOne(weights)) {
    warnings.push('the weights of the scorecards do not sum to 1; they are divided by their sum');
  }
  if (plan.quality_tiers.length === 0) {
    const { multiplier_below_lowest_tier: below } = plan;
    warnings.push(`there are no tiers: every quality is multiplied by ${below}`);
  }
  if (plan.min_interactions === 0 && plan.min_scorecards === 0) {
    warnings.push('no minimum: one interaction or one evaluation is enough to be paid');
  }
  return warnings;
}

/** In millionths: every decimal here has at most six places. */
const sumsToOne = (texts: readonly string[]): boolean =>
  texts.reduce((sum, text) => sum + parseMillionths(text), 0n) === 1_000_000n;

function parseMillionths(text: string): bigint {
  const { numerator, denominator } = fractionOfDecimal(text);
  return (numerator * 1_000_000n) / denominator;
}
