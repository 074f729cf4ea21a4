import { describe, expect, it } from 'vitest';
import { AWARD_RULE, JUNIOR_GROUP, REVOKE_RULE } from '../simulation/rules';
import type { OracleEvent } from './fold';
import { judge } from './points';
import type { OracleRule, OracleWorld } from './world';

const AT = Date.UTC(2024, 8, 2, 10);
const MINUTE = 60_000;

const versioned = (rule: typeof AWARD_RULE, id: string): OracleRule => ({
  ...rule,
  id,
  version: 1,
  effectiveFrom: null,
});
const RULES = [versioned(AWARD_RULE, 'a'), versioned(REVOKE_RULE, 'b')];

const world = (over: Partial<OracleWorld> = {}): OracleWorld => ({
  rules: RULES,
  programmes: [],
  person: () => ({ groups: [JUNIOR_GROUP], attributes: {}, status: 'ACTIVE' }),
  quality: [],
  ...over,
});

const completion = (data: Record<string, unknown> = {}, id = 'c1', at = AT): OracleEvent => ({
  id,
  type: 'performance.coaching.completed',
  occurredAt: at,
  data: {
    coachingSessionId: 'x',
    sessionType: 'Mentorship_Pairing',
    mentorId: 'm',
    menteeId: 'j',
    sessionDurationSeconds: 900,
    qaCalibrationScore: 85,
    ...data,
  },
});

const score = (
  minutes: number,
  previous: number,
  current: number,
  more: { id?: string; scoreSource?: string } = {},
): OracleEvent => ({
  id: more.id ?? `s${minutes}`,
  type: 'qa.score.updated',
  occurredAt: AT + minutes * MINUTE,
  data: {
    previousScore: previous,
    currentScore: current,
    sessionType: 'Mentorship_Pairing',
    scoreSource: more.scoreSource ?? 'AUTOMATED',
  },
});

const verdict = (events: readonly OracleEvent[], over: Partial<OracleWorld> = {}) => {
  const { nets, outcome, failedGate } = judge(events, world(over), AT + 60 * MINUTE);
  return { net: nets.get('Mentorship m') ?? 0n, outcome, failedGate };
};

describe('the oracle of DEC-7', () => {
  it('awards a completion that passes every gate', () => {
    expect(verdict([completion()])).toEqual({
      net: 500_000n,
      outcome: 'AWARDED',
      failedGate: null,
    });
  });

  it('names the first gate that fails', () => {
    expect(verdict([completion({ sessionDurationSeconds: 899 })])).toEqual({
      net: 0n,
      outcome: 'FAILED',
      failedGate: 'sessionDurationSeconds',
    });
  });

  it('takes back on a score below the threshold, and reinstates on a passing one', () => {
    const events = [completion(), score(10, 85, 75)];
    expect(verdict(events)).toMatchObject({ net: 0n, outcome: 'REVOKED' });
    expect(verdict([...events, score(20, 75, 82)])).toMatchObject({ net: 500_000n });
    expect(verdict([...events, score(20, 75, 82), score(30, 82, 70)])).toMatchObject({ net: 0n });
  });

  it('tries a REVOKE rule with its own previous score, whatever the sender states', () => {
    expect(verdict([completion(), score(10, 10, 75)])).toMatchObject({ net: 0n });
  });

  it('does not depend on the order in which events are handed in', () => {
    const events = [completion(), score(10, 85, 75), score(20, 75, 90), score(30, 90, 60)];
    expect(verdict(events.toReversed())).toEqual(verdict(events));
  });

  it('orders scores of one instant by the chain of previous scores', () => {
    const last = score(10, 75, 90, { id: 'a' });
    const first = score(10, 85, 75, { id: 'z' });
    expect(verdict([completion(), last, first])).toMatchObject({ net: 500_000n });
  });

  it('puts MANUAL after AUTOMATED where the chain does not say', () => {
    const manual = score(10, 85, 90, { id: 'a', scoreSource: 'MANUAL' });
    const automated = score(10, 85, 75, { id: 'z' });
    expect(verdict([completion(), manual, automated])).toMatchObject({ net: 500_000n });
  });

  it('waits for a score and lets the waiting expire after fourteen days', () => {
    const silent = [completion({ qaCalibrationScore: undefined })];
    expect(verdict(silent).outcome).toBe('AWAITING_SCORE');
    expect(judge(silent, world(), AT + 14 * 86_400_000).outcome).toBe('EXPIRED');
  });

  it('counts only scores of the lock window where no REVOKE rule stands', () => {
    const rules = [versioned(AWARD_RULE, 'a')];
    expect(verdict([completion(), score(0.5, 85, 75)], { rules })).toMatchObject({ net: 0n });
    expect(verdict([completion(), score(5, 85, 75)], { rules })).toMatchObject({ net: 500_000n });
  });

  it('takes the first late score where a completion without one waits and no REVOKE rule stands', () => {
    const rules = [versioned(AWARD_RULE, 'a')];
    const waiting = completion({ qaCalibrationScore: undefined });
    expect(verdict([waiting, score(5, 0, 85), score(9, 85, 70)], { rules }).net).toBe(500_000n);
    expect(verdict([waiting, score(5, 0, 70), score(9, 70, 85)], { rules }).net).toBe(0n);
  });
});

describe('the oracle of DEC-6 and DEC-9', () => {
  it('asks for the version in force at the coaching', () => {
    const next: OracleRule = {
      ...versioned(AWARD_RULE, 'a'),
      version: 2,
      effectiveFrom: AT + 1,
      actions: [{ ...AWARD_RULE.actions[0], points: 60 } as OracleRule['actions'][number]],
    };
    const rules = [...RULES, next];
    expect(verdict([completion()], { rules }).net).toBe(500_000n);
    expect(verdict([completion({}, 'c1', AT + 1)], { rules }).net).toBe(600_000n);
  });

  it.each([
    [10, 750_000n],
    [9.99, 500_000n],
    [0.01, 500_000n],
    [0, 400_000n],
    [-5, 400_000n],
  ])('a change of %s points is worth %s ten-thousandths', (change, net) => {
    const mentee = { scoreBefore: 70, scoreAfter: 70 + change };
    expect(verdict([completion({ mentee })]).net).toBe(net);
  });

  it('takes the mean of the last five results before and of all within fourteen days after', () => {
    const result = (days: number, points: number) => ({
      agentId: 'j',
      createdAt: AT + days * 86_400_000,
      score: points,
    });
    const quality = [result(-9, 0), ...[-5, -4, -3, -2, -1].map((day) => result(day, 70))];
    const later = AT + 20 * 86_400_000;
    const net = (after: number) =>
      judge([completion()], world({ quality: [...quality, result(14, after)] }), later).nets.get(
        'Mentorship m',
      );
    expect(net(80)).toBe(750_000n);
    expect(net(70)).toBe(400_000n);
  });

  it('keeps a factor of one until the change can be known', () => {
    expect(verdict([completion({ mentee: { scoreBefore: 70 } })]).net).toBe(500_000n);
  });
});
