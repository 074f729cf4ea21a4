/** A coaching session that an erasure closes keeps what it was worth, and its place under a cap. */

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { commit } from '../../../src/ledger/client';
import { configRow } from '../../../src/ledger/config';
import { readLatest } from '../../../src/ledger/store';
import { eraseSession, nudgeSession, pokeSession } from '../../../src/points/coaching/client';
import { sweepCaps } from '../../../src/points/guards/jobs';
import { programmeSchema } from '../../../src/points/programmes/programme';
import { completion, hire, keyOf, netOf, openBooks, score, send, sessionStub } from '../world';

const NOON = Date.UTC(2100, 0, 6, 12);
const MINUTE = 60_000;
const DAY = 86_400_000;
const ACCOUNT = 'agent:keymentor1:points:Mentorship:none';

beforeAll(async () => {
  await openBooks();
  await hire('mentee-2', ['Junior_Agent_Group_ID']);
  const content = programmeSchema.parse({ caps: { perMentor: { count: 1, period: 'WEEK' } } });
  const version = { kind: 'program', name: 'Mentorship', version: 1, effectiveFrom: null };
  const row = configRow({ ...version, writtenAt: 0, author: 'a', content }, 'salt');
  await commit(env, { rows: [row] }, NOON);
});

const claimsOf = async (id: string) =>
  (
    await env.DB.prepare('SELECT id, granted, fixed FROM cap_claims WHERE id LIKE ? ORDER BY id')
      .bind(`%.${keyOf(id)}.%`)
      .all<{ id: string; granted: number; fixed: number }>()
  ).results.map(({ granted, fixed }) => ({ granted, fixed }));

const outcomesOf = async (id: string) =>
  (
    await env.DB.prepare('SELECT outcome FROM decisions WHERE session = ? ORDER BY id')
      .bind(keyOf(id))
      .all<{ outcome: string }>()
  ).results.map(({ outcome }) => outcome);

/** What an erasure of one of its persons does to a coaching session. */
async function close(id: string, now: number): Promise<void> {
  await eraseSession(env, keyOf(id), now);
  for (const [table, column] of [
    ['decisions', 'session'],
    ['events', 'subject'],
  ]) {
    await env.DB.prepare(`UPDATE ${table} SET content = NULL, salt = NULL WHERE ${column} = ?`)
      .bind(keyOf(id))
      .run();
  }
}

const coach = async (id: string, at: number, now: number, menteeId = 'mentee-1') => {
  await send([completion(id, { menteeId }, at)], now);
  await pokeSession(env, keyOf(id), now + 2 * MINUTE);
};

const sweepTo = async (now: number) => {
  for (let minute = 5; minute < 30; minute += 5) await sweepCaps(env, now + minute * MINUTE);
};

test('the claim of a coaching session is fixed once when an erasure closes it', async () => {
  await coach('b', NOON, NOON, 'mentee-2');
  expect(await netOf(ACCOUNT)).toBe(500_000);
  await eraseSession(env, keyOf('b'), NOON + 3 * MINUTE);
  await eraseSession(env, keyOf('b'), NOON + 4 * MINUTE);
  expect(await claimsOf('b')).toEqual([
    { granted: 1, fixed: 0 },
    { granted: 1, fixed: 1 },
  ]);
  expect(await outcomesOf('b')).toEqual(['AWARDED', 'ERASED']);
});

test('what is closed and not emptied yet is worth what was posted, whatever comes', async () => {
  await send([score('b', 85, 10, NOON + MINUTE)], NOON + 5 * MINUTE);
  await pokeSession(env, keyOf('b'), NOON + 7 * MINUTE);
  await nudgeSession(env, keyOf('b'), NOON + 8 * MINUTE);
  await pokeSession(env, keyOf('b'), NOON + 9 * MINUTE);
  expect(await netOf(ACCOUNT)).toBe(500_000);
  expect(await claimsOf('b')).toHaveLength(2);
});

test('an earlier coaching that comes late finds the place taken, and the net moves on', async () => {
  await close('b', NOON + 10 * MINUTE);
  await coach('a', NOON - 2 * DAY, NOON + 11 * MINUTE);
  await sweepTo(NOON + 20 * MINUTE);
  expect(await netOf(ACCOUNT)).toBe(500_000);
  expect(await outcomesOf('a')).toEqual(['CAPPED']);
  const mark = await readLatest<{ seal: number }>(env.DB, 'mark', 'cap-claims');
  const head = await env.DB.prepare('SELECT max(seal) AS n FROM cap_claims').first<{ n: number }>();
  expect(mark?.content.seal).toBeGreaterThanOrEqual(head?.n ?? Number.NaN);
});

test('a coaching session that has forgotten itself is closed like any other', async () => {
  const later = NOON + 7 * DAY;
  await coach('c', later, later, 'mentee-2');
  await runInDurableObject(sessionStub('c'), (_, { storage }) => storage.deleteAll());
  await close('c', later + 3 * MINUTE);
  expect((await claimsOf('c')).at(-1)).toEqual({ granted: 1, fixed: 1 });
  await coach('d', later - DAY, later + 5 * MINUTE);
  await sweepTo(later + 10 * MINUTE);
  expect(await outcomesOf('d')).toEqual(['CAPPED']);
});

test('a coaching session that claims nothing needs no end', async () => {
  await send([completion('g', { qaCalibrationScore: null }, NOON)], NOON + 30 * DAY);
  await eraseSession(env, keyOf('g'), NOON + 30 * DAY);
  expect(await outcomesOf('g')).not.toContain('ERASED');
});
