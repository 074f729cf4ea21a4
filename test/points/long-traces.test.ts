import { env } from 'cloudflare:workers';
import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { pokeSession } from '../../src/points/coaching/client';
import { readDecisions } from '../../src/points/coaching/store';
import { ruleSchema } from '../../src/points/rules/rule';
import { completion, keyOf, openBooks, send } from './world';

const NOW = Date.UTC(2100, 0, 4);

beforeAll(async () => {
  await openBooks();
  for (let rule = 0; rule < 4; rule += 1) {
    const content = ruleSchema.parse({
      name: `lists ${rule}`,
      evaluationOrder: 1,
      conditions: Array.from({ length: 22 }, () => ({
        field: 'mentorId',
        operator: 'IN',
        value: Array.from({ length: 100 }, () => randomBytes(75).toString('base64')),
      })),
      actions: [
        { type: 'AWARD_POINTS', points: 1, pointCategory: 'Other', recipientType: 'MENTOR' },
      ],
    });
    // Each fits into the body of POST /v1/rules.
    expect(JSON.stringify(content).length).toBeLessThan(256 * 1024);
    const version = {
      kind: 'rule',
      name: `lists${rule}`,
      version: 1,
      effectiveFrom: null,
      writtenAt: 0,
    };
    const answer = await commit(
      env,
      { rows: [configRow({ ...version, author: 'a', content }, 'salt')] },
      NOW,
    );
    expect(answer.verdict).toBe('committed');
  }
});

test('rules of long lists stop no coaching session from settling', async () => {
  await send([completion('one', {}, NOW)], NOW);
  await pokeSession(env, keyOf('one'), NOW + 120_000);
  expect((await readDecisions(env.DB, keyOf('one'))).map(({ outcome }) => outcome)).toEqual([
    'AWARDED',
  ]);
});
