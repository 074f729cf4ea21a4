import { env } from 'cloudflare:workers';
import { afterEach, expect, test } from 'vitest';
import type { ChangeSet } from '../../src/kernel/change-set';
import {
  agent,
  award,
  awardSet,
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

test('a set sent again writes no row and names the seal of its first row', async () => {
  const network = new Network();
  const books = await warm(network);
  const set = { rows: [award('again'), note('again')] };
  const first = await books.commit(set, NOON);
  const rows = network.rowsWritten;
  await books.commit(awardSet('between'), NOON);
  const between = network.rowsWritten - rows;
  expect(await books.commit({ ...set, resent: true }, NOON)).toEqual(first);
  expect(await books.commit(set, NOON)).toEqual(first);
  expect(network.rowsWritten - rows).toBe(between);
  expect(between).toBe(3);
});

test('a set sent again is committed although its guards hold no longer', async () => {
  const books = await warm();
  const id = setting('guarded', 1).id;
  const set: ChangeSet = {
    rows: [setting('guarded', 1)],
    guards: [{ kind: 'absent', table: 'config', id }],
  };
  const first = await books.commit(set, NOON);
  expect(first.verdict).toBe('committed');
  expect(await books.commit(set, NOON)).toEqual(first);
});

test('the same id with other content is a conflict that names the rows', async () => {
  const books = await warm();
  await books.commit(awardSet('clash'), NOON);
  const answer = await books.commit(
    { rows: [award('clash', agent('a'), 7), note('beside-clash')] },
    NOON,
  );
  expect(answer).toEqual({
    verdict: 'conflict',
    rows: [{ table: 'entries', id: award('clash').id }],
  });
});

test('one of two contents under one id in one group is committed, the other a conflict', async () => {
  const books = await warm();
  const answers = await Promise.all([
    books.commit(awardSet('either', agent('a'), 1), NOON),
    books.commit(awardSet('either', agent('a'), 2), NOON),
    books.commit(awardSet('either', agent('a'), 1), NOON),
  ]);
  expect(answers.map(({ verdict }) => verdict)).toEqual(['committed', 'conflict', 'committed']);
});

test('only what is new of a set is written', async () => {
  const network = new Network();
  const books = await warm(network);
  await books.commit({ rows: [note('shared')] }, NOON);
  const rows = network.rowsWritten;
  const answer = await books.commit({ rows: [note('shared'), note('own')] }, NOON);
  expect(answer.verdict).toBe('committed');
  expect(network.rowsWritten - rows).toBe(2);
});

test('a side column that was emptied does not make a set a conflict', async () => {
  const books = await warm();
  const row = note('erased');
  const first = await books.commit({ rows: [row] }, NOON);
  await env.DB.prepare('UPDATE audit SET actor = NULL, detail = NULL, salt = NULL WHERE id = ?')
    .bind(row.id)
    .run();
  expect(await books.commit({ rows: [row], resent: true }, NOON)).toEqual(first);
});

test('of twenty that want the same version one gets it', async () => {
  const books = await warm();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      books.commit(
        {
          rows: [note(`wants-${index}`)],
          guards: [
            { kind: 'absent', table: 'audit', id: note('wants-0').id },
            { kind: 'present', table: 'entries', id: award('clash').id },
          ],
        },
        NOON,
      ),
    ),
  );
  expect(verdicts(answers)).toEqual({ committed: 1, refused: 19 });
});

test('a balance never falls below what a guard demands, however many draw at once', async () => {
  const books = await warm();
  const pool = 'pool:TEST';
  const move = (cause: string, from: string, to: string, amount: number): ChangeSet => ({
    rows: [
      {
        ...award(cause),
        id: `_pool.20240915.${cause}`,
        values: {
          ...award(cause).values,
          tx: `_pool.20240915.${cause}`,
          from_account: from,
          to_account: to,
          amount,
        },
      },
    ],
  });
  await books.commit(move('fund', 'funding:TEST', pool, 1_000), NOON);
  const draws = await Promise.all(
    Array.from({ length: 15 }, (_, index) =>
      books.commit(
        {
          ...move(`draw-${index}`, pool, 'suspense:TEST', 100),
          guards: [{ kind: 'least', account: pool, unit: 'POINTS/Mentorship', amount: 0 }],
        },
        NOON,
      ),
    ),
  );
  expect(verdicts(draws)).toEqual({ committed: 10, refused: 5 });
});
