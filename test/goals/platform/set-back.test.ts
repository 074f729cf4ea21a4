/** Books that are restored behind what a platform's goal has locked, paid or asked a person. */
import { expect, it } from 'vitest';
import { Restore } from '../restore';
import { cleanedUp } from '../settlement/installed';
import { REWARDS } from '../settlement/treasury';
import { DAY, HOUR, MEMBERS, MINUTE, OCTOBER } from '../stage';
import { locked, Platform, STATUS } from './platform';

cleanedUp();

const STABLE = OCTOBER + 3 * DAY;

it('the lock is written again as it was, and nobody is paid twice', async () => {
  const platform = await Platform.open();
  const { treasury } = platform;
  await treasury.pass(OCTOBER + MINUTE);
  await platform.tell();
  const before = await Restore.point();
  await treasury.pass(STABLE + HOUR);
  expect(treasury.network.lines(REWARDS)).toHaveLength(3);
  // What it says now is not what it had locked.
  platform.answers({ [STATUS]: locked({ metricValue: 1 }) });
  await before.go(treasury.stage.world);
  await treasury.stage.machine.cron('*/5 * * * *');
  await treasury.pass(STABLE + DAY);
  expect(await treasury.stage.status()).toMatchObject({ metricValue: 278.4, snapshotLocked: true });
  expect(Object.keys(await treasury.holding('earned'))).toEqual([...MEMBERS]);
  expect(treasury.network.lines(REWARDS)).toHaveLength(3);
  await treasury.balanced();
});

it('the review that was lost is opened again', async () => {
  const platform = await Platform.open();
  const { treasury } = platform;
  platform.answers({ [STATUS]: null });
  await treasury.pass(OCTOBER + MINUTE);
  await platform.tell();
  const before = await Restore.point();
  await treasury.pass(OCTOBER + 26 * HOUR);
  expect(await treasury.reviews()).toMatchObject([{ state: 'OPEN' }]);
  await before.go(treasury.stage.world);
  expect(await treasury.reviews()).toEqual([]);
  await treasury.stage.machine.cron('*/5 * * * *');
  await treasury.pass(OCTOBER + 28 * HOUR);
  expect(await treasury.reviews()).toMatchObject([{ state: 'OPEN' }]);
});
