import { Decimal } from 'decimal.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDecimal, printDecimal, toScaled } from '../../src/kernel/decimal';
import {
  add,
  compare,
  fraction,
  fractionOfDecimal,
  multiply,
  roundHalfUp,
  subtract,
} from '../../src/kernel/fraction';
import { minorUnits, parseAmount, printAmount, scaleOf } from '../../src/kernel/units';

describe('a decimal', () => {
  test.each([
    '1_000',
    '0x1f',
    '0b101',
    '1.',
    '.5',
    '+1',
    '00012',
    '1e3',
    'Infinity',
    'NaN',
    '',
    ' 1',
    '1 ',
    '1.1234567',
    '1234567890123456',
  ])('is not made of %j, which the library would take or guess at', (text) => {
    expect(parseDecimal(text)).toBeNull();
  });

  test('prints without exponent and without a negative zero', () => {
    expect(printDecimal(new Decimal('-0'))).toBe('0');
    const zero = parseDecimal('-0.000000');
    expect(zero && printDecimal(zero)).toBe('0');
    const tiny = parseDecimal('0.000001');
    expect(tiny && printDecimal(tiny)).toBe('0.000001');
  });

  test('has no scaled integer when it is finer than the scale', () => {
    const value = parseDecimal('1.25');
    expect(value && toScaled(value, 2)).toBe(125n);
    expect(value && toScaled(value, 1)).toBeNull();
  });
});

describe('rounding half up', () => {
  test.each([
    ['5.5', 6n],
    ['2.5', 3n],
    ['1.6', 2n],
    ['1.1', 1n],
    ['1.0', 1n],
    ['-1.0', -1n],
    ['-1.1', -1n],
    ['-1.6', -2n],
    ['-2.5', -3n],
    ['-5.5', -6n],
  ])('takes %s to %s, as the published table says', (text, rounded) => {
    expect(roundHalfUp(fractionOfDecimal(text))).toBe(rounded);
  });

  test('is symmetric about zero and agrees with the decimal library', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.bigInt({ min: 1n, max: 10n ** 6n }),
        (n, d) => {
          const value = fraction(n, d);
          expect(roundHalfUp(fraction(-n, d))).toBe(-roundHalfUp(value));
          const Wide = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP });
          const other = new Wide(n.toString()).div(d.toString()).toFixed(0);
          expect(roundHalfUp(value)).toBe(BigInt(other));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('keeps a correction equal to the difference of what was rounded', () => {
    const cents = (text: string): bigint =>
      roundHalfUp(multiply(fractionOfDecimal(text), fraction(100n)));
    expect(cents('0.994') - cents('1.005')).toBe(-2n);
  });
});

describe('fractions', () => {
  const rational = fc.tuple(
    fc.bigInt({ min: -1000n, max: 1000n }),
    fc.bigInt({ min: 1n, max: 1000n }),
  );
  test('add, subtract and compare as rationals do', () => {
    fc.assert(
      fc.property(rational, rational, ([a, b], [c, d]) => {
        const sum = add(fraction(a, b), fraction(c, d));
        expect(compare(subtract(sum, fraction(c, d)), fraction(a, b))).toBe(0);
        expect(Math.sign(compare(fraction(a, b), fraction(c, d)))).toBe(
          Math.sign(Number(a * d - c * b)),
        );
      }),
    );
  });

  test('keep their sign in the numerator', () => {
    expect(fraction(1n, -2n)).toEqual({ numerator: -1n, denominator: 2n });
    expect(() => fraction(1n, 0n)).toThrow('denominator');
  });
});

describe('units', () => {
  test.each([
    ['JPY', 0],
    ['USD', 2],
    ['HUF', 2],
    ['MGA', 2],
    ['IQD', 3],
    ['BHD', 3],
    ['CLF', 4],
    ['XCG', 2],
  ])('know that %s has %i minor places by ISO 4217', (currency, places) => {
    expect(minorUnits(currency)).toBe(places);
  });

  test('know no currency that the standard does not list', () => {
    expect([
      minorUnits('ZZZ'),
      minorUnits('usd'),
      scaleOf('POINTS/'),
      scaleOf('POINTS/a b'),
    ]).toEqual([null, null, null, null]);
  });

  test.each([
    ['10.5', 'JPY', null],
    ['1.2345', 'BHD', null],
    ['453.50', 'USD', 45350n],
    ['4.25', 'HOURS', 425n],
    [12.5, 'POINTS/Mentorship', 125000n],
    ['-0.01', 'EUR', -1n],
    ['1', 'ZZZ', null],
  ])('read %j %s as %s', (text, unit, amount) => {
    expect(parseAmount(text, unit)).toBe(amount);
  });

  /** Decimals have at most fifteen digits before the point. */
  const LARGEST = 10n ** 15n - 1n;

  test('print what they read', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -LARGEST, max: LARGEST }),
        fc.constantFrom('JPY', 'USD', 'BHD', 'HOURS', 'POINTS/A'),
        (amount, unit) => {
          expect(parseAmount(printAmount(amount, unit), unit)).toBe(amount);
        },
      ),
    );
    expect(printAmount(-5n, 'USD')).toBe('-0.05');
    expect(printAmount(500_000n, 'POINTS/A')).toBe('50');
    expect(printAmount(45350n, 'USD')).toBe('453.50');
  });
});
