import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeptEvent } from '../../src/events/event';
import { completionOf, foldSession, scoresInOrder } from '../../src/points/coaching/fold';
import type { RuleVersion } from '../../src/points/rules/rule';
import {
  completed,
  DAY,
  facts,
  MINUTE,
  MONDAY,
  scored,
  seedAward,
  seedRevoke,
  versionOf,
} from './build';

const both = [versionOf(seedAward), versionOf(seedRevoke)];

function verdictOf(events: readonly KeptEvent[], rules: readonly RuleVersion[] = both) {
  const completion = completionOf(events);
  if (completion === null) throw new Error('no completion among the events');
  const folded = foldSession({ completion, events, facts, rules, lockMsOf: () => MINUTE });
  return { folded, verdict: folded.verdicts[0] };
}

const at = (minutes: number) => ({ occurredAt: MONDAY + minutes * MINUTE });

describe('the fold of a coaching session (DEC-7)', () => {
  test('takes the completion with the greatest time, then id', () => {
    const early = completed({ qaCalibrationScore: 10 });
    const late = completed({ qaCalibrationScore: 90 }, at(5));
    const tied = completed({ qaCalibrationScore: 95 }, at(5));
    const greater = tied.id > late.id ? tied : late;
    expect(completionOf([late, early])).toBe(late);
    expect(completionOf([tied, early, late])).toBe(greater);
    expect(completionOf([scored(80, 90)])).toBeNull();
  });

  test('puts the halves of a completion together, whichever comes first', () => {
    const half = (data: object) => ({
      mentorId: null,
      menteeId: null,
      participantsPending: true,
      ...data,
    });
    const mentor = completed(half({ mentorId: 'mentor-1' }));
    const mentee = completed(half({ menteeId: 'mentee-1' }));
    const other = completed(half({ menteeId: 'mentee-2' }));
    expect(completionOf([mentor])).toBeNull();
    const whole = completionOf([mentor, mentee]);
    expect(whole?.event.data).toMatchObject({ mentorId: 'mentor-1', menteeId: 'mentee-1' });
    expect(completionOf([mentee, mentor])).toEqual(whole);
    expect(completionOf([mentor, mentee, other])).toBeNull();
  });

  test('awards at the threshold and fails one step below it, naming the gate', () => {
    expect(verdictOf([completed({ qaCalibrationScore: 80 })]).verdict?.awarded).toBe(true);
    const { verdict } = verdictOf([completed({ qaCalibrationScore: '79.999999' })]);
    expect(verdict?.awarded).toBe(false);
    expect(verdict?.trace.filter((one) => one.verdict === 'FAILED')).toEqual([
      {
        field: 'qaCalibrationScore',
        operator: 'GREATER_THAN_OR_EQUALS',
        expected: 80,
        actual: '79.999999',
        verdict: 'FAILED',
      },
    ]);
  });

  test('takes back on a score below the threshold and reinstates on one above', () => {
    const first = completed();
    const down = scored(85, 75, at(10));
    const up = scored(75, 82, at(20));
    const downAgain = scored(82, 70, at(30));
    expect(verdictOf([first, down]).verdict).toMatchObject({
      awarded: false,
      revokedBy: { rule: 'rule/rule-20/1' },
    });
    expect(verdictOf([first, down, up]).verdict?.awarded).toBe(true);
    expect(verdictOf([first, down, up, downAgain]).verdict?.awarded).toBe(false);
  });

  test('tries a REVOKE rule with its own previous score, whatever the event claims', () => {
    const lying = scored(10, 75, at(10));
    expect(verdictOf([completed(), lying]).verdict?.awarded).toBe(false);
  });

  test('keeps the award through a score that neither revokes nor passes', () => {
    const lenient = {
      ...seedRevoke,
      conditions: seedRevoke.conditions.map((one) =>
        one.field === 'currentScore' ? { ...one, value: 70 } : one,
      ),
    };
    const rules = [versionOf(seedAward), versionOf(lenient)];
    expect(verdictOf([completed(), scored(85, 75, at(10))], rules).verdict?.awarded).toBe(true);
    expect(verdictOf([completed(), scored(85, 69, at(10))], rules).verdict?.awarded).toBe(false);
  });

  test('orders scores of one instant by the chain of previous scores', () => {
    const a = scored(85, 90, { ...at(10), eventId: 'z' });
    const b = scored(90, 70, { ...at(10), eventId: 'a' });
    expect(scoresInOrder([b, a], 85).map((step) => step.score)).toEqual([90, 70]);
  });

  test('lets MANUAL stand over AUTOMATED where the chain does not tell', () => {
    const manual = scored(null, 90, { ...at(10), manual: true, eventId: 'a' });
    const automated = scored(null, 70, { ...at(10), eventId: 'b' });
    expect(scoresInOrder([manual, automated], 85).at(-1)?.score).toBe(90);
  });

  test('without a REVOKE rule decides by the scores of the lock window; a later drop lets the award stand', () => {
    const alone = [versionOf(seedAward)];
    expect(verdictOf([completed(), scored(85, 70, at(1))], alone).verdict?.awarded).toBe(false);
    const { verdict } = verdictOf([completed(), scored(85, 70, at(2))], alone);
    expect(verdict).toMatchObject({ awarded: true, stands: true });
  });

  test('without a REVOKE rule lets the first score decide where the completion brought none', () => {
    const alone = [versionOf(seedAward)];
    const bare = completed({ qaCalibrationScore: null });
    expect(verdictOf([bare, scored(null, 90, at(300))], alone).verdict?.awarded).toBe(true);
    expect(
      verdictOf([bare, scored(null, 90, at(300)), scored(90, 20, at(400))], alone).verdict?.awarded,
    ).toBe(true);
  });

  test('asks for the rule version in force at the coaching’s own time (DEC-6)', () => {
    const strict = {
      ...seedAward,
      conditions: seedAward.conditions.map((one) =>
        one.field === 'qaCalibrationScore' ? { ...one, value: 95 } : one,
      ),
    };
    const rules = [...both, versionOf(strict, { version: 2, effectiveFrom: MONDAY + DAY })];
    expect(verdictOf([completed()], rules).verdict).toMatchObject({
      awarded: true,
      rule: 'rule/rule-10/1',
    });
    const later = completed({}, { occurredAt: MONDAY + DAY });
    expect(verdictOf([later], rules).verdict).toMatchObject({
      awarded: false,
      rule: 'rule/rule-10/2',
    });
  });

  test('lets the event speak before the directory, and the directory where it is silent (M6)', () => {
    const byAttribute = {
      ...seedAward,
      conditions: seedAward.conditions.map((one) =>
        one.field === 'mentee.userGroup.id'
          ? {
              field: 'mentee.attributes.mentorshipEligible',
              operator: 'EQUALS' as const,
              value: true,
            }
          : one,
      ),
    };
    const rules = [versionOf(byAttribute), versionOf(seedRevoke)];
    expect(verdictOf([completed()], rules).verdict?.awarded).toBe(true);
    const told = completed({ mentee: { attributes: { mentorshipEligible: false } } });
    expect(verdictOf([told], rules).verdict?.awarded).toBe(false);
  });

  test('gives the same answer for any order and any repetition of the same events', () => {
    const pool = [
      completed(),
      completed({ qaCalibrationScore: 70 }, at(3)),
      ...[75, 82, 70, 90, 60, 81].map((score, index) =>
        scored(null, score, { ...at(Math.floor(index / 2) * 5), manual: index % 3 === 0 }),
      ),
    ];
    const reference = JSON.stringify(verdictOf(pool).folded);
    fc.assert(
      fc.property(fc.shuffledSubarray(pool, { minLength: pool.length }), (shuffled) => {
        expect(JSON.stringify(verdictOf(shuffled).folded)).toBe(reference);
      }),
      { numRuns: 200 },
    );
  });
});
