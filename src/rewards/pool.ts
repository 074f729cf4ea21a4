/**
 * A reward pool: money or hours put aside up front, out of which goals pay (DEC-15). Decides what a
 * pool may say, what one award of it is, and which entries bring it to what is funded. Refuses
 * amounts finer than their unit and a change of unit; that a pool never pays more than it holds is
 * the journal's guard: no set goes through that would leave it below zero.
 */
import * as z from 'zod';
import { DESTINATION_ID } from '../delivery/destination';
import { plainText } from '../http/fields';
import type { Guard } from '../kernel/change-set';
import { parseDecimal } from '../kernel/decimal';
import { type Failure, invalidField } from '../kernel/failure';
import { isDay } from '../kernel/instant';
import { type Cadence, dayAfter, type Period, periodOf, type WeekStart } from '../kernel/period';
import { fail, ok, type Result } from '../kernel/result';
import { minorUnits, parseAmount, type Unit } from '../kernel/units';
import { fundingAccount, poolAccount } from '../ledger/account';
import { type ConfigVersion, configRow } from '../ledger/config';
import { type Entry, transaction } from '../ledger/entry';

export const POOL_KIND = 'reward-pool';
export const POOL_FUNDING = 'POOL_FUNDING';
export const POOL_ID = /^[A-Za-z0-9_-]{1,64}$/;

const decimal = z
  .union([z.number(), z.string()])
  .refine((value) => parseDecimal(value) !== null, 'a plain decimal');
const day = z.string().refine(isDay, 'a day YYYY-MM-DD');
const destination = z
  .string()
  .regex(DESTINATION_ID, 'an id of a destination')
  .nullable()
  .default(null);

export const poolBody = z
  .strictObject({
    name: plainText(200).nullable().default(null),
    unit: z
      .string()
      .refine((unit) => unit === 'HOURS' || minorUnits(unit) !== null, 'ISO 4217, or HOURS')
      .optional()
      .meta({ description: "The organisation's currency when absent.", examples: ['USD'] }),
    funded: decimal.meta({
      description: 'All that was ever put in; more or less of it is posted as the difference.',
      examples: ['4500.00'],
    }),
    perAward: decimal.optional().meta({
      description: 'What one closed period pays; `funded` ÷ periods inside the dates when absent.',
    }),
    firstDay: day.nullable().default(null),
    lastDay: day.nullable().default(null),
    destinationId: destination.meta({ description: 'Where confirmed rewards are paid: the HRIS.' }),
    recognitionDestinationId: destination.meta({
      description: 'A platform on which a confirmed reward shows as a recognition.',
    }),
    externalMetricId: plainText(100).nullable().default(null).meta({
      description: 'On that platform: the external metric that shows what was confirmed.',
    }),
  })
  .meta({ id: 'RewardPoolBody' });

export type PoolBody = z.output<typeof poolBody>;

/** What is kept. Amounts are in the unit's smallest part. */
export interface Pool {
  readonly name: string | null;
  readonly unit: Unit;
  readonly funded: number;
  readonly perAward: number | null;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
  readonly destinationId: string | null;
  readonly recognitionDestinationId: string | null;
  readonly externalMetricId: string | null;
}

export type PoolVersion = ConfigVersion<Pool>;

/** Reads a body over what is there; every refusal points to its field. */
export function readPool(body: PoolBody, present: Pool | null, currency: string): Result<Pool> {
  const unit = body.unit ?? present?.unit ?? currency;
  if (present !== null && present.funded > 0 && unit !== present.unit) {
    return fail(invalidField('#/unit', 'custom', `the pool was funded in ${present.unit}`));
  }
  const funded = amountOf('#/funded', body.funded, unit, 0n);
  if (!funded.ok) return funded;
  const { name, firstDay, lastDay, destinationId, recognitionDestinationId } = body;
  let perAward: number | null = null;
  if (body.perAward !== undefined) {
    const each = amountOf('#/perAward', body.perAward, unit, 1n);
    if (!each.ok) return each;
    perAward = each.value;
  }
  if ((firstDay === null) !== (lastDay === null)) {
    const missing = firstDay === null ? '#/firstDay' : '#/lastDay';
    return fail(invalidField(missing, 'custom', 'both days, or neither'));
  }
  if (firstDay !== null && lastDay !== null && lastDay < firstDay) {
    return fail(invalidField('#/lastDay', 'custom', 'a pool ends after it begins'));
  }
  const targets = { destinationId, recognitionDestinationId };
  const { externalMetricId } = body;
  return ok({
    name,
    unit,
    funded: funded.value,
    perAward,
    firstDay,
    lastDay,
    ...targets,
    externalMetricId,
  });
}

function amountOf(
  pointer: string,
  value: unknown,
  unit: Unit,
  least: bigint,
): Result<number, Failure> {
  const amount = parseAmount(value, unit);
  if (amount === null || amount > BigInt(Number.MAX_SAFE_INTEGER)) {
    return fail(invalidField(pointer, 'amount', `${value} is no amount of ${unit}`));
  }
  if (amount < least) {
    return fail(invalidField(pointer, 'too_small', least === 0n ? 'not below zero' : 'above zero'));
  }
  return ok(Number(amount));
}

/** What a version moves when it is written, and the guard that a pool never goes below zero. */
export interface Funding {
  readonly entries: readonly Entry[];
  readonly guards: readonly Guard[];
}

/** The difference between two versions as one entry; none where the sum stays. */
export function fundingOf(
  next: PoolVersion,
  before: Pool | null,
  moment: { readonly now: number; readonly today: string },
): Funding {
  const { unit, funded } = next.content;
  const gained = funded - (before?.funded ?? 0);
  if (gained === 0) return { entries: [], guards: [] };
  const [pool, funding] = [poolAccount(next.name), fundingAccount(next.name)];
  const cause = {
    kind: POOL_FUNDING,
    cause: configRow(next, '').id,
    occurredAt: moment.now,
    recordedAt: moment.now,
  };
  const entries = transaction(cause, [
    {
      unit,
      from: gained > 0 ? funding : pool,
      to: gained > 0 ? pool : funding,
      amount: Math.abs(gained),
      day: moment.today,
      rule: null,
    },
  ]);
  return { entries, guards: gained > 0 ? [] : [notBelowZero(next.name, unit)] };
}

/** A pool never pays more than it holds. */
export const notBelowZero = (poolId: string, unit: Unit): Guard => ({
  kind: 'least',
  account: poolAccount(poolId),
  unit,
  amount: 0,
});

/** Periods looked at between two days; a weekly pool of ten years has 522. */
const MOST_PERIODS = 1200;

/** How many periods of a cadence lie wholly inside the pool's days; 1 for a pool without days. */
export function awardsIn(
  { firstDay, lastDay }: Pick<Pool, 'firstDay' | 'lastDay'>,
  cadence: Cadence,
  weekStart: WeekStart,
): number {
  if (firstDay === null || lastDay === null) return 1;
  let count = 0;
  let period = periodOf(cadence, firstDay, weekStart);
  if (period.firstDay < firstDay) period = periodOf(cadence, dayAfter(period), weekStart);
  while (period.lastDay <= lastDay && count < MOST_PERIODS) {
    count += 1;
    period = periodOf(cadence, dayAfter(period), weekStart);
  }
  return count;
}

/** What the closing of one period pays, smallest part; null where the period is not the pool's. */
export function perAwardOf(
  pool: Pool,
  period: Pick<Period, 'cadence' | 'firstDay' | 'lastDay'>,
  weekStart: WeekStart,
): bigint | null {
  const { firstDay, lastDay, perAward, funded } = pool;
  if (firstDay !== null && period.firstDay < firstDay) return null;
  if (lastDay !== null && period.lastDay > lastDay) return null;
  if (perAward !== null) return BigInt(perAward);
  const awards = awardsIn(pool, period.cadence, weekStart);
  return awards === 0 ? null : BigInt(funded) / BigInt(awards);
}

/** What is allowed and yet unwise, in sentences. */
export function warningsOf(pool: Pool): string[] {
  const { funded, perAward, firstDay, destinationId } = pool;
  const warnings: string[] = [];
  if (perAward !== null && perAward > funded) {
    warnings.push('one award is more than the pool was funded with: it waits for a person');
  }
  if (perAward === null && firstDay === null) {
    warnings.push('without days and perAward the first award takes all that was funded');
  }
  if (destinationId === null) {
    warnings.push('without a destination rewards are confirmed here and paid by nobody');
  }
  return warnings;
}
