/**
 * Exact ratios of integers: multiply first, divide once, round half up once, at the end.
 * Refuses a zero denominator. Half up is away from zero for negatives, so `round(-x) = -round(x)`
 * and a clawback never differs from its payment by a cent.
 */
import { invariant } from './result';

export interface Fraction {
  readonly numerator: bigint;
  /** Always positive. */
  readonly denominator: bigint;
}

export function fraction(numerator: bigint, denominator = 1n): Fraction {
  invariant(denominator !== 0n, 'a fraction has a denominator');
  return denominator < 0n
    ? { numerator: -numerator, denominator: -denominator }
    : { numerator, denominator };
}

export const multiply = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.numerator,
  denominator: a.denominator * b.denominator,
});

export const divide = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.numerator * b.denominator, a.denominator * b.numerator);

export const add = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.denominator + b.numerator * a.denominator,
  denominator: a.denominator * b.denominator,
});

export const subtract = (a: Fraction, b: Fraction): Fraction =>
  add(a, { numerator: -b.numerator, denominator: b.denominator });

/** Negative, zero or positive as a is below, at or above b. */
export function compare(a: Fraction, b: Fraction): number {
  const left = a.numerator * b.denominator;
  const right = b.numerator * a.denominator;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The nearest integer; a half goes away from zero. */
export function roundHalfUp(value: Fraction): bigint {
  const negative = value.numerator < 0n;
  const magnitude = negative ? -value.numerator : value.numerator;
  const rounded = (2n * magnitude + value.denominator) / (2n * value.denominator);
  return negative ? -rounded : rounded;
}

/** The fraction a plain decimal text stands for: `1.5` is 15/10. */
export function fractionOfDecimal(text: string): Fraction {
  invariant(/^-?\d+(\.\d+)?$/.test(text), `a plain decimal, not ${text}`);
  const [whole = '0', places = ''] = text.split('.');
  return fraction(BigInt(whole + places), 10n ** BigInt(places.length));
}

/** The same ratio in its smallest numbers. */
export function reduced({ numerator, denominator }: Fraction): Fraction {
  let [left, right] = [numerator < 0n ? -numerator : numerator, denominator];
  while (right > 0n) [left, right] = [right, left % right];
  return left <= 1n ? { numerator, denominator } : fraction(numerator / left, denominator / left);
}

/** `n/d` in the smallest numbers. */
export function printFraction(value: Fraction): string {
  const { numerator, denominator } = reduced(value);
  return `${numerator}/${denominator}`;
}

/** The fraction of `n/d`; a number alone is a whole one. */
export function parseFraction(text: string): Fraction {
  const [numerator = '0', denominator = '1'] = text.split('/');
  return fraction(BigInt(numerator), BigInt(denominator));
}
