/**
 * The only file that imports decimal.js. Parses and prints decimals, compares scores and
 * thresholds. Refuses anything but plain digits: the library itself would take `1_000`, `0x1f`
 * and `Infinity`. Money never stays here: amounts are integers (`units.ts`), ratios are fractions.
 */
import { Decimal as Base } from 'decimal.js';

const Exact = Base.clone({
  precision: 40,
  rounding: Base.ROUND_HALF_UP,
  toExpNeg: -9e15,
  toExpPos: 9e15,
});

/** At most 15 digits before and 6 after the point; no sign `+`, no exponent, no leading zeros. */
export const DECIMAL_TEXT = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$/;

export type Decimal = Base;

/** A decimal from text or a JSON number, or null when it is not a plain decimal of bounded size. */
export function parseDecimal(value: unknown): Decimal | null {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !DECIMAL_TEXT.test(text)) return null;
  const parsed = new Exact(text);
  return parsed.isZero() ? new Exact(0) : parsed;
}

/** Text without exponent and without a negative zero. */
export const printDecimal = (value: Decimal): string =>
  (value.isZero() ? new Exact(0) : value).toFixed();

/** The decimal as an integer of the given scale, or null when it has more places than that. */
export function toScaled(value: Decimal, scale: number): bigint | null {
  const scaled = value.times(new Exact(10).pow(scale));
  return scaled.isInteger() ? BigInt(scaled.toFixed(0)) : null;
}
