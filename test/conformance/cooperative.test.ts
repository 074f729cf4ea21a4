/** The traps of the cooperative document, each by its name. Those of rewards stand beside them. */
import { env } from 'cloudflare:workers';
import { afterEach, expect, test } from 'vitest';
import { GOAL_EXAMPLE } from '../../src/goals/routes';
import { TEAM_EXAMPLE } from '../../src/goals/teams/routes';
import {
  DAY,
  GOAL,
  GoalStage,
  HOUR,
  MEMBERS,
  metric,
  OCTOBER,
  SEPTEMBER,
  TEAM,
} from '../goals/stage';
import { removeBoard } from '../worker/io';

afterEach(removeBoard);

test('Trap 1: the default AVERAGE aggregation for a cooperative goal', async () => {
  const stage = await GoalStage.open();
  const averaged = { ...TEAM_EXAMPLE, aggregationType: 'AVERAGE' };
  const refused = await stage.put(`/v1/teams/${TEAM}`, averaged);
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([
    422,
    expect.stringContaining('one strong member lifts the mean'),
  ]);
  await stage.world.must('PUT', '/v1/teams/averaged', averaged);
  const goal = { ...GOAL_EXAMPLE, teamId: 'averaged' };
  expect((await stage.put('/v1/goals/another', goal)).status).toBe(422);
  // One exceptional member out of three: the sum says what the team did, not what the best one did.
  await stage.post([
    metric({ eventId: 'e1', value: 200 }),
    metric({ eventId: 'e2', value: 50, agentId: MEMBERS[1] }),
    metric({ eventId: 'e3', value: 60, agentId: MEMBERS[2] }),
  ]);
  expect(await stage.status()).toMatchObject({ metricValue: 310, status: 'ON_TRACK' });
});

test('Trap 2: REALTIME or HOURLY evaluation with webhook triggers on status change', async () => {
  const stage = await GoalStage.open();
  for (const evaluationFrequency of ['REALTIME', 'HOURLY']) {
    const refused = await stage.put('/v1/goals/live', { ...GOAL_EXAMPLE, evaluationFrequency });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      422,
      expect.stringContaining('evaluated once'),
    ]);
  }
  const locks = async (): Promise<unknown> =>
    (await env.DB.prepare('SELECT status FROM goal_locks').all()).results;
  const statuses: unknown[] = [];
  for (const [index, value] of [100, 250, -150, 90].entries()) {
    const occurredAt = new Date(SEPTEMBER + (11 + index) * DAY).toISOString();
    stage.world.advanceTo(SEPTEMBER + (11 + index) * DAY);
    await stage.post(metric({ eventId: `e${index}`, value, occurredAt }));
    await stage.machine.cron('*/5 * * * *');
    statuses.push((await stage.status()).status);
  }
  // It went up and down all month, and nothing was said about it.
  expect(statuses).toEqual(['ACHIEVED', 'BEHIND', 'ACHIEVED', 'ON_TRACK']);
  expect(await locks()).toEqual([]);
  await stage.pass(OCTOBER + HOUR);
  await stage.machine.cron('7 * * * *');
  expect(await locks()).toEqual([{ status: 'ON_TRACK' }]);
  const { results } = await env.DB.prepare(
    "SELECT kind FROM notices WHERE kind = 'goal.locked' AND subject = ?",
  )
    .bind(`goal:${GOAL}`)
    .all();
  expect(results).toHaveLength(1);
});
