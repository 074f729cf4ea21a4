import { expect, it } from 'vitest';
import { AWARD_RULE, BY_ATTRIBUTE, JUNIOR_GROUP, REVOKE_RULE } from '../simulation/rules';
import { DAY, HOUR, MINUTE, SECOND, Stage } from './stage';
import type { HazardName } from './table';

/** The board as printed. */
const BOARD = {
  name: 'Senior Mentorship Leaderboard',
  description: 'Rolling 30-day leaderboard tracking validated mentorship points with decay',
  enabled: true,
  pointCategory: 'Mentorship',
  evaluationWindow: { type: 'ROLLING', durationDays: 30 },
  decayConfiguration: { enabled: true, decayRatePercentPerDay: 1.5, minimumPointValue: 0 },
  eligibility: {
    userGroups: ['Senior_Agent_Group_ID', 'Mentor_Certified_Group_ID'],
    statusFilter: 'ACTIVE',
  },
  rewardTiers: [
    { rankRange: '1-3', rewardType: 'CASH_BONUS', value: 150 },
    { rankRange: '4-10', rewardType: 'EXTRA_PTO', value: 4 },
  ],
};

interface Board {
  readonly id: string;
  readonly warnings: readonly string[];
}

const JUNE = Date.UTC(2032, 5, 1);

const hazard = (name: HazardName, shows: () => Promise<void>): void => it(name, shows);

hazard('Trap 1: a rule bound to performance.coaching.created', async () => {
  const stage = await Stage.open();
  const conditions = AWARD_RULE.conditions.map((condition) =>
    condition.field === 'eventType'
      ? { ...condition, value: 'performance.coaching.created' }
      : condition,
  );
  const answer = await stage.world.operator('POST', '/v1/rules', {
    ...AWARD_RULE,
    name: 'Points for an empty calendar entry',
    conditions,
  });
  expect(answer.status).toBe(422);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');

  const heard = await stage.completed({
    eventType: 'performance.coaching.created',
    eventId: 'created-1',
  });
  expect(heard).toMatchObject({ status: 200, verdicts: ['accepted'] });
  await stage.pass(5 * MINUTE);
  const books = await stage.books();
  expect(books.entries).toEqual([]);
  expect(books.events).toHaveLength(1);
});

hazard('Trap 2: a manual QA override that bypasses the threshold', async () => {
  const stage = await Stage.open();
  await stage.completed({ mentee: { scoreBefore: 70, scoreAfter: 85 } });
  await stage.pass(2 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(75);

  await stage.scored(85, 75);
  await stage.pass(2 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(0);

  await stage.scored(75, 82);
  await stage.pass(2 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(75);

  await stage.scored(82, 70);
  await stage.pass(2 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(0);
  const { entries } = await stage.books();
  expect(entries.map(({ amount }) => amount)).toEqual([750_000, 750_000, 750_000, 750_000]);
  expect((await stage.kinds())[1]).toBe('REVERSAL');
});

hazard('Trap 3: point decay disabled and a static monthly reset', async () => {
  const stage = await Stage.open();
  const { world } = stage;
  const mentors = { attributes: {}, groups: ['Senior_Agent_Group_ID'] };
  await world.addPerson({ ...mentors, agentId: 'early' });
  await world.addPerson({ ...mentors, agentId: 'late' });
  const fair = (await world.must('POST', '/v1/leaderboards', BOARD)) as Board;
  expect(fair.warnings).toEqual([]);
  const cliff = (await world.must('POST', '/v1/leaderboards', {
    ...BOARD,
    name: 'Monthly reset without decay',
    evaluationWindow: { type: 'STATIC', durationDays: 30 },
    decayConfiguration: { enabled: false },
    rewardTiers: [],
  })) as Board;
  expect(cliff.warnings).toHaveLength(2);

  const coach = (mentorId: string, id: string) =>
    stage.completed({ mentorId, coachingSessionId: id, eventId: id });
  const places = async ({ id }: Board) => {
    const { items } = (await world.must('GET', `/v1/leaderboards/${id}/standings`)) as {
      items: { agentId: string; rank: number; score: string }[];
    };
    return items.map(({ agentId, rank, score }) => `${rank} ${agentId} ${score}`);
  };
  for (const id of ['e1', 'e2', 'e3']) await coach('early', id);
  await stage.pass(20 * DAY);
  for (const id of ['l1', 'l2', 'l3']) await coach('late', id);
  await stage.pass(5 * MINUTE);
  // 150 points of 20 days ago are worth 150 × 0.985^20.
  expect(await places(fair)).toEqual(['1 late 150', '2 early 110.8705']);
  expect(await places(cliff)).toEqual(['1 early 150', '1 late 150']);

  await stage.scored(85, 70, { coachingSessionId: 'l1', eventId: 'lowered-l1' });
  await stage.scored(85, 70, { coachingSessionId: 'l2', eventId: 'lowered-l2' });
  await stage.pass(5 * MINUTE);
  expect(await places(fair)).toEqual(['1 early 110.8705', '2 late 50']);

  await stage.pass(JUNE + 7 * MINUTE - world.now);
  await stage.machine.cron('7 * * * *');
  await stage.machine.cron('7 * * * *');
  expect(await places(cliff)).toEqual([]);
  expect(await places(fair)).toHaveLength(2);
  const { entries } = await stage.books();
  const rewards = entries.filter(({ kind }) => kind === 'BOARD_REWARD');
  expect(rewards.map(({ amount }) => amount)).toEqual([15_000, 15_000]);
});

hazard('Trap 4: a duplicate answered with 204 or 400', async () => {
  const stage = await Stage.open();
  const fields = { occurredAt: new Date(stage.world.now).toISOString() };
  const [first, ...others] = [
    await stage.completed(fields),
    await stage.completed(fields),
    await stage.completed(fields),
  ];
  expect(first).toMatchObject({ status: 200, verdicts: ['accepted'] });
  for (const other of others) expect(other).toMatchObject({ status: 200, verdicts: ['duplicate'] });
  await stage.pass(2 * MINUTE);
  expect(await stage.completed(fields)).toMatchObject({ status: 200, verdicts: ['duplicate'] });
  await stage.pass(2 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(50);
  expect(await stage.audited('EVENT_DUPLICATE')).toHaveLength(3);
});

hazard('Edge Case 1: duplicate point allocation during session re-grading', async () => {
  const stage = await Stage.open();
  await stage.completed();
  await stage.pass(20 * SECOND);
  await stage.scored(85, 75);
  await stage.pass(20 * SECOND);
  await stage.scored(75, 90);
  expect((await stage.books()).entries).toEqual([]);
  await stage.pass(5 * MINUTE);
  expect(await stage.kinds()).toEqual(['AWARD']);
  expect(await stage.points('mentor-1')).toBe(50);
});

hazard('Edge Case 2: leaderboard skew from high-volume low-value mentoring', async () => {
  const changes: [number, number][] = [
    [10, 75],
    [9, 50],
    [0, 40],
    [-3, 40],
  ];
  for (const [change, points] of changes) {
    const stage = await Stage.open();
    await stage.completed({ mentee: { scoreBefore: 70, scoreAfter: 70 + change } });
    await stage.pass(2 * MINUTE);
    expect([change, await stage.points('mentor-1')]).toEqual([change, points]);
  }
});

hazard('Edge Case 3: cross-queue mentorship routing failures', async () => {
  const stage = await Stage.open([BY_ATTRIBUTE, REVOKE_RULE]);
  const coached = { menteeId: 'mentee-of-billing', eventId: 'before', coachingSessionId: 'before' };
  await stage.completed(coached);
  await stage.pass(5 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(0);

  await stage.world.must('PUT', '/v1/agents/mentee-of-billing', {
    status: 'ACTIVE',
    groups: ['Everyone'],
    attributes: { mentorshipEligible: true },
  });
  await stage.pass(5 * MINUTE);
  await stage.completed({ ...coached, eventId: 'after', coachingSessionId: 'after' });
  await stage.pass(5 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(50);
  const { config } = await stage.books();
  expect(config.filter(({ kind }) => kind === 'rule').map(({ version }) => version)).toEqual([
    1, 1,
  ]);
});

interface ShownDecision {
  readonly outcome: string;
  readonly rules: readonly { readonly conditions: readonly object[] }[];
  readonly awards: readonly object[];
}

async function lastDecision(stage: Stage, id: string): Promise<ShownDecision> {
  const path = `/v1/coaching-sessions/${id}`;
  const { decisions } = (await stage.world.must('GET', path)) as { decisions: ShownDecision[] };
  const last = decisions.at(-1);
  if (last === undefined) throw new Error(`${id} is not settled`);
  return last;
}

hazard('Guard 1: points farmed by coaching oneself', async () => {
  const stage = await Stage.open();
  await stage.world.must('PUT', '/v1/agents/mentor-1', {
    status: 'ACTIVE',
    groups: [JUNIOR_GROUP],
    attributes: {},
    platformIds: { platform: 'the-same-person' },
  });
  await stage.pass(MINUTE);
  await stage.completed({ menteeId: 'the-same-person' });
  await stage.pass(2 * MINUTE);
  const { entries, decisions } = await stage.books();
  expect(entries).toEqual([]);
  expect(decisions.map(({ outcome }) => outcome)).toEqual(['RULE_EVALUATION_FAILED']);
  const [gate] = (await lastDecision(stage, 'coaching-1')).rules[0]?.conditions ?? [];
  expect(gate).toMatchObject({ field: 'mentorId', operator: 'NOT_EQUALS', verdict: 'FAILED' });
});

hazard('Guard 2: points farmed by more coaching than counts', async () => {
  const stage = await Stage.open();
  const caps = { perMentor: { count: 2, period: 'DAY' } };
  await stage.world.must('PUT', '/v1/programs/Mentorship', { caps });
  for (const hour of [3, 2, 1, 0]) {
    await stage.completed({
      eventId: `completed-${hour}`,
      coachingSessionId: `coaching-${hour}`,
      occurredAt: new Date(stage.world.now - 6 * HOUR + hour * HOUR).toISOString(),
    });
  }
  await stage.pass(5 * MINUTE);
  expect(await stage.points('mentor-1')).toBe(100);
  expect(await lastDecision(stage, 'coaching-1')).toMatchObject({ outcome: 'AWARDED' });
  expect(await lastDecision(stage, 'coaching-2')).toMatchObject({
    outcome: 'CAPPED',
    awards: [{ amount: '0', capped: { by: 'perMentor', amount: '50' } }],
  });
});

hazard('Guard 3: points farmed by coaching in two places or in turns', async () => {
  const stage = await Stage.open();
  const at = (minutes: number) => new Date(stage.world.now - minutes * MINUTE).toISOString();
  await stage.completed({ occurredAt: at(60) });
  const again = { eventId: 'completed-2', coachingSessionId: 'coaching-2', occurredAt: at(50) };
  await stage.completed({ ...again, menteeId: 'mentee-of-billing' });
  const turned = { eventId: 'completed-3', coachingSessionId: 'coaching-3', occurredAt: at(10) };
  await stage.completed({ ...turned, mentorId: 'mentee-1', menteeId: 'mentor-1' });
  await stage.pass(2 * MINUTE);
  for (let time = 0; time < 3; time += 1) await stage.machine.cron('7 * * * *');
  expect(await stage.audited('COACHING_OVERLAP')).toHaveLength(1);
  expect(await stage.world.must('GET', '/v1/agents/mentor-1/mentoring')).toMatchObject({
    overlaps: [{ coachingSessionIds: ['coaching-1', 'coaching-2'], seconds: 600 }],
    reciprocal: [{ agentId: 'mentee-1', mentored: 1, mentoredBy: 1 }],
  });
});

hazard('Guard 4: calibration that drifts below the threshold', async () => {
  const stage = await Stage.open();
  for (const [index, score] of [90, 70, 70, 90, 70, 70, 70, 70].entries()) {
    await stage.completed({
      eventId: `completed-${index}`,
      coachingSessionId: `coaching-${index}`,
      qaCalibrationScore: score,
      evaluatorId: 'evaluator-1',
    });
    await stage.pass(HOUR);
    await stage.machine.cron('7 * * * *');
  }
  const alerts = await stage.audited('CALIBRATION_DRIFT');
  expect(alerts.map(({ detail }) => JSON.parse(detail ?? '{}'))).toMatchObject([
    { pointCategory: 'Mentorship', evaluatorId: 'evaluator-1', sessions: 7, below: 5 },
  ]);
  const { dump } = await stage.books();
  expect(dump.split('"kind":"coaching.calibration.drift"')).toHaveLength(2);
});
