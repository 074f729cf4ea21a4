import { describe, expect, test } from 'vitest';
import { fraction, fractionOfDecimal, roundHalfUp } from '../../src/kernel/fraction';
import {
  DEFAULT_PROGRAMME,
  multiplierOf,
  programmeSchema,
} from '../../src/points/programmes/programme';

const measured = (before: string | null, after: string | null, open = false) => ({
  before: before === null ? null : fractionOfDecimal(before),
  after: after === null ? null : fractionOfDecimal(after),
  open,
});

const factorOf = (before: string | null, after: string | null, open = false): string => {
  const { factor, state } = multiplierOf(DEFAULT_PROGRAMME, measured(before, after, open), {});
  const percent = roundHalfUp({ ...factor, numerator: factor.numerator * 100n });
  return `${state} ${percent}`;
};

describe('the multiplier (DEC-9)', () => {
  test.each([
    ['70', '80', 'KNOWN 150'],
    ['70', '79.999999', 'KNOWN 100'],
    ['70', '70.000001', 'KNOWN 100'],
    ['70', '70', 'KNOWN 80'],
    ['70', '55', 'KNOWN 80'],
    [null, '90', 'UNKNOWN 100'],
    ['70', null, 'UNKNOWN 100'],
  ])('of a mentee who went from %s to %s is %s', (before, after, expected) => {
    expect(factorOf(before, after)).toBe(expected);
  });

  test('stands at 1.0 and PENDING while results may still come', () => {
    expect(factorOf('70', null, true)).toBe('PENDING 100');
    expect(factorOf('70', '90', true)).toBe('PENDING 100');
  });

  test('multiplies a band of the change with every attribute band that matches', () => {
    const programme = programmeSchema.parse({
      multiplier: {
        attributes: [
          { field: 'mentee.attributes.skillGap', equals: 'billing', factor: 1.2 },
          { field: 'mentee.attributes.level', equals: 3, factor: '0.5' },
          { field: 'mentee.attributes.level', equals: 4, factor: '9' },
        ],
      },
    });
    const facts = { mentee: { attributes: { skillGap: 'billing', level: '3' } } };
    const { factor, trace } = multiplierOf(programme, measured('70', '85'), facts);
    expect(factor.numerator * 10n).toBe(9n * factor.denominator);
    expect(trace.map((band) => band.by)).toEqual([
      'scoreChange',
      'mentee.attributes.skillGap',
      'mentee.attributes.level',
    ]);
  });

  test('compares exact means, not their rounded print', () => {
    const before = fraction(200n, 3n);
    const after = fraction(230n, 3n);
    const { factor } = multiplierOf(DEFAULT_PROGRAMME, { before, after, open: false }, {});
    expect(roundHalfUp({ ...factor, numerator: factor.numerator * 10n })).toBe(15n);
  });
});

describe('a programme', () => {
  test('has the defaults of the decisions where nothing is said', () => {
    expect(DEFAULT_PROGRAMME).toMatchObject({
      lockSeconds: 60,
      measurementDays: 14,
      requiredFields: [],
    });
  });

  test.each([
    [{ lockSeconds: -1 }],
    [{ lockSeconds: 1.5 }],
    [{ multiplier: { bands: [{ factor: '1' }] } }],
    [{ multiplier: { bands: [{ atLeast: '10', atMost: '5', factor: '1' }] } }],
    [{ multiplier: { bands: [{ atLeast: '1e3', factor: '1' }] } }],
    [{ multiplier: { bands: [{ atLeast: '1', factor: '-1' }] } }],
    [{ multiplier: { attributes: [{ field: 'mentor.name', equals: 'x', factor: '1' }] } }],
    [{ unknown: true }],
  ])('%j is refused', (body) => {
    expect(programmeSchema.safeParse(body).success).toBe(false);
  });
});
