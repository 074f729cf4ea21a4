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
