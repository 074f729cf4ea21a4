/** What was decided stays decided: later words about a goal, a team or a delivery move no money twice. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MEMBERS, OCTOBER, SEPTEMBER } from '../stage';
import { cleanedUp } from './installed';
import { Treasury } from './treasury';

cleanedUp();

const [ONE = '', TWO = '', THREE = ''] = MEMBERS;
const STABLE = OCTOBER + 3 * DAY;

describe('a correction after a part was refused by the HRIS', () => {
  it('takes nothing back from whom nothing was paid', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([100.4, 78, 100]);
    await treasury.close();
    treasury.network.faults('hris', [{ kind: 'status', status: 422, times: 1 }]);
    await treasury.pass(STABLE + HOUR);
    const earned = await treasury.holding('earned');
    expect(Object.keys(earned)).toHaveLength(2);
    await treasury.handled([122.672, 78, 100], 2);
    await treasury.pass(STABLE + 3 * HOUR);
    await treasury.decide('APPROVE');
    await treasury.pass(STABLE + 5 * HOUR);
    expect(await treasury.holding('earned')).toEqual({});
    expect(await treasury.balances()).toMatchObject({ pool: 10_000, aside: 0, members: 0 });
  });
});

describe('a version of the goal that is written after the lock and said to hold since before', () => {
  it('changes neither tolerance nor policies of what is locked', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([100.4, 78, 100]);
    await treasury.close();
    await treasury.pass(OCTOBER + DAY);
    await treasury.handled([122.672, 78, 100], 1);
    await treasury.putGoal({ tolerancePercent: '100' });
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.step('JUDGED')).toMatchObject({
      verdict: 'REVIEW',
      branch: 'STATUS_FELL',
      tolerancePercent: '2',
    });
  });

  it('changes no threshold of what is locked', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([100.4, 78, 100]);
    await treasury.close();
    await treasury.pass(OCTOBER + DAY);
    await treasury.handled([122.672, 78, 100], 1);
    await treasury.putGoal({
      thresholds: [{ status: 'ACHIEVED', operator: 'LTE', value: 1000 }],
      whenDrifted: 'ADJUST',
    });
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.step('JUDGED')).toMatchObject({
      verdict: 'REVIEW',
      branch: 'STATUS_FELL',
    });
  });
});

describe('a destination that cannot say a reward', () => {
  it('keeps every part for the day on which it can', async () => {
    const treasury = await Treasury.open({ pool: { destinationId: 'genesys' } });
    await treasury.handled([100.4, 78, 100]);
    await treasury.close();
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.steps()).not.toContain('001.7-SETTLED');
    await treasury.stage.world.must('PUT', '/v1/destinations/genesys', {
      preset: 'hris',
      url: 'https://hris.example.com',
      auth: { type: 'none' },
    });
    await treasury.pass(STABLE + 4 * HOUR);
    expect(await treasury.holding('earned')).toEqual({ [ONE]: 3334, [TWO]: 3333, [THREE]: 3333 });
  });
});

describe('a period that nothing governs', () => {
  it('keeps no other period from being locked', async () => {
    const treasury = await Treasury.open();
    const team = (await treasury.stage.world.must('GET', '/v1/teams/team_uuid_east')) as {
      metricDefinitions: object[];
    };
    const { metricDefinitions } = team;
    const body = {
      name: 'East',
      teamScope: 'EXPLICIT',
      memberIds: MEMBERS,
      aggregationType: 'SUM',
    };
    // In September the metric is taken away by mistake, in October it is there again.
    await treasury.pass(SEPTEMBER + 20 * DAY);
    await treasury.stage.world.must('PUT', '/v1/teams/team_uuid_east', {
      ...body,
      metricDefinitions: [],
    });
    await treasury.pass(OCTOBER + 5 * DAY);
    await treasury.stage.world.must('PUT', '/v1/teams/team_uuid_east', {
      ...body,
      metricDefinitions,
    });
    treasury.stage.world.advanceTo(OCTOBER + 32 * DAY);
    const path = '/v1/goals/goal_uuid_q3/close?period=2032-10';
    const closed = await treasury.stage.world.operator('POST', path, undefined);
    expect([closed.status, closed.body]).toMatchObject([200, { snapshotLocked: true }]);
  });
});

describe('a lock that the books could not take', () => {
  it('is tried anew when somebody asks for it', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([100.4, 78, 100]);
    await env.DB.exec('ALTER TABLE goal_locks RENAME TO away');
    await treasury.close();
    await env.DB.exec('ALTER TABLE away RENAME TO goal_locks');
    const path = '/v1/goals/goal_uuid_q3/close?period=2032-09';
    const closed = await treasury.stage.world.operator('POST', path, undefined);
    expect([closed.status, closed.body]).toMatchObject([200, { snapshotLocked: true }]);
  });
});
