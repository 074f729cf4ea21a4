/**
 * Rates of exchange of a day: how much of each currency one of the base buys. Decides the exact
 * ratio between two currencies and what an amount comes to in another, rounded half up once to its
 * smallest part. Decides too that pay in another currency is rounded twice, as two amounts: the plan's
 * is whole first, since it is posted from the plan to the conversion account, and what it comes to is
 * whole again, since that is posted and paid. One rounding of an exact product would pay what the
 * posted amount times the posted rate is not. Refuses currencies the day does not name: nobody is paid
 * by a guess (P13).
 */
import * as z from 'zod';
import {
  divide,
  type Fraction,
  fraction,
  fractionOfDecimal,
  multiply,
  roundHalfUp,
} from '../../kernel/fraction';
import { invariant } from '../../kernel/result';
import { minorUnits } from '../../kernel/units';

export const RATES_KIND = 'fx-rates';

const RATE = /^(0|[1-9][0-9]{0,8})(\.[0-9]{1,10})?$/;

const currency = z
  .string()
  .refine((code) => minorUnits(code) !== null, 'a currency code of ISO 4217');

export const ratesBody = z
  .strictObject({
    base: currency,
    rates: z
      .record(
        currency,
        z
          .union([z.number(), z.string()])
          .transform(String)
          .refine((text) => RATE.test(text) && /[1-9]/.test(text), 'a decimal above 0')
          .meta({ type: 'string', description: 'Decimal text of at most ten places.' }),
      )
      .refine((rates) => Object.keys(rates).length > 0, 'at least one rate')
      .refine((rates) => Object.keys(rates).length <= 200, 'at most 200 rates'),
  })
  .meta({ id: 'FxRates' });

export type DayRates = z.output<typeof ratesBody>;

/** What a run pins: the rates and the day they are of. */
export interface PinnedRates extends DayRates {
  readonly date: string;
}

/** How much of `to` one of `from` buys, or null where the day does not say. */
export function rateBetween(rates: DayRates, from: string, to: string): Fraction | null {
  const [a, b] = [ofBase(rates, from), ofBase(rates, to)];
  if (a === null || b === null) return null;
  return divide(b, a);
}

function ofBase({ base, rates }: DayRates, code: string): Fraction | null {
  if (code === base) return fraction(1n);
  const text = Object.hasOwn(rates, code) ? rates[code] : undefined;
  return text === undefined ? null : fractionOfDecimal(text);
}

/**
 * What an amount of `from` comes to in `to`; null where they differ and nobody knows the rate: an
 * amount of one currency is never taken for one of another.
 */
export function amountIn(
  amount: bigint,
  from: string,
  to: string,
  rate: Fraction | null,
): bigint | null {
  if (from === to) return amount;
  return rate === null ? null : converted(amount, from, to, rate);
}

/** An amount in the smallest part of `from`, in the smallest part of `to`. */
export function converted(amount: bigint, from: string, to: string, rate: Fraction): bigint {
  const [before, after] = [minorUnits(from), minorUnits(to)];
  invariant(before !== null && after !== null, 'currencies that were checked');
  const scale = fraction(10n ** BigInt(after), 10n ** BigInt(before));
  return roundHalfUp(multiply(fraction(amount), multiply(rate, scale)));
}
