/** The way of a goal over real HTTP: team, goal, metric events, boundary, corrections. */
import { afterEach, describe, expect, it } from 'vitest';
import { removeBoard } from '../worker/io';
import { DAY, GOAL, GoalStage, HOUR, MEMBERS, metric, OCTOBER } from './stage';

afterEach(removeBoard);

describe('a goal', () => {
  it('answers with the guide’s status before and after its boundary', async () => {
    const stage = await GoalStage.open();
    const heard = await stage.post([
      metric({ eventId: 'e1', interactionId: 'i1', value: 100.4 }),
      metric({ eventId: 'e2', interactionId: 'i2', value: 178, agentId: MEMBERS[1] }),
    ]);
    expect(heard.verdicts).toEqual(['accepted', 'accepted']);
    expect(await stage.status()).toEqual({
      goalId: GOAL,
      period: '2032-09',
      status: 'ACHIEVED',
      metricValue: 278.4,
      snapshotLocked: false,
      evaluatedAt: '2032-09-11T00:00:00Z',
    });
    await stage.pass(OCTOBER + HOUR);
    const locked = {
      goalId: GOAL,
      period: '2032-09',
      status: 'ACHIEVED',
      metricValue: 278.4,
      snapshotLocked: true,
      evaluatedAt: '2032-10-01T00:00:00Z',
    };
    expect(await stage.status()).toEqual(locked);
    await stage.post(
      metric({
        eventId: 'e3',
        interactionId: 'i1',
        revision: 1,
        value: 200.4,
        occurredAt: new Date(OCTOBER + HOUR).toISOString(),
      }),
    );
    expect(await stage.status()).toEqual(locked);
    const { snapshot, restated, members } = await stage.contributions();
    expect([snapshot?.metricValue, restated?.metricValue]).toEqual(['278.4', '378.4']);
    expect(members.map(({ agentId, snapshot: then, restated: by }) => [agentId, then, by])).toEqual(
      expect.arrayContaining([
        [MEMBERS[0], '100.4', '200.4'],
        [MEMBERS[1], '178', '178'],
        [MEMBERS[2], '0', '0'],
      ]),
    );
  });

  it('is closed once, by whoever asks first', async () => {
    const stage = await GoalStage.open();
    await stage.post(metric({ eventId: 'e1', value: 300 }));
    const early = await stage.world.operator('POST', `/v1/goals/${GOAL}/close`, {
      period: '2032-09',
    });
    expect(early.status).toBe(409);
    stage.world.advanceTo(OCTOBER + DAY);
    const first = await stage.world.must('POST', `/v1/goals/${GOAL}/close`, { period: '2032-09' });
    expect(first).toMatchObject({ status: 'ON_TRACK', metricValue: 300, snapshotLocked: true });
    expect(await stage.world.must('POST', `/v1/goals/${GOAL}/close?period=2032-09`)).toEqual(first);
    expect(await stage.world.must('POST', `/v1/goals/${GOAL}/close`)).toEqual(first);
    await stage.pass(OCTOBER + 2 * DAY);
    expect(await stage.status()).toEqual(first);
  });
});
