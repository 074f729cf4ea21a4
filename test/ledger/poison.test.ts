import { env } from 'cloudflare:workers';
import { afterEach, expect, test } from 'vitest';
import type { ChangeSet, CommitAnswer } from '../../src/kernel/change-set';
import {
  agent,
  award,
  awardSet,
  count,
  Network,
  NOON,
  note,
  setting,
  verdicts,
  warm,
  wrongIn,
} from './books';

afterEach(async () => {
  expect(await wrongIn()).toBeNull();
});

test('two guilty sets among 64 are rejected and audited, 62 commit', async () => {
  const network = new Network();
  const books = await warm(network);
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, index): Promise<CommitAnswer> => {
      if (index === 17) return books.commit({ rows: [setting('poison', 0)] }, NOON);
      if (index === 40) {
        return books.commit(awardSet('too-much', agent('p'), Number.MAX_SAFE_INTEGER), NOON);
      }
      return books.commit(awardSet(`beside-poison-${index}`, agent('p')), NOON);
    }),
  );
  expect(verdicts(answers)).toEqual({ committed: 62, rejected: 2 });
  expect(answers[17]?.verdict).toBe('rejected');
  expect(answers[40]?.verdict).toBe('rejected');
  await books.commit(awardSet('after-poison'), NOON);
  const audited = await env.DB.prepare(
    "SELECT count(*) AS n FROM audit WHERE action = 'JOURNAL_REJECTED'",
  ).first('n');
  expect(audited).toBe(2);
  const health = await books.health(NOON);
  expect(health.status).toBe('parked');
  expect(health.rejected.map(({ table }) => table)).toEqual(['config', 'entries']);
});

test('a guilty set sent again is rejected again and audited once', async () => {
  const books = await warm();
  const before = await count('audit');
  for (let time = 0; time < 3; time += 1) {
    const answer = await books.commit({ rows: [setting('venom', 0)] }, NOON + time);
    expect(answer.verdict).toBe('rejected');
  }
  await books.commit(awardSet('after-venom'), NOON);
  expect(await count('audit')).toBe(before + 1);
});

test('values of the wrong type, unknown columns and tables never reach a group', async () => {
  const network = new Network();
  const books = await warm(network);
  const writes = network.writes;
  const bad: ChangeSet[] = [
    { rows: [{ ...award('t1'), values: { ...award('t1').values, amount: '12' } }] },
    { rows: [{ ...note('t2'), values: { ...note('t2').values, at: '12' } }] },
    { rows: [{ ...note('t3'), values: { ...note('t3').values, extra: 1 } }] },
    { rows: [{ ...note('t4'), table: 'seals' }] },
    { rows: [{ ...award('t5'), id: 'somebody-else.20240915.x' }] },
    { rows: [note('t6')], guards: [{ kind: 'present', table: 'nosuch', id: 'x' }] },
    { rows: [{ ...note('t7'), side: { actor: '\ud800' } }] },
    { rows: [] },
  ];
  const answers = await Promise.all(bad.map((set) => books.commit(set, NOON)));
  expect(verdicts(answers)).toEqual({ rejected: bad.length });
  await books.commit(awardSet('after-bad'), NOON);
  // Only what audits the rejections, and the last award.
  expect(network.writes - writes).toBeLessThanOrEqual(bad.length + 1);
});
