/** What is shown of an event that came again and again: the newest, in their order, and that there are more. */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { readRecurrences } from '../../src/intake/log/store';
import { countedDb } from '../boards/counted';

/** Entries by SQL; their ids are hashes, so the order of ids is none of time. */
const record = (event: string, count: number): Promise<unknown> =>
  env.DB.prepare(
    `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?2)
     INSERT INTO audit SELECT 'event:' || ?1 || '.' || printf('%04d', n * 61 % 4001), n,
       'EVENT_DUPLICATE', 'event:' || ?1, 'h', 1, 'x', '{}', 's' FROM c`,
  )
    .bind(event, count)
    .run();

it('all are shown while there are at most two hundred', async () => {
  await record('a', 200);
  const { recorded, truncated } = await readRecurrences(env.DB, 'a');
  expect(recorded.map(({ at }) => at)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  expect(truncated).toBe(false);
});

it('of more the newest are shown', async () => {
  await record('b', 250);
  const { recorded, truncated } = await readRecurrences(env.DB, 'b');
  expect(recorded.map(({ at }) => at)).toEqual(Array.from({ length: 200 }, (_, n) => n + 51));
  expect(truncated).toBe(true);
});

it('of one that came without end a bounded number is looked at', async () => {
  await record('c', 3000);
  // Each row that is looked at is read twice: it is sorted.
  const cost = { rows: 0, values: 0 };
  const { recorded, truncated } = await readRecurrences(countedDb(env.DB, cost), 'c');
  expect(cost.rows).toBe(4000);
  expect([recorded.length, truncated]).toEqual([200, true]);
  const times = recorded.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
