/** The net behind events that get no outcome: it passes them, remembers them and says how many. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { eventRow, keep } from '../../../src/events/event';
import { commit } from '../../../src/ledger/client';
import { readLatest } from '../../../src/ledger/store';
import { readDecisions } from '../../../src/points/coaching/store';
import { coachingHealth, sweepCoachingSessions } from '../../../src/points/sweep/jobs';
import type { Mark } from '../../../src/points/sweep/sweep';
import { completion, keyOf, openBooks, send, sessionStub } from '../world';

const NOW = Date.UTC(2100, 0, 4);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
beforeAll(openBooks);

const mark = async (): Promise<Mark | undefined> =>
  (await readLatest<Mark>(env.DB, 'mark', 'coaching-late'))?.content;

const head = async (): Promise<number> =>
  (await env.DB.prepare('SELECT max(id) AS id FROM seals').first<{ id: number }>())?.id ?? 0;

/** Two weeks of a busy ledger. */
const goOn = (at: number) =>
  env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT max(id) + 1 FROM seals UNION ALL SELECT i + 1 FROM n LIMIT 10100)
     INSERT INTO seals (id, previous, hash, at, contents, size) SELECT i, 'p', 'h' || i, ?, '[]', 1 FROM n`,
  )
    .bind(at)
    .run();

test('an event that never gets an outcome hides no later one from the net', async () => {
  // Its row is in D1 and its object knows nothing of it, so that no poke can settle it.
  const stuck = { receivedAt: NOW, salt: 'salt', subject: keyOf('stuck') };
  await commit(env, { rows: [eventRow(keep(completion('stuck', {}, NOW), stuck))] }, NOW);
  await sweepCoachingSessions(env, NOW + 20 * MINUTE);
  expect((await mark())?.late).toBeUndefined();
  await goOn(NOW + HOUR);
  const [later] = await send([completion('later', {}, NOW)], NOW + 2 * HOUR);
  await runInDurableObject(sessionStub('later'), (_, state) => state.storage.deleteAlarm());
  if (later !== undefined) await commit(env, { rows: [eventRow(later.kept)] }, NOW + 2 * HOUR);
  await sweepCoachingSessions(env, NOW + 4 * HOUR);
  await sweepCoachingSessions(env, NOW + 5 * HOUR);
  expect(await readDecisions(env.DB, keyOf('later'))).toHaveLength(1);
});

test('what is passed is remembered and counted until it has its outcome', async () => {
  await sweepCoachingSessions(env, NOW + 6 * HOUR);
  const remembered = await mark();
  expect(remembered?.late).toEqual([{ session: keyOf('stuck'), receivedAt: NOW }]);
  expect(await head()).toBeLessThan((remembered?.seal ?? 0) + 100);
  expect(await coachingHealth.check(env, NOW + 6 * HOUR)).toEqual({
    status: 'late',
    detail: { withoutOutcome: 1, sweepBehind: false },
  });
  await send([completion('stuck', { qaCalibrationScore: 90 }, NOW)], NOW + 6 * HOUR);
  for (const hour of [7, 8]) await sweepCoachingSessions(env, NOW + hour * HOUR);
  expect((await mark())?.late).toBeUndefined();
  expect((await coachingHealth.check(env, NOW + 8 * HOUR)).status).toBe('ok');
});
