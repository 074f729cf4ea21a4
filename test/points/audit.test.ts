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

test('a coaching session is found by the sender’s own id, an agent by the organisation’s', async () => {
  const { key } = await makeKey(['viewer', 'admin']);
  const list = (subject: string, more = '') =>
    call('GET', `/v1/audit?subject=${encodeURIComponent(subject)}${more}`, { key });
  for (const name of ['short', 'default/short']) {
    expect(itemsOf(await list(`coaching-session:${name}`)), name).toEqual([
      expect.objectContaining(FAILED),
    ]);
  }
  expect(itemsOf(await list('coaching-session:other/short'))).toEqual([]);
  const put = (body: object) => call('PUT', '/v1/agents/found-by-id', { key, body });
  await put({ name: 'One' });
  await put({ name: 'Two' });
  const written = itemsOf(await list('agent:found-by-id'));
  expect(written.map(({ action }) => action)).toEqual(['AGENT_WRITTEN', 'AGENT_WRITTEN']);
  const first = await list('agent:found-by-id', '&limit=1');
  const second = await list('agent:found-by-id', `&limit=1&cursor=${first.body.nextCursor}`);
  expect([...itemsOf(first), ...itemsOf(second)]).toEqual(written);
  expect(second.body.nextCursor).toBeNull();
  expect(itemsOf(await list('agent:nobody'))).toEqual([]);
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
