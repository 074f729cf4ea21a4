import { afterEach, expect, test } from 'vitest';
import {
  awardSet,
  count,
  journal,
  Memory,
  Network,
  NOON,
  note,
  rollBackTo,
  warm,
  wrongIn,
} from './books';

afterEach(async () => {
  expect(await wrongIn()).toBeNull();
});

test('the journal refuses to write until the gap is accepted', async () => {
  const network = new Network();
  const memory = new Memory();
  const books = await warm(network, memory);
  const kept = await books.commit(awardSet('kept'), NOON + 120_000);
  const lost = await books.commit(awardSet('lost-by-restore'), NOON + 540_000);
  if (kept.verdict !== 'committed' || lost.verdict !== 'committed') throw new Error('no seals');
  await rollBackTo(kept.seal);
  const writes = await count('seals');

  const refused = await books.commit(awardSet('after-restore'), NOON + 540_000);
  expect(refused).toEqual({ verdict: 'busy', retryAfterMs: 1_000 });
  expect(await books.health(NOON)).toMatchObject({
    status: 'stuck',
    reason: 'ROLLED_BACK',
    rolledBack: { expected: lost.seal, found: kept.seal },
  });

  // A journal that starts anew knows it from its own storage.
  const restarted = journal(network, memory);
  expect((await restarted.commit(awardSet('after-restart'), NOON + 550_000)).verdict).toBe('busy');
  expect(await count('seals')).toBe(writes);

  const accepted = await restarted.acceptRollback({ rows: [note('accepted')] }, NOON + 550_000);
  expect(accepted).toEqual({ verdict: 'committed', seal: kept.seal + 1 });
  expect((await restarted.health(NOON)).status).toBe('ok');
  expect((await restarted.commit(awardSet('lost-by-restore'), NOON + 551_000)).verdict).toBe(
    'committed',
  );
  // And so does the next one after it.
  const third = journal(network, memory);
  expect((await third.commit(awardSet('third'), NOON + 560_000)).verdict).toBe('committed');
});

test('an acceptance that was not committed accepts nothing', async () => {
  const network = new Network();
  const books = await warm(network);
  const last = await books.commit(awardSet('last'), NOON + 300_000);
  if (last.verdict !== 'committed') throw new Error('no seal');
  await rollBackTo(last.seal - 1);
  expect((await books.commit(awardSet('refused'), NOON + 300_000)).verdict).toBe('busy');
  network.forecast = () => 'lost-before';
  const answer = await books.acceptRollback({ rows: [note('unheard')] }, NOON + 310_000);
  expect(answer.verdict).toBe('busy');
  network.forecast = () => 'fine';
  expect((await books.commit(awardSet('refused'), NOON + 400_000)).verdict).toBe('busy');
  expect((await books.health(NOON)).status).toBe('stuck');
});

test('a restore is seen of seals that fell into five minutes, once somebody asked how it is', async () => {
  const [network, memory] = [new Network(), new Memory()];
  const books = await warm(network, memory);
  const kept = await books.commit(awardSet('kept-of-a-minute'), NOON + 200_000);
  const lost = await books.commit(awardSet('lost-of-a-minute'), NOON + 201_000);
  if (kept.verdict !== 'committed' || lost.verdict !== 'committed') throw new Error('no seals');
  expect((await books.health(NOON)).seal).toBe(lost.seal);
  const puts = memory.puts;
  await books.health(NOON);
  expect(memory.puts).toBe(puts);
  await rollBackTo(kept.seal);

  const restarted = journal(network, memory);
  expect((await restarted.commit(awardSet('after-it'), NOON + 202_000)).verdict).toBe('busy');
  expect(await restarted.health(NOON)).toMatchObject({
    status: 'stuck',
    rolledBack: { expected: lost.seal, found: kept.seal },
  });
  const accepted = await restarted.acceptRollback({ rows: [note('of-a-minute')] }, NOON + 203_000);
  expect(accepted).toEqual({ verdict: 'committed', seal: lost.seal });
});

test('the last seal is remembered at most once in five minutes', async () => {
  const memory = new Memory();
  const books = await warm(new Network(), memory);
  const start = NOON + 1_000_000;
  await books.commit(awardSet('first'), start);
  const puts = memory.puts;
  for (let second = 1; second < 300; second += 50) {
    await books.commit(awardSet(`second-${second}`), start + second * 1_000);
  }
  expect(memory.puts).toBe(puts);
  await books.commit(awardSet('second-300'), start + 300_000);
  expect(memory.puts).toBe(puts + 1);
});

test('a look that cannot keep the last seal fails, and the books are written on', async () => {
  const memory = new Memory();
  const books = journal(new Network(), memory);
  await books.commit(awardSet('busy-minute'), NOON);
  await books.commit(awardSet('busy-minute-too'), NOON + 1_000);
  const { put } = memory.kv;
  memory.kv.put = () => {
    throw new Error('database or disk is full: SQLITE_FULL');
  };
  await expect(books.health(NOON)).rejects.toThrow('SQLITE_FULL');
  expect((await books.commit(awardSet('after-it'), NOON + 2_000)).verdict).toBe('committed');
  memory.kv.put = put;
  expect((await books.health(NOON)).status).toBe('ok');
});
