import { expect, test } from 'vitest';
import { JournalLoop } from '../../src/ledger/loop';
import { portOf } from '../../src/ledger/object';
import {
  agent,
  aTurn,
  awardSet,
  journal,
  Memory,
  Network,
  NOON,
  TABLES,
  verdicts,
  wrongIn,
} from './books';

/** So many committers, each sending its next set when the last one was answered. */
async function closedLoop(
  name: string,
  committers: number,
  rounds: number,
  limits?: { rows: number; bytes: number },
): Promise<{ readonly writes: number; readonly ms: number }> {
  const network = new Network();
  const books = journal(network, new Memory(), limits);
  await books.commit(awardSet(`${name}-warm`), NOON);
  const { writes } = network;
  network.delayMs = 10;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: committers }, async (_, committer) => {
      for (let round = 0; round < rounds; round += 1) {
        const set = awardSet(`${name}-${committer}-${round}`, agent(`c${committer}`));
        const answer = await books.commit(set, NOON);
        expect(answer.verdict).toBe('committed');
      }
    }),
  );
  return { writes: network.writes - writes, ms: performance.now() - start };
}

test('500 sets at once are fewer than 100 groups and cost a row each and two a group', async () => {
  const network = new Network();
  const books = journal(network);
  await books.commit(awardSet('first'), NOON);
  const { writes, rowsWritten } = network;
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, index) => books.commit(awardSet(`at-once-${index}`), NOON)),
  );
  expect(verdicts(answers)).toEqual({ committed: 500 });
  const groups = network.writes - writes;
  expect(groups).toBeLessThan(100);
  expect(network.rowsWritten - rowsWritten).toBe(500 + 2 * groups);
});

test('a lone award writes three rows, a duplicate none', async () => {
  const network = new Network();
  const books = journal(network);
  await books.commit(awardSet('alone'), NOON);
  expect(network.rowsWritten).toBe(3);
  await books.commit(awardSet('alone'), NOON);
  expect(network.rowsWritten).toBe(3);
});

test('with 64 committers and a D1 10 ms away groups need a twentieth of the batches', async () => {
  const rounds = 4;
  const grouped = await closedLoop('grouped', 64, rounds);
  const single = await closedLoop('single', 64, rounds, { rows: 1, bytes: 1 });
  expect(single.writes).toBe(64 * rounds);
  expect(single.writes / grouped.writes).toBeGreaterThanOrEqual(20);
  console.log(
    `64 committers, D1 10 ms late: ${grouped.writes} batches in ${grouped.ms} ms with groups, ` +
      `${single.writes} in ${single.ms} ms with groups of one`,
  );
  expect(await wrongIn()).toBeNull();
});

test('committers that are a turn away from the journal share one group all the same', async () => {
  const [network, memory] = [new Network(), new Memory()];
  network.delayMs = 10;
  let [left, under] = [64 * 6, 0];
  // The moment that the journal waits is long enough for those who were told to ask again.
  const linger = async (): Promise<void> => {
    do await aTurn();
    while (under < Math.min(64, left));
  };
  const port = { ...portOf(() => network.db, memory.kv), linger };
  const books = new JournalLoop(port, TABLES);
  const committer = async (_: unknown, own: number): Promise<void> => {
    for (let round = 0; round < 6; round += 1) {
      await aTurn();
      under += 1;
      await books.commit(awardSet(`away-${own}-${round}`, agent(`c${own}`)), NOON);
      [left, under] = [left - 1, under - 1];
    }
  };
  await Promise.all(Array.from({ length: 64 }, committer));
  // The first group holds one; two halves that took turns would need twice as many.
  expect(network.writes).toBeLessThanOrEqual(8);
});
