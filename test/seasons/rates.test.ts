/** Destinations that carry one token share its requests a minute, whatever season they are of (S3). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shareOf } from '../../src/delivery/destination';
import { readDestination, withShare } from '../../src/delivery/store';
import { keep } from '../delivery/depot';
import { Network } from '../delivery/network';
import { Play, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const RATE = 24;

it('two seasons on two destinations with one token never ask more in a minute than it allows', async () => {
  const shared = { ratePerMinute: RATE, rateGroup: 'token-of-genesys' };
  const points = Array.from({ length: 16 }, () => 100);
  const first = await quarter(points, {}, shared);
  const second = await quarter(points, {}, shared);
  const both = new Play(
    first.play.now,
    [first.id, first.next, second.id, second.next],
    [first.destination, second.destination],
  );
  await both.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  const sentAt: number[] = [];
  network.instead = () => {
    sentAt.push(both.now);
    return null;
  };
  await both.step('2031-10-01T02:00:00', '2031-10-01T02:14:00');
  // 32 updates and as many readings.
  expect(sentAt.length).toBeGreaterThanOrEqual(64);
  const inMinuteOf = (at: number) => sentAt.filter((one) => one > at - 60_000 && one <= at).length;
  expect(Math.max(...sentAt.map(inMinuteOf))).toBeLessThanOrEqual(RATE);
});

it('who is switched off takes no share, and who names no token shares with nobody', async () => {
  const { destination: id } = await quarter([], {}, { ratePerMinute: 300, rateGroup: 'alone' });
  const { destination: other } = await quarter([], {}, { ratePerMinute: 200, rateGroup: 'alone' });
  const rateOf = async (name: string) => {
    const { content } = (await readDestination(env.DB, name)) ?? {};
    if (content === undefined) throw new Error(name);
    return (await withShare(env.DB, name, content)).ratePerMinute;
  };
  expect([await rateOf(id), await rateOf(other)]).toEqual([100, 100]);
  const { content } = (await readDestination(env.DB, other)) ?? {};
  if (content === undefined) throw new Error(other);
  await keep(other, { ...content, enabled: false });
  expect(await rateOf(id)).toBe(300);
});

it('a share is even, at least one, and none where nobody states a rate', () => {
  const rates = (...all: (number | null)[]) => all.map((ratePerMinute) => ({ ratePerMinute }));
  expect(shareOf(rates(300))).toBe(300);
  expect(shareOf(rates(300, null))).toBe(150);
  expect(shareOf(rates(300, 100, 100))).toBe(33);
  expect(shareOf(rates(1, 1))).toBe(1);
  expect(shareOf(rates(null, null))).toBeNull();
});
