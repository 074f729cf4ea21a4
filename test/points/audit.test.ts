import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { pokeSession } from '../../src/points/coaching/client';
import { send as call, itemsOf, makeKey } from '../http/caller';
import { MINUTE } from './build';
import { completion, keyOf, openBooks, send } from './world';

const NOW = Date.UTC(2100, 0, 4);

beforeAll(async () => {
  await openBooks();
  await send([completion('short', { sessionDurationSeconds: 899 }, NOW)], NOW);
  await pokeSession(env, keyOf('short'), NOW + 2 * MINUTE);
});

const FAILED = {
  action: 'RULE_EVALUATION_FAILED',
  subject: `coaching-session:${keyOf('short')}`,
  actor: 'engine',
  detail: {
    settlement: 1,
    gates: [
      {
        rule: 'rule/award/1',
        field: 'sessionDurationSeconds',
        operator: 'GREATER_THAN_OR_EQUALS',
        expected: 900,
        actual: 899,
      },
    ],
    postings: [],
  },
};

test('a failed gate stands in the audit log with gate, expected and actual (M2)', async () => {
  const { key } = await makeKey(['viewer']);
  expect(itemsOf(await call('GET', '/v1/audit', { key }))).toContainEqual(
    expect.objectContaining(FAILED),
  );
});

test('a coaching session’s decisions are listed by their subject', async () => {
  const path = `/v1/audit?subject=${encodeURIComponent(FAILED.subject)}`;
  const { key } = await makeKey(['viewer']);
  expect(itemsOf(await call('GET', path, { key }))).toEqual([expect.objectContaining(FAILED)]);
});

test('a coaching session that gathers is not yet there, and its 404 says why', async () => {
  await send([completion('gathers', {}, NOW)], NOW);
  const { key } = await makeKey(['viewer']);
  const path = '/v1/coaching-sessions/gathers';
  const heard = await call('GET', path, { key });
  expect([heard.status, heard.body.detail]).toEqual([
    404,
    'there is no settlement of coaching session gathers yet: its events gather for lockSeconds first, until 2100-01-04T00:01:00.000Z',
  ]);
  await pokeSession(env, keyOf('gathers'), NOW + 2 * MINUTE);
  expect((await call('GET', path, { key })).status).toBe(200);
  const unknown = await call('GET', '/v1/coaching-sessions/unheard-of', { key });
  expect([unknown.status, unknown.body.detail]).toEqual([
    404,
    'there is no coaching session unheard-of',
  ]);
});
