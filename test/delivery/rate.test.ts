/** Questions count in a target's requests a minute like deliveries (S3, O4). */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askDestination } from '../../src/delivery/ask/client';
import { installBoard, removeBoard } from '../worker/io';
import {
  destinationOf,
  HOUR,
  keep,
  MINUTE,
  NOON,
  order,
  outcomesOf,
  SECOND,
  stubOf,
  work,
} from './depot';
import { Network } from './network';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  vi.useRealTimers();
});

let number = 0;

async function target(ratePerMinute: number | null) {
  number += 1;
  const id = `rated-${number}`;
  const destination = destinationOf('seed', 'https://genesys.example.com', { ratePerMinute });
  await keep(id, destination);
  network.shelf('genesys').put('users', 'user-1', { id: 'user-1' });
  const ask = (now: number) =>
    askDestination(env, id, 'user-attributes-read', { userId: 'user-1' }, now);
  return { id, ask };
}

describe('a target of so many requests a minute', () => {
  it('is not asked more, and says how long to wait', async () => {
    const { ask } = await target(3);
    for (let nth = 0; nth < 3; nth += 1) expect((await ask(NOON + nth * SECOND)).ok).toBe(true);
    expect(await ask(NOON + 10 * SECOND)).toMatchObject({
      ok: false,
      failure: { kind: 'unavailable', retryAfterSeconds: 50 },
    });
    expect(network.seen).toHaveLength(3);
    expect((await ask(NOON + MINUTE)).ok).toBe(true);
  });

  it('is not asked more by an object that was put away meanwhile', async () => {
    const { id, ask } = await target(3);
    for (let nth = 0; nth < 3; nth += 1) {
      expect((await ask(NOON + nth * SECOND)).ok).toBe(true);
      await evictDurableObject(stubOf(id));
    }
    expect((await ask(NOON + 3 * SECOND)).ok).toBe(false);
    expect((await ask(NOON + MINUTE)).ok).toBe(true);
  });

  it('of many is asked as often as it allows and no more, in whichever minute', async () => {
    const rate = 300;
    const { ask } = await target(rate);
    const went: number[] = [];
    // Three a tenth of a second is six times what it allows.
    for (let at = NOON; at < NOON + 3 * MINUTE; at += 100) {
      for (let nth = 0; nth < 3; nth += 1) if ((await ask(at)).ok) went.push(at);
    }
    const inMinuteFrom = (from: number) =>
      went.filter((at) => at >= from && at < from + MINUTE).length;
    expect(Math.max(...went.map(inMinuteFrom))).toBeLessThanOrEqual(rate);
    // The second in which the last of a booking may go is all that is lost of each minute.
    expect(went.length).toBeGreaterThanOrEqual(3 * rate - 60);
  });

  it('is not asked more where callers carry clocks that are minutes behind', async () => {
    const rate = 300;
    const { ask } = await target(rate);
    let went = 0;
    const from = NOON + HOUR;
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let nth = 0; nth < 700; nth += 1) {
      vi.setSystemTime(from + nth);
      const behind = [40, 5 * MINUTE, 20 * MINUTE, 0][nth % 4] ?? 0;
      if ((await ask(from + nth - behind)).ok) went += 1;
    }
    expect(went).toBe(rate);
    // Another minute, by who is not behind and by who is.
    vi.setSystemTime(from + MINUTE + 2 * SECOND);
    for (const behind of [20 * MINUTE, 0]) {
      expect((await ask(from + MINUTE + 2 * SECOND - behind)).ok).toBe(true);
    }
  });

  it('that is asked now and then has its minute for deliveries', async () => {
    number += 1;
    const id = `hris-seldom-${number}`;
    const destination = destinationOf('hris', 'https://hris.example.com', { ratePerMinute: 300 });
    await keep(id, destination);
    for (let nth = 0; nth < 50; nth += 1) {
      await askDestination(env, id, 'check', {}, NOON + nth * 1100);
    }
    const now = NOON + 50 * 1100;
    const rewards = Array.from({ length: 200 }, (_, nth) => ({
      cause: `seldom-${nth}`,
      agentKey: `seldom${nth}xxxxxxxxxx`.slice(0, 16),
      amount: 100,
    }));
    const ids = await order(id, destination, rewards, now);
    await work(id, now, now + SECOND);
    expect((await outcomesOf(ids)).filter((one) => one === 'CONFIRMED')).toHaveLength(200);
  });

  it('costs a row for several questions where it allows many', async () => {
    const { ask } = await target(300);
    const board = installBoard();
    for (let nth = 0; nth < 20; nth += 1) expect((await ask(NOON)).ok).toBe(true);
    expect(board.rows.get('destination put')).toBe(4);
    removeBoard();
  });

  it('without a stated rate is asked as often as one likes', async () => {
    const { ask } = await target(null);
    for (let nth = 0; nth < 10; nth += 1) expect((await ask(NOON)).ok).toBe(true);
  });

  it('counts questions and deliveries together, whichever come first', async () => {
    number += 1;
    const id = `hris-rated-${number}`;
    const destination = destinationOf('hris', 'https://hris.example.com', { ratePerMinute: 4 });
    await keep(id, destination);
    const ask = (now: number) => askDestination(env, id, 'check', {}, now);
    for (let nth = 0; nth < 3; nth += 1) await ask(NOON);
    const rewards = [1, 2, 3].map((nth) => ({
      cause: `rated-${number}-${nth}`,
      agentKey: `rated${number}xxxxxxxxx`.slice(0, 16),
      amount: 100,
    }));
    await order(id, destination, rewards);
    expect(await work(id, NOON, NOON + 59 * SECOND)).toBe(NOON + MINUTE);
    expect(network.seen).toHaveLength(4);
    expect((await ask(NOON + 59 * SECOND)).ok).toBe(false);
    await work(id, NOON + MINUTE, NOON + MINUTE + SECOND);
    expect(network.seen).toHaveLength(6);
  });
});
