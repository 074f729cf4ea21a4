/** One agent in two teams that both achieve: kept by one, excluded from the other, paid once. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { cleanedUp } from '../settlement/installed';
import { Treasury } from '../settlement/treasury';
import { GOAL, HOUR, MEMBERS, metric, OCTOBER, SEPTEMBER } from '../stage';

cleanedUp();

const [ONE = '', TWO = '', THREE = ''] = MEMBERS;
const WEST = 'goal_west';

interface Said {
  readonly customFields: { readonly exclusions?: readonly object[] };
}

/** A second team with the first two members and one of its own, a goal and a pool. */
async function twoPools(queues: Readonly<Record<string, object[]>>): Promise<Treasury> {
  const treasury = await Treasury.open({ hasHris: false });
  const { world } = treasury.stage;
  for (const [agentId, own] of Object.entries(queues)) {
    await world.must('PUT', `/v1/agents/${agentId}`, { name: agentId, queues: own });
  }
  await world.addPerson({ agentId: 'west-1', groups: [], attributes: {} });
  const filter = { type: 'AND', clauses: [] };
  const definition = { metricId: 'acd.handle.time', aggregation: 'SUM', filter };
  const team = { teamScope: 'EXPLICIT', aggregationType: 'SUM', metricDefinitions: [definition] };
  await world.must('PUT', '/v1/teams/team_west', {
    ...team,
    name: 'West',
    memberIds: [ONE, TWO, 'west-1'],
    primaryQueueId: 'queue-west',
  });
  await world.must('PUT', '/v1/teams/team_uuid_east', {
    ...team,
    name: 'East',
    memberIds: MEMBERS,
    primaryQueueId: 'queue-east',
    effectiveFrom: new Date(SEPTEMBER).toISOString(),
  });
  await world.must('PUT', '/v1/reward-pools/WEST', { funded: '60.00' });
  await treasury.putGoal({ teamId: 'team_west' }, { rewardPoolId: 'WEST' }, WEST);
  return treasury;
}

const exclusions = async (treasury: Treasury, goal: string) =>
  ((await treasury.stage.world.must('GET', `/v1/goals/${goal}`)) as Said).customFields.exclusions;

const keepers = async (treasury: Treasury): Promise<Record<string, string>> => {
  const names = await treasury.names();
  const { results } = await env.DB.prepare('SELECT id, team FROM cohort_keepers').all<{
    id: string;
    team: string;
  }>();
  return Object.fromEntries(
    results.map(({ id, team }) => [names.get(id.split('.')[0] ?? '') ?? id, team]).sort(),
  );
};

const east = (weight: string) => ({ queueId: 'queue-east', weight, primary: false });
const west = (weight: string) => ({ queueId: 'queue-west', weight, primary: true });

describe('an agent of two reward pools', () => {
  it('is kept by the queue in which it weighs most, whoever closes first, and paid once', async () => {
    const treasury = await twoPools({
      [ONE]: [east('0.8'), west('1.2')],
      [TWO]: [east('1.000001'), west('1')],
    });
    await treasury.handled([100, 100, 50]);
    await treasury.close();
    expect(await keepers(treasury)).toEqual({
      [ONE]: 'team_west',
      [TWO]: 'team_uuid_east',
      [THREE]: 'team_uuid_east',
      'west-1': 'team_west',
    });
    expect(await treasury.holding('pending')).toEqual({
      [ONE]: 3000,
      [TWO]: 5000,
      [THREE]: 5000,
      'west-1': 3000,
    });
    expect(await exclusions(treasury, GOAL)).toEqual([
      {
        agentId: ONE,
        period: '2032-09',
        keptBy: 'team_west',
        weight: '1.2',
        at: expect.any(String),
      },
    ]);
    expect(await exclusions(treasury, WEST)).toMatchObject([
      { agentId: TWO, keptBy: 'team_uuid_east', weight: '1.000001' },
    ]);
    await treasury.balanced();
  });

  it('is paid once where both goals close in the same instant', async () => {
    const treasury = await twoPools({});
    await treasury.handled([100, 100, 50]);
    const { stage } = treasury;
    stage.world.advanceTo(OCTOBER + HOUR);
    const paths = [GOAL, WEST, GOAL, WEST].map((goal) => `/v1/goals/${goal}/close`);
    await Promise.all(paths.map((path) => stage.world.must('POST', path)));
    await treasury.pass(OCTOBER + 2 * HOUR);
    const promised = await treasury.entries('REWARD_PROVISIONAL');
    const agents = promised.map(({ to_account: to }) => to);
    expect([agents.length, new Set(agents).size]).toEqual([4, 4]);
    // Neither has a weight or an earlier membership: the lower team id keeps both.
    expect(await keepers(treasury)).toMatchObject({
      [ONE]: 'team_uuid_east',
      'west-1': 'team_west',
    });
    expect(await exclusions(treasury, WEST)).toHaveLength(2);
    await treasury.balanced();
  });

  it('stays with its keeper where that one misses its goal: who achieves does not matter', async () => {
    const treasury = await twoPools({ [ONE]: [west('2')] });
    await treasury.stage.post([
      metric({ eventId: 'heavy', agentId: 'west-1', value: 400, interactionId: 'heavy' }),
    ]);
    await treasury.handled([100, 100, 50]);
    await treasury.close();
    expect(await treasury.holding('pending')).toEqual({ [TWO]: 5000, [THREE]: 5000 });
    expect(await exclusions(treasury, GOAL)).toMatchObject([{ agentId: ONE, keptBy: 'team_west' }]);
  });

  it('is not conflicted by a pool of another cadence', async () => {
    const treasury = await Treasury.open({ hasHris: false });
    await treasury.stage.world.must('PUT', '/v1/reward-pools/QUARTER', { funded: '30.00' });
    await treasury.putGoal(
      { evaluationFrequency: 'QUARTERLY' },
      { rewardPoolId: 'QUARTER' },
      'goal_quarter',
    );
    await treasury.handled([100, 100, 50]);
    await treasury.close();
    expect(await treasury.holding('pending')).toEqual({ [ONE]: 4334, [TWO]: 4333, [THREE]: 4333 });
    expect(await exclusions(treasury, 'goal_quarter')).toBeUndefined();
  });

  it('is left to the first by a goal that came after the cohort was fixed', async () => {
    const treasury = await Treasury.open({ hasHris: false });
    await treasury.handled([100, 100, 50]);
    await treasury.close();
    const { world } = treasury.stage;
    await world.must('PUT', '/v1/reward-pools/LATE', { funded: '30.00' });
    await treasury.putGoal({}, { rewardPoolId: 'LATE' }, 'goal_late');
    await world.must('POST', '/v1/goals/goal_late/close?period=2032-09');
    await treasury.pass(OCTOBER + 2 * HOUR);
    expect(await exclusions(treasury, 'goal_late')).toHaveLength(3);
    expect((await treasury.entries('REWARD_PROVISIONAL')).length).toBe(3);
    await treasury.balanced();
  });
});
