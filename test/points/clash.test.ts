/**
 * Events whose id D1 holds for somebody else: the coaching session learns of it when it settles,
 * after it has accepted them. The first stands, and nothing of the second is lost (DEC-23).
 */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Arrival, keep } from '../../src/events/event';
import { CLASH, quarantinedEventRow } from '../../src/events/quarantine';
import { commit } from '../../src/ledger/client';
import { pokeSession } from '../../src/points/coaching/client';
import { readDecisions } from '../../src/points/coaching/store';
import {
  completed,
  countRows,
  created,
  deliver,
  hire as hireAtDoor,
  putSource,
  until,
} from '../intake/sender';
import { DAY, MINUTE } from './build';
import { completion, keyOf, openBooks, send, sessionStub } from './world';

/** Far enough ahead that no real alarm interferes with what the test pokes by hand. */
const NOW = Date.UTC(2100, 0, 4);
const poke = (id: string, now: number): Promise<void> => pokeSession(env, keyOf(id), now);

const stateOf = (id: string): Promise<unknown> =>
  runInDurableObject(sessionStub(id), (_, state) => state.storage.kv.get('state'));

const alarmOf = (id: string): Promise<number | null> =>
  runInDurableObject(sessionStub(id), (_, state) => state.storage.getAlarm());

/** What is quarantined as a conflict under an event id of the sender. */
async function clashesOf(eventId: string): Promise<{ body: string; reason: string }[]> {
  const { results } = await env.DB.prepare(
    `SELECT body, reason FROM quarantine WHERE detail ->> 'eventId' = ?1 AND reason = 'CONFLICT'`,
  )
    .bind(eventId)
    .all<{ body: string; reason: string }>();
  return results;
}

const audited = async (eventId: string): Promise<number> => {
  const row = await env.DB.prepare(
    `SELECT count(*) AS n FROM audit
     WHERE action = 'EVENT_CONFLICT' AND detail ->> 'eventId' = ?1 AND detail ->> 'session' IS NOT NULL`,
  )
    .bind(eventId)
    .first<{ n: number }>();
  return row?.n ?? 0;
};

/** A completion that a first coaching session has in D1, as it comes for a second one. */
async function stolen(first: string, second: string, note: string): Promise<Arrival> {
  const own = completion(first, {}, NOW);
  await send([own], NOW);
  await poke(first, NOW + 2 * MINUTE);
  const data = { ...own.event.data, coachingSessionId: second, note };
  const event = { ...own.event, data };
  return { ...own, event, body: JSON.stringify(event), bodyHash: `${second}-hash` };
}

beforeAll(async () => {
  await openBooks();
  await hireAtDoor('mentor-2', 'mentee-2');
  await putSource('lms');
});

describe('an event that was accepted and whose id is taken', () => {
  test('by a creation of the same source is quarantined whole when the lock window ends', async () => {
    await deliver('lms', created('both', { coachingSessionId: 'one' }));
    await until(async () => (await countRows('events', "source = 'lms'")) > 0);
    const body = JSON.stringify(
      completed('both', {
        occurredAt: new Date().toISOString(),
        coachingSessionId: 'one',
        mentorId: 'mentor-2',
        menteeId: 'mentee-2',
        note: 'long '.repeat(1000),
      }),
    );
    expect((await deliver('lms', body)).body.status).toBe('accepted');
    for (const minutes of [2, 4]) await poke('one', Date.now() + minutes * MINUTE);
    expect(await clashesOf('both')).toEqual([{ body, reason: 'CONFLICT' }]);
    expect(await audited('both')).toBe(1);
    expect((await deliver('lms', body)).body.status).toBe('duplicate');
    expect(await readDecisions(env.DB, keyOf('one'))).toEqual([]);
  });

  test('by another coaching session is quarantined whole, once, and awards nothing', async () => {
    const theft = await stolen('owner', 'thief', 'not lost');
    expect(await send([theft], NOW)).toMatchObject([{ verdict: 'accepted' }]);
    for (const minutes of [2, 4, 6]) await poke('thief', NOW + minutes * MINUTE);
    expect(await clashesOf('completed-owner')).toEqual([{ body: theft.body, reason: 'CONFLICT' }]);
    expect(await audited('completed-owner')).toBe(1);
    expect(await readDecisions(env.DB, keyOf('thief'))).toEqual([]);
  });

  test('has a coaching session that holds nothing else forget itself by its own alarm', async () => {
    await send([await stolen('kept', 'passing', 'passing')], NOW);
    await poke('passing', NOW + 2 * MINUTE);
    expect(await alarmOf('passing')).toBe(NOW + 4 * DAY);
    await poke('passing', NOW + 4 * DAY);
    expect(await stateOf('passing')).toBeUndefined();
    expect(await clashesOf('completed-kept')).toHaveLength(1);
  });

  test('stops nothing where its quarantined body stands already from another time', async () => {
    const theft = await stolen('early', 'late', 'twice');
    const kept = keep(theft, { receivedAt: NOW - 1, subject: keyOf('late'), salt: 'before' });
    const row = quarantinedEventRow(kept, theft.body, CLASH);
    expect(await commit(env, { rows: [row] }, NOW)).toMatchObject({ verdict: 'committed' });
    await send([theft, completion('late', {}, NOW)], NOW);
    await poke('late', NOW + 2 * MINUTE);
    expect(await clashesOf('completed-early')).toHaveLength(1);
    expect(await audited('completed-early')).toBe(1);
    const decisions = await readDecisions(env.DB, keyOf('late'));
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['AWARDED']);
  });
});
