/** A period that had ended before anybody wrote the goal is known to whoever writes it. */
import { expect, it } from 'vitest';
import { DAY, MEMBERS, OCTOBER } from '../stage';
import { cleanedUp } from './installed';
import { REWARDS, Treasury } from './treasury';

cleanedUp();

it('it pays nobody before a second person has looked', async () => {
  const treasury = await Treasury.open();
  await treasury.pass(OCTOBER - 2 * DAY);
  const path = '/v1/goals/goal_uuid_q3/close?period=2031-01';
  const closed = await treasury.stage.world.operator('POST', path, undefined);
  expect([closed.status, closed.body]).toMatchObject([200, { status: 'ACHIEVED' }]);
  await treasury.pass(OCTOBER - DAY);
  expect(await treasury.step('OPENED')).toMatchObject({
    outcome: 'REVIEW',
    reason: 'ENDED_BEFORE',
  });
  expect(treasury.network.lines(REWARDS)).toEqual([]);
  expect(await treasury.balances()).toMatchObject({ aside: 10_000, members: 0 });
  await treasury.decide('APPROVE');
  await treasury.pass(OCTOBER - DAY / 2);
  expect(Object.keys(await treasury.holding('earned'))).toEqual([...MEMBERS]);
  await treasury.balanced();
});
