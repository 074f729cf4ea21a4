/** A member who is erased before the part is paid: the money is seen, and a person says where it goes. */
import { expect, it } from 'vitest';
import { DAY, HOUR, MEMBERS, OCTOBER } from '../stage';
import { cleanedUp } from './installed';
import { REWARDS, Treasury } from './treasury';

cleanedUp();

const [ONE = '', TWO = '', THREE = ''] = MEMBERS;
const STABLE = OCTOBER + 3 * DAY;

async function erase({ stage }: Treasury, agentId: string): Promise<void> {
  await stage.world.must('POST', `/v1/agents/${agentId}/pseudonymise`, { reason: 'asked for' });
  await stage.machine.cron('*/5 * * * *');
}

it.each([
  ['REJECT', { pool: 3334, members: 6666 }],
  ['APPROVE', { pool: 0, members: 10_000 }],
] as const)('while its delivery is open: %s', async (decision, after) => {
  const treasury = await Treasury.open();
  await treasury.handled([100.4, 178, 0]);
  await treasury.pass(STABLE - HOUR);
  treasury.network.faults('hris', [{ kind: 'status', status: 503, times: 9 }]);
  await treasury.pass(STABLE + HOUR / 4);
  expect(await treasury.holding('earned')).toEqual({});
  await erase(treasury, ONE);
  await treasury.pass(STABLE + 2 * DAY);
  expect(treasury.network.lines(REWARDS)).toHaveLength(2);
  expect(await treasury.holding('earned')).toEqual({ [TWO]: 3333, [THREE]: 3333 });
  expect(Object.values(await treasury.holding('pending'))).toEqual([3334]);
  expect(await treasury.reviews()).toMatchObject([{ state: 'OPEN' }]);
  await treasury.decide(decision);
  await treasury.pass(STABLE + 4 * DAY);
  expect(await treasury.holding('pending')).toEqual({});
  expect(await treasury.balances()).toMatchObject({ ...after, aside: 0 });
  expect(await treasury.reviews()).toHaveLength(1);
  await treasury.balanced();
});

it('before anything was ordered', async () => {
  const treasury = await Treasury.open();
  await treasury.handled([100.4, 178, 0]);
  await treasury.close();
  await erase(treasury, THREE);
  await treasury.pass(STABLE + 2 * DAY);
  expect(treasury.network.lines(REWARDS)).toHaveLength(2);
  await treasury.decide('REJECT');
  expect(await treasury.balances()).toMatchObject({ pool: 3333, aside: 0, members: 6667 });
  await treasury.pass(STABLE + 4 * DAY);
  expect(await treasury.reviews()).toHaveLength(1);
});
