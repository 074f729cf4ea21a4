/** Every period that ends in some days has its label between those that are looked through. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { civilDay } from '../../src/kernel/instant';
import { CADENCES, dayNumber, periodOf } from '../../src/kernel/period';
import { labelsBetween } from '../../src/pay/runs/unpaid/unpaid';

it('the labels of all periods that end between two days lie in the ranges for them', () => {
  const first = dayNumber('2023-11-20');
  fc.assert(
    fc.property(
      fc.integer({ min: first, max: first + 900 }),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 0, max: 499 }),
      fc.constantFrom(...CADENCES),
      fc.constantFrom('MONDAY' as const, 'SUNDAY' as const),
      (from, days, into, cadence, weekStart) => {
        const { label, lastDay } = periodOf(cadence, civilDay(from + (into % days)), weekStart);
        const [low, high] = [civilDay(from), civilDay(from + days)];
        if (lastDay < low || lastDay >= high) return;
        const ranges = labelsBetween(low, high).map(([a, b]) => [`plan.${a}`, `plan.${b}`]);
        const name = `plan.${label}.v1/000004`;
        expect(ranges.some(([a = '', b = '']) => a < name && name < b)).toBe(true);
      },
    ),
  );
});
