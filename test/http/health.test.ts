/** What a look at the public health route costs: it needs no key, so it must stay cheap. */
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { type HealthCheck, healthRoute, lookOver } from '../../src/http/health';
import type { Call } from '../../src/http/route';
import { coachingHealth } from '../../src/points/sweep/jobs';
import { type Cost, countedDb } from '../boards/counted';

const NOW = Date.UTC(2100, 0, 4);

test('a look over seals that no net has walked reads a bounded number of rows and is late', async () => {
  const contents = JSON.stringify(
    Array.from({ length: 500 }, (_, row) => ['audit', `a${row}`, 'h'.repeat(64)]),
  );
  for (let from = 1; from <= 500; from += 100) {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n LIMIT 100)
       INSERT INTO seals (id, previous, hash, at, contents, size) SELECT i, 'p', 'h' || i, 1, ?2, 500 FROM n`,
    )
      .bind(from, contents)
      .run();
  }
  const cost: Cost = { rows: 0, values: 0 };
  const found = await coachingHealth.check({ ...env, DB: countedDb(env.DB, cost) }, NOW);
  expect(found).toEqual({ status: 'late', detail: { withoutOutcome: 0, sweepBehind: true } });
  expect(cost.rows).toBeGreaterThan(0);
  expect(cost.rows).toBeLessThan(10_000);
});

/** A route over one check that counts how often it is made, and a way to ask it. */
function counting() {
  let made = 0;
  const check: HealthCheck<object> = {
    name: 'counting',
    check: async () => {
      made += 1;
      return { status: 'ok', detail: { made } };
    },
  };
  const route = healthRoute(lookOver([check]));
  const ask = async (now: number, clockSet: boolean): Promise<number> => {
    const url = new URL('https://guerdon.test/v1/health');
    const call = { env: {}, now, clockSet, params: {}, url, bytes: new Uint8Array() };
    expect((await route.run(call as unknown as Call<object>)).ok).toBe(true);
    return made;
  };
  return ask;
}

test('findings are remembered for fifteen seconds', async () => {
  const ask = counting();
  expect(await ask(NOW, false)).toBe(1);
  expect(await ask(NOW + 14_999, false)).toBe(1);
  expect(await ask(NOW + 15_000, false)).toBe(2);
});

test('nothing is remembered while a sandbox clock is set', async () => {
  const ask = counting();
  expect([await ask(NOW, true), await ask(NOW, true), await ask(NOW, false)]).toEqual([1, 2, 3]);
});
