/** Destinations that carry one token share its requests a minute, whatever season they are of (S3). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callDestination } from '../../src/delivery/client';
import { shareOf } from '../../src/delivery/destination';
import { readDestination, withShares } from '../../src/delivery/store';
import { readDestinations } from '../../src/seasons/telling/store';
import { keep } from '../delivery/depot';
import { Network } from '../delivery/network';
import { makeKey, send } from '../http/caller';
import { installBoard, removeBoard } from '../worker/io';
import { Play, platform, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const RATE = 24;

async function rateOf(name: string): Promise<number | null | undefined> {
  const { content } = (await readDestination(env.DB, name)) ?? {};
  if (content === undefined) throw new Error(name);
  return (await withShares(env.DB, new Map([[name, content]]))).get(name)?.ratePerMinute;
}

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

it('the same secret in two is not recognised: the name of the token alone decides', async () => {
  const { key } = await makeKey(['admin']);
  const tell = async (id: string, more: object) => {
    const auth = { type: 'bearer', token: 'one-token-of-genesys-for-both' };
    const body = { preset: 'genesys-cloud', url: 'https://genesys.example.com', auth, ...more };
    const told = await send('PUT', `/v1/destinations/${id}`, { key, body });
    expect([200, 201]).toContain(told.status);
    return (told.body.auth as { secret: { fingerprint: string } }).secret.fingerprint;
  };
  const prints = [await tell('same-1', {}), await tell('same-2', {})];
  expect(new Set(prints).size).toBe(2);
  expect(await Promise.all(['same-1', 'same-2'].map(rateOf))).toEqual([300, 300]);
  for (const id of ['same-1', 'same-2']) await tell(id, { rateGroup: 'same' });
  expect(await Promise.all(['same-1', 'same-2'].map(rateOf))).toEqual([150, 150]);
});

it('who is switched off takes no share, and who names no token shares with nobody', async () => {
  const { destination: id } = await quarter([], {}, { ratePerMinute: 300, rateGroup: 'alone' });
  const { destination: other } = await quarter([], {}, { ratePerMinute: 200, rateGroup: 'alone' });
  expect([await rateOf(id), await rateOf(other)]).toEqual([100, 100]);
  const { content } = (await readDestination(env.DB, other)) ?? {};
  if (content === undefined) throw new Error(other);
  await keep(other, { ...content, enabled: false });
  expect(await rateOf(id)).toBe(300);
});

/** D1 that counts the statements that go through all destinations. */
function counting(db: D1Database): { readonly db: D1Database; readonly lists: () => number } {
  let lists = 0;
  const counted = new Proxy(db, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name);
      return (sql: string) => {
        if (sql.includes('RECURSIVE')) lists += 1;
        return target.prepare(sql);
      };
    },
  });
  return { db: counted, lists: () => lists };
}

it('a wave reads who shares a token once, however many of its destinations carry one', async () => {
  const ids = ['many-1', 'many-2', 'many-3', 'many-4'];
  for (const id of ids) await platform(id, 'seed', { ratePerMinute: 100, rateGroup: 'many' });
  const { db, lists } = counting(env.DB);
  const named = await readDestinations(db, ids);
  expect(named.map(({ destination }) => destination.ratePerMinute)).toEqual([25, 25, 25, 25]);
  expect(lists()).toBe(1);
  await platform('alone-1', 'seed', { ratePerMinute: 100 });
  await readDestinations(db, ['alone-1']);
  expect(lists()).toBe(1);
});

it('a destination reads it once a minute, and not with every question', async () => {
  await platform('shares', 'seed', { ratePerMinute: 4000, rateGroup: 'asked' });
  await platform('shares-not', 'seed', { ratePerMinute: 4000 });
  const board = installBoard();
  const reads = new Map<string, number>();
  board.decide = ({ actor, call, phase }) => {
    if (/^DB\./.test(call) && phase === 'before') reads.set(actor, (reads.get(actor) ?? 0) + 1);
    return null;
  };
  const now = Date.parse('2031-10-01T02:00:00Z');
  const ask = async (name: string, at: number) => {
    const fields = { userId: 'somebody' };
    const question = { destination: name, operation: 'user-attributes-read', fields };
    await callDestination(env, name, (object) => object.ask(question, at));
  };
  for (const name of ['shares', 'shares-not']) {
    for (let nth = 0; nth < 30; nth += 1) await ask(name, now + nth * 1000);
  }
  const plain = reads.get('shares-not') ?? 0;
  expect(plain).toBe(30);
  expect(reads.get('shares')).toBe(plain + 1);
  await ask('shares', now + 60_000);
  expect(reads.get('shares')).toBe(plain + 3);
  removeBoard();
});

it('a share is even, at least one, and none where nobody states a rate', () => {
  const rates = (...all: (number | null)[]) => all.map((ratePerMinute) => ({ ratePerMinute }));
  expect(shareOf(rates(300))).toBe(300);
  expect(shareOf(rates(300, null))).toBe(150);
  expect(shareOf(rates(300, 100, 100))).toBe(33);
  expect(shareOf(rates(1, 1))).toBe(1);
  expect(shareOf(rates(null, null))).toBeNull();
});
