/** The way of a reward over real HTTP: closed, provisional, stabilised, settled, paid. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MEMBERS, OCTOBER } from '../stage';
import { cleanedUp } from './installed';
import { PERIOD, POOL, REWARDS, Treasury } from './treasury';

cleanedUp();

const [ONE = '', TWO = '', THREE = ''] = MEMBERS;
const STABLE = OCTOBER + 3 * DAY;
const EQUAL = { [ONE]: 3334, [TWO]: 3333, [THREE]: 3333 };

describe('a team’s reward', () => {
  it('is provisional at the close, and paid once after the stabilisation window', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([100.4, 178, 0]);
    await treasury.close();
    expect(await treasury.holding('pending')).toEqual(EQUAL);
    expect(await treasury.notices('reward.provisional')).toMatchObject([
      { period: PERIOD, total: '100.00', members: 3 },
    ]);
    await treasury.pass(STABLE - 1);
    expect(await treasury.holding('earned')).toEqual({});
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(await treasury.holding('pending')).toEqual({});
    expect(await treasury.notices('reward.confirmed')).toMatchObject([
      { verdict: 'CONFIRMED', payment: 'ORDERED' },
    ]);
    const lines = treasury.network.lines(REWARDS);
    expect(lines.map(({ agent_id, amount, unit }) => [agent_id, amount, unit])).toEqual(
      expect.arrayContaining([
        [ONE, '33.34', 'USD'],
        [TWO, '33.33', 'USD'],
        [THREE, '33.33', 'USD'],
      ]),
    );
    expect(lines).toHaveLength(3);
    const before = await treasury.moves();
    for (const cron of ['*/5 * * * *', '7 * * * *', '7 * * * *']) {
      await treasury.stage.machine.cron(cron);
    }
    await treasury.pass(OCTOBER + 9 * DAY);
    expect(await treasury.moves()).toEqual(before);
    expect(treasury.network.lines(REWARDS)).toHaveLength(3);
    await treasury.balanced();
  });

  it('goes back to the pool where the HRIS refuses it, and the audit log says so', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([278.4]);
    await treasury.close();
    treasury.network.faults('hris', [{ kind: 'status', status: 422 }]);
    await treasury.pass(STABLE + HOUR);
    expect((await treasury.moves()).filter((move) => move.startsWith('RETURNED'))).toHaveLength(1);
    expect(Object.values(await treasury.holding('earned'))).toHaveLength(2);
    expect(await treasury.notices('reward.reversed')).toMatchObject([
      { reason: 'REJECTED_BY_DESTINATION', unit: 'USD' },
    ]);
    await treasury.balanced();
  });

  it('is paid once where the HRIS commits and its answer is lost', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([278.4]);
    await treasury.close();
    treasury.network.faults('hris', [{ kind: 'close-after-commit', times: 2 }]);
    await treasury.pass(STABLE + DAY);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(treasury.network.lines(REWARDS)).toHaveLength(3);
    await treasury.balanced();
  });

  it('without a destination is confirmed in the books alone', async () => {
    const treasury = await Treasury.open({ hasHris: false });
    await treasury.handled([278.4]);
    await treasury.close();
    await treasury.pass(STABLE);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(treasury.network.seen).toEqual([]);
    await treasury.balanced();
  });

  it('waits for a destination that is not written yet', async () => {
    const treasury = await Treasury.open({ pool: { destinationId: 'later' } });
    await treasury.handled([278.4]);
    await treasury.close();
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.holding('pending')).toEqual(EQUAL);
    await treasury.stage.world.must('PUT', '/v1/destinations/later', {
      preset: 'hris',
      url: 'https://hris.example.com',
      auth: { type: 'none' },
    });
    await treasury.pass(STABLE + 3 * HOUR);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    await treasury.balanced();
  });

  it('is none where the goal was missed, where it names no pool that is there, or none at all', async () => {
    const missed = await Treasury.open();
    await missed.handled([300]);
    await missed.close();
    expect([await missed.moves(), await missed.steps()]).toEqual([[], []]);
    const unknown = await Treasury.open({ customFields: { rewardPoolId: 'NOBODY' } });
    await unknown.handled([278.4]);
    await unknown.close();
    expect(await unknown.step('WAITING')).toMatchObject({ reason: 'NO_POOL', poolId: 'NOBODY' });
    expect(await unknown.moves()).toEqual([]);
  });

  it('waits for a pool that is written later, and is promised and paid from it', async () => {
    const treasury = await Treasury.open({ customFields: { rewardPoolId: 'LATER' } });
    await treasury.handled([278.4]);
    await treasury.pass(OCTOBER + DAY);
    expect([await treasury.moves(), await treasury.steps()]).toEqual([[], ['001.0-WAITING']]);
    await treasury.stage.world.must('PUT', '/v1/reward-pools/LATER', {
      funded: '0',
      destinationId: 'hris',
    });
    await treasury.pass(OCTOBER + DAY + 2 * HOUR);
    expect(await treasury.step('WAITING')).toMatchObject({ reason: 'NOTHING_FUNDED' });
    await treasury.stage.world.must('PUT', '/v1/reward-pools/LATER', {
      funded: '90.00',
      destinationId: 'hris',
    });
    await treasury.pass(OCTOBER + DAY + 4 * HOUR);
    expect(await treasury.holding('pending')).toEqual({ [ONE]: 3000, [TWO]: 3000, [THREE]: 3000 });
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.holding('earned')).toEqual({ [ONE]: 3000, [TWO]: 3000, [THREE]: 3000 });
    await treasury.balanced();
  });

  it('is none in the end where no pool comes for a hundred days', async () => {
    const treasury = await Treasury.open({ customFields: { rewardPoolId: 'NOBODY' } });
    await treasury.handled([278.4]);
    await treasury.close();
    await treasury.stage.machine.recount();
    treasury.stage.world.advanceTo(OCTOBER + 101 * DAY);
    await treasury.stage.machine.cron('7 * * * *');
    expect(await treasury.step('OPENED')).toMatchObject({ outcome: 'NOTHING', reason: 'NO_POOL' });
  });

  it('waits for a pool whose days the period is not inside to be mended', async () => {
    const treasury = await Treasury.open({
      pool: { firstDay: '2032-07-01', lastDay: '2032-08-31' },
    });
    await treasury.handled([278.4]);
    await treasury.close();
    expect(await treasury.step('WAITING')).toMatchObject({ reason: 'OUTSIDE_POOL' });
    await treasury.stage.world.must('PUT', `/v1/reward-pools/${POOL}`, {
      funded: '100.00',
      destinationId: 'hris',
      firstDay: '2032-07-01',
      lastDay: '2032-10-31',
    });
    await treasury.pass(OCTOBER + 3 * HOUR);
    expect(await treasury.step('OPENED')).toMatchObject({ outcome: 'PROVISIONAL', reason: null });
  });

  it('is a third of a quarter’s pool under a monthly goal', async () => {
    const treasury = await Treasury.open({
      pool: { funded: '1000.00', firstDay: '2032-07-01', lastDay: '2032-09-30' },
    });
    await treasury.handled([278.4]);
    await treasury.close();
    expect(await treasury.balances()).toMatchObject({ pool: 66_667, members: 33_333 });
  });

  it('follows contributions under PROPORTIONAL and stated amounts under FIXED', async () => {
    const shared = await Treasury.open({ customFields: { distributionType: 'PROPORTIONAL' } });
    await shared.handled([50, 100, 50]);
    await shared.close();
    expect(await shared.holding('pending')).toEqual({ [ONE]: 2500, [TWO]: 5000, [THREE]: 2500 });
    const fixed = await Treasury.open({
      customFields: { distributionType: 'FIXED', fixedAmount: '12.34' },
    });
    await fixed.handled([50, 100, 50]);
    await fixed.close();
    expect(await fixed.holding('pending')).toEqual({ [ONE]: 1234, [TWO]: 1234, [THREE]: 1234 });
    expect(await fixed.balances()).toMatchObject({ pool: 6298, aside: 0 });
  });

  it('shows on the platform as a recognition, and as a metric of the day, once the HRIS has it', async () => {
    const treasury = await Treasury.open({
      pool: { recognitionDestinationId: 'genesys', externalMetricId: 'metric-7' },
    });
    await treasury.stage.world.must('PUT', `/v1/agents/${ONE}`, {
      name: 'One',
      platformIds: { 'genesys-cloud': 'genesys-user-1' },
    });
    await treasury.handled([278.4]);
    await treasury.close();
    await treasury.pass(STABLE + HOUR);
    const bodies = (end: string) =>
      treasury.network.seen
        .filter(({ path }) => path.endsWith(end))
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    const told = bodies('/recognitions');
    expect(told).toMatchObject([{ recipientId: 'genesys-user-1', title: 'Team reward unlocked' }]);
    expect(told[0]?.note).toContain('33.34 USD for goal_uuid_q3');
    for (const hour of [2, 3]) {
      await treasury.stage.machine.cron('7 * * * *');
      await treasury.pass(STABLE + hour * HOUR);
    }
    const item = {
      userId: 'genesys-user-1',
      metricId: 'metric-7',
      dateOccurred: '2032-10-04',
      value: 33.34,
      type: 'Total',
    };
    expect(bodies('/externalmetrics/data')).toEqual([{ items: [item] }]);
    // What is taken back later corrects the day's total.
    await treasury.handled([301], 1);
    await treasury.pass(STABLE + 5 * HOUR);
    await treasury.decide('APPROVE');
    await treasury.pass(STABLE + 7 * HOUR);
    await treasury.stage.machine.cron('7 * * * *');
    await treasury.pass(STABLE + 8 * HOUR);
    expect(bodies('/externalmetrics/data').at(-1)).toEqual({ items: [{ ...item, value: 0 }] });
  });
});
