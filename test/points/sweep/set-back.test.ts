/** A sandbox in which something was written in real time before its clock was set to the past. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { eventRow } from '../../../src/events/event';
import { commit } from '../../../src/ledger/client';
import { configRow } from '../../../src/ledger/config';
import { pokeSession } from '../../../src/points/coaching/client';
import { readDecisions } from '../../../src/points/coaching/store';
import { keepMentorings } from '../../../src/points/mentoring/jobs';
import { sweepCoachingSessions } from '../../../src/points/sweep/jobs';
import { completion, keyOf, openBooks, send, sessionStub } from '../world';

const DAY = 86_400_000;
const REAL = Date.UTC(2110, 0, 4);
const SET = Date.UTC(2100, 0, 4);

beforeAll(async () => {
  await openBooks();
  const version = { kind: 'note', name: 'n', version: 1, effectiveFrom: null, writtenAt: REAL };
  await commit(env, { rows: [configRow({ ...version, author: 'a', content: {} }, 'salt')] }, REAL);
});

test('after the clock was first set to the past the mentoring list is kept', async () => {
  // Too short for an award: one that brings an entry needs no list.
  await send([completion('one', { sessionDurationSeconds: 60 }, SET)], SET);
  await pokeSession(env, keyOf('one'), SET + 2 * 60_000);
  expect(await readDecisions(env.DB, keyOf('one'))).toHaveLength(1);
  await keepMentorings(env, SET + DAY);
  const row = await env.DB.prepare('SELECT count(*) AS n FROM mentorings').first<{ n: number }>();
  expect(row?.n).toBe(1);
});

test('after the clock was first set to the past the net finds a lost alarm', async () => {
  const [lost] = await send([completion('two', {}, SET)], SET);
  await runInDurableObject(sessionStub('two'), (_, state) => state.storage.deleteAlarm());
  if (lost !== undefined) await commit(env, { rows: [eventRow(lost.kept)] }, SET);
  await sweepCoachingSessions(env, SET + 2 * DAY);
  expect(await readDecisions(env.DB, keyOf('two'))).toHaveLength(1);
});
