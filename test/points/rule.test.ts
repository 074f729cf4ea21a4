import { describe, expect, test } from 'vitest';
import { checkRule, ruleSchema, rulesInForce, warningsOf } from '../../src/points/rules/rule';
import { DAY, MONDAY, seedAward, seedRevoke, versionOf } from './build';

describe('a rule', () => {
  test('that awards on performance.coaching.created is refused at the field', () => {
    const conditions = seedAward.conditions.map((one) =>
      one.field === 'eventType' ? { ...one, value: 'performance.coaching.created' } : one,
    );
    expect(checkRule({ ...seedAward, conditions }, [])).toMatchObject([
      { pointer: '#/conditions/0/value', code: 'award_on_created' },
    ]);
  });

  test('of long lists is refused: it would stand whole in every trace', () => {
    const value = Array.from({ length: 100 }, (_, index) => `${index}`.padStart(199, 'x'));
    const conditions = [{ field: 'mentorId', operator: 'IN' as const, value }];
    expect(checkRule({ ...seedAward, conditions }, [])).toMatchObject([{ code: 'too_long' }]);
  });

  test.each([10, 9])(
    'that revokes at order %i what is awarded at 10 is refused',
    (evaluationOrder) => {
      const errors = checkRule({ ...seedRevoke, evaluationOrder }, [seedAward]);
      expect(errors).toMatchObject([{ pointer: '#/evaluationOrder', code: 'revoke_before_award' }]);
    },
  );

  test('that awards after its REVOKE rule is refused as well', () => {
    expect(checkRule({ ...seedAward, evaluationOrder: 30 }, [seedRevoke])).toHaveLength(1);
  });

  test('of another category is governed by nobody else', () => {
    const actions = seedRevoke.actions.map((one) => ({ ...one, pointCategory: 'Other' }));
    expect(checkRule({ ...seedRevoke, actions, evaluationOrder: 1 }, [seedAward])).toEqual([]);
  });

  test('as the seed prints it is taken without a warning beside its REVOKE rule', () => {
    expect(warningsOf(seedAward, [seedRevoke])).toEqual([]);
  });

  test('without a REVOKE rule is taken with a warning', () => {
    expect(warningsOf(seedAward, [])).toHaveLength(1);
  });

  test('without a condition on the score is taken with a warning', () => {
    const conditions = seedAward.conditions.filter((one) => one.field !== 'qaCalibrationScore');
    expect(warningsOf({ ...seedAward, conditions }, [seedRevoke])).toHaveLength(1);
  });

  test.each([
    ['points', { points: 0 }],
    ['points', { points: '1.23456' }],
    ['points', { points: -5 }],
    ['pointCategory', { pointCategory: 'no spaces' }],
    ['recipientType', { recipientType: 'MANAGER' }],
    ['type', { type: 'GIVE' }],
  ])('with an unusable %s is refused at that field', (field, change) => {
    const actions = seedAward.actions.map((one) => ({ ...one, ...change }));
    const parsed = ruleSchema.safeParse({ ...seedAward, actions });
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues.map((issue) => issue.path.join('/'))).toContain(
      `actions/0/${field}`,
    );
  });
});

describe('rules in force', () => {
  test('are those of the event’s own time (DEC-6)', () => {
    const first = versionOf(seedAward);
    const second = versionOf(seedAward, { version: 2, effectiveFrom: MONDAY });
    expect(rulesInForce([first, second], MONDAY - 1)).toEqual([first]);
    expect(rulesInForce([first, second], MONDAY)).toEqual([second]);
  });

  test('leave out what is disabled from then on', () => {
    const off = versionOf({ ...seedAward, enabled: false }, { version: 2, effectiveFrom: MONDAY });
    expect(rulesInForce([versionOf(seedAward), off], MONDAY + DAY)).toEqual([]);
    expect(rulesInForce([versionOf(seedAward), off], MONDAY - DAY)).toHaveLength(1);
  });

  test('come in evaluation order, equal ones by id', () => {
    const b = versionOf(seedAward, { name: 'b' });
    const a = versionOf(seedAward, { name: 'a' });
    const late = versionOf(seedRevoke, { name: '0' });
    expect(rulesInForce([late, b, a], MONDAY)).toEqual([a, b, late]);
  });
});
