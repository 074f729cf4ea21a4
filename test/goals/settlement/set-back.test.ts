/** Books that are restored to an earlier time: what a goal had locked and paid is written again, once. */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { Restore } from '../restore';
import { DAY, HOUR, MEMBERS, OCTOBER } from '../stage';
import { cleanedUp } from './installed';
import { PERIOD, REWARDS, Treasury } from './treasury';

cleanedUp();

const STABLE = OCTOBER + 3 * DAY;

const lock = (): Promise<Record<string, unknown> | null> =>
  env.DB.prepare('SELECT id, status, metric_value, members, covered FROM goal_locks').first();

it('a lock that was lost is written as it was, whatever was corrected since', async () => {
  const treasury = await Treasury.open();
  await treasury.handled([100, 90, 80]);
  await treasury.pass(OCTOBER - HOUR);
  const before = await Restore.point();
  await treasury.close();
  const first = await lock();
  expect(first).toMatchObject({ metric_value: '270000000' });
  await treasury.handled([101], 1);
  expect(await treasury.stage.contributions()).toMatchObject({ restated: { metricValue: '271' } });
  await before.go(treasury.stage.world);
  expect(await lock()).toBeNull();
  await treasury.pass(OCTOBER + 2 * HOUR);
  await treasury.stage.machine.cron('*/5 * * * *');
  expect(await lock()).toEqual(first);
  expect(await treasury.stage.status(PERIOD)).toMatchObject({ metricValue: 270 });
  await treasury.pass(STABLE + HOUR);
  expect(Object.keys(await treasury.holding('earned'))).toEqual([...MEMBERS]);
  await treasury.balanced();
});

it('what was paid and lost is paid no second time', async () => {
  const treasury = await Treasury.open();
  await treasury.handled([100, 90, 80]);
  await treasury.close();
  const before = await Restore.point();
  await treasury.pass(STABLE + HOUR);
  expect(treasury.network.lines(REWARDS)).toHaveLength(3);
  treasury.network.faults('hris', [{ kind: 'forget-keys', times: 1 }]);
  await treasury.pass(STABLE + 9 * DAY);
  await before.go(treasury.stage.world);
  expect(await treasury.holding('earned')).toEqual({});
  await treasury.stage.machine.cron('*/5 * * * *');
  await treasury.pass(STABLE + 10 * DAY);
  expect(Object.keys(await treasury.holding('earned'))).toEqual([...MEMBERS]);
  expect(treasury.network.lines(REWARDS)).toHaveLength(3);
  await treasury.balanced();
});

it('events that come under new seals with old numbers are looked through', async () => {
  const treasury = await Treasury.open();
  const before = await Restore.point();
  for (let revision = 0; revision < 8; revision += 1) {
    await treasury.handled([100, 90, 80], revision);
  }
  await treasury.stage.machine.cron('*/5 * * * *');
  await before.go(treasury.stage.world);
  // The goal hears of none of these but from the log.
  const { board } = treasury.stage.world;
  board.decide = ({ call, phase }) =>
    call === 'GOALS.offer' && phase === 'before' ? 'throw' : null;
  await treasury.handled([1, 2, 3], 70);
  board.decide = () => null;
  await treasury.stage.machine.cron('*/5 * * * *');
  expect(await treasury.stage.status()).toMatchObject({ metricValue: 6 });
});
