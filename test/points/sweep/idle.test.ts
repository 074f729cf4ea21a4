/** What the net leaves behind where there is nothing to do. */
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { pokeSession } from '../../../src/points/coaching/client';
import { sweepCoachingSessions } from '../../../src/points/sweep/jobs';
import { completion, keyOf, openBooks, send } from '../world';

const NOW = Date.UTC(2100, 0, 4);
const FIRING = 300_000;
const A_DAY = 288;
beforeAll(openBooks);

const seals = async (): Promise<number> =>
  (await env.DB.prepare('SELECT count(*) AS n FROM seals').first<{ n: number }>())?.n ?? 0;

async function fire(from: number, to: number): Promise<void> {
  for (let firing = from; firing <= to; firing += 1) {
    await sweepCoachingSessions(env, NOW + firing * FIRING);
  }
}

test('a day on which nothing happens leaves no rows behind', async () => {
  await send([completion('one', {}, NOW)], NOW);
  await pokeSession(env, keyOf('one'), NOW + 120_000);
  await fire(1, 24);
  const before = await seals();
  await fire(25, 24 + A_DAY);
  expect(await seals()).toBe(before);
});
