/** Books that were set back, or an object that begins anew, pay nobody twice. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { HOUR, NOON, outcomesOf, REWARDS, work } from './depot';
import { Network } from './network';
import { scene } from './scene';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

it('a delivery whose outcome is lost is asked about once its key may be forgotten', async () => {
  const { id, ids } = await scene();
  await work(id, NOON, NOON + HOUR);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  await env.DB.exec('DELETE FROM delivery_outcomes');
  network.faults('hris', [{ kind: 'forget-keys', times: 1 }]);
  const later = NOON + 72 * HOUR;
  await sweepDeliveries(env, later);
  await work(id, later, later + HOUR);
  expect(network.lines(REWARDS)).toHaveLength(1);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
});

it('a delivery that waited longer than a key lives is sent once it is known not to be there', async () => {
  const { id, ids } = await scene();
  const later = NOON + 72 * HOUR;
  await work(id, later, later + HOUR);
  expect(network.seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
});
