/** A thousand deliveries: five in flight, no two hundred more an alarm, and what they cost in rows. */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { orderDeliveries } from '../../src/delivery/client';
import { currentBoard, installBoard, removeBoard } from '../worker/io';
import { agentKey, destinationOf, keep, NOON, outcomesOf, promise, turn } from './depot';
import { Network } from './network';

const COUNT = 1000;
const network = new Network();

afterEach(() => {
  network.remove();
  removeBoard();
});

const sumOf = (place: string): number =>
  [...(currentBoard()?.rows ?? [])]
    .filter(([name]) => name.startsWith(`${place} `))
    .reduce((sum, [, rows]) => sum + rows, 0);

it('costs a twentieth of a row each in their object, and what their outcomes post in the books', async () => {
  network.install();
  const hris = destinationOf('hris', 'https://hris.example.com');
  await keep('thousand', hris);
  const rewards = Array.from({ length: COUNT }, (_, nth) => ({
    cause: `thousand-${nth}`,
    agentKey: agentKey(`thousand${nth}z`),
    amount: 1 + nth,
  }));
  const ids = await promise('thousand', hris, rewards);
  installBoard();
  network.latencyMs = 1;
  await orderDeliveries(env, 'thousand', ids, NOON);
  const sentBy: number[] = [];
  for (let now: number | null = NOON; now !== null; ) {
    now = await turn('thousand', now);
    sentBy.push(network.seen.length);
  }
  expect(sentBy).toEqual([200, 400, 600, 800, 1000]);
  expect(network.mostInFlight).toBe(5);
  expect(new Set(await outcomesOf(ids))).toEqual(new Set(['CONFIRMED']));
  expect(new Set(network.seen.map(({ key }) => key)).size).toBe(COUNT);
  const own = sumOf('destination') / COUNT;
  const books = sumOf('journal') / COUNT;
  console.log(`rows a delivery: ${own} in its object, ${books} in the books`);
  expect(own).toBeLessThan(0.06);
  // An outcome and an entry, and their share of seals.
  expect(books).toBeLessThan(2.2);
});

it('costs a lone one a handful of rows', async () => {
  network.install();
  const hris = destinationOf('hris', 'https://hris.example.com');
  await keep('lone', hris);
  const ids = await promise('lone', hris, [
    { cause: 'lone', agentKey: agentKey('lone'), amount: 1 },
  ]);
  installBoard();
  await orderDeliveries(env, 'lone', ids, NOON);
  await turn('lone', NOON);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  expect(sumOf('destination')).toBeLessThanOrEqual(4);
});
