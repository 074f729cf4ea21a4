import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/events/event';
import { evaluateConditions, factAt, type Operator } from '../../src/points/rules/condition';

const verdict = (operator: Operator, actual: Json, expected: Json): boolean =>
  evaluateConditions([{ field: 'a', operator, value: expected }], { a: actual }).passed;

describe('a condition', () => {
  const table: readonly (readonly [Operator, Json, Json, boolean])[] = [
    ['EQUALS', 'x', 'x', true],
    ['EQUALS', 'x', 'X', false],
    ['EQUALS', ['a', 'b'], 'b', true],
    ['EQUALS', ['a', 'b'], 'c', false],
    ['EQUALS', 80, '80', true],
    ['EQUALS', '80.0', 80, true],
    ['EQUALS', true, true, true],
    ['EQUALS', 'true', true, false],
    ['EQUALS', null, null, false],
    ['NOT_EQUALS', 'x', 'y', true],
    ['NOT_EQUALS', ['a', 'b'], 'b', false],
    ['NOT_EQUALS', null, 'y', false],
    ['GREATER_THAN', 80, 80, false],
    ['GREATER_THAN', '80.000001', 80, true],
    ['GREATER_THAN_OR_EQUALS', 80, 80, true],
    ['GREATER_THAN_OR_EQUALS', '79.999999', 80, false],
    ['LESS_THAN', 9, 10, true],
    ['LESS_THAN', '9', '10', true],
    ['LESS_THAN', 'abc', 10, false],
    ['LESS_THAN_OR_EQUALS', 10, 10, true],
    ['IN', 'b', ['a', 'b'], true],
    ['IN', 3, [1, 2, '3'], true],
    ['IN', 'c', ['a', 'b'], false],
    ['IN', ['x', 'b'], ['a', 'b'], true],
    ['EXISTS', 0, true, true],
    ['EXISTS', null, true, false],
    ['EXISTS', null, false, true],
    ['EXISTS', 'x', false, false],
  ];
  test.each(table)('%s with actual %j and expected %j is %s', (operator, actual, expected, is) => {
    expect(verdict(operator, actual, expected)).toBe(is);
  });

  test('on a missing field is false with actual null', () => {
    const { passed, trace } = evaluateConditions(
      [{ field: 'mentee.userGroup.id', operator: 'EQUALS', value: 'x' }],
      { mentee: {} },
    );
    expect(passed).toBe(false);
    expect(trace[0]).toMatchObject({ actual: null, expected: 'x', verdict: 'FAILED' });
  });

  test('never reads what an object inherits', () => {
    expect(factAt({}, '__proto__.constructor')).toBeNull();
    expect(factAt({ a: 'text' }, 'a.length')).toBeNull();
  });
});

describe('conditions together', () => {
  test('are all evaluated, so that every reason is told', () => {
    const { trace } = evaluateConditions(
      [
        { field: 'a', operator: 'EQUALS', value: 1 },
        { field: 'b', operator: 'EQUALS', value: 1 },
      ],
      { a: 2, b: 2 },
    );
    expect(trace.map((one) => one.verdict)).toEqual(['FAILED', 'FAILED']);
  });

  test('that need a look-up are skipped once an earlier one failed', () => {
    const { trace } = evaluateConditions(
      [
        { field: 'a', operator: 'EQUALS', value: 1 },
        { field: 'mentee.scoreBefore', operator: 'EXISTS', value: true },
      ],
      { a: 2, mentee: { scoreBefore: 70 } },
      new Set(['mentee.scoreBefore']),
    );
    expect(trace[1]).toMatchObject({ verdict: 'SKIPPED', actual: null });
  });

  test('compare decimals exactly where floats would not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 9 }),
        fc.integer({ min: 1, max: 5 }),
        (n, step) => {
          const text = (value: number): string =>
            `${Math.floor(value / 10 ** 6)}.${String(value % 10 ** 6).padStart(6, '0')}`;
          expect(verdict('LESS_THAN', text(n), text(n + step))).toBe(true);
          expect(verdict('GREATER_THAN_OR_EQUALS', text(n), text(n + step))).toBe(false);
        },
      ),
    );
  });
});
