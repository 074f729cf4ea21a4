/** A target that asks for patience without saying how much is not asked again and again at once. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HOUR, NOON, SECOND, turn, work } from './depot';
import { Network } from './network';
import { scene } from './scene';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  vi.useRealTimers();
});

it('a Retry-After of nothing still means a pause', async () => {
  const { id } = await scene();
  network.faults('hris', [{ kind: 'throttle', retryAfter: 0, times: 500 }]);
  await work(id, NOON, NOON + 10 * SECOND);
  expect(network.seen.length).toBeLessThanOrEqual(11);
});

it('a job that began long ago has it asked no sooner again', async () => {
  const { id } = await scene();
  vi.useFakeTimers({ toFake: ['Date'], now: NOON + HOUR });
  network.faults('hris', [{ kind: 'status', status: 503, times: 9 }]);
  const next = (await turn(id, NOON)) ?? 0;
  expect(network.seen).toHaveLength(1);
  expect(next - (NOON + HOUR)).toBeGreaterThanOrEqual(SECOND);
  network.faults('hris', [{ kind: 'throttle', retryAfter: 30, times: 9 }]);
  vi.setSystemTime(next);
  await turn(id, NOON);
  await turn(id, NOON);
  expect(network.seen).toHaveLength(2);
});
