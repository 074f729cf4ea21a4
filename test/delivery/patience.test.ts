/** A target that asks for patience without saying how much is not asked again and again at once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOON, SECOND, work } from './depot';
import { Network } from './network';
import { scene } from './scene';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

it('a Retry-After of nothing still means a pause', async () => {
  const { id } = await scene();
  network.faults('hris', [{ kind: 'throttle', retryAfter: 0, times: 500 }]);
  await work(id, NOON, NOON + 10 * SECOND);
  expect(network.seen.length).toBeLessThanOrEqual(11);
});
