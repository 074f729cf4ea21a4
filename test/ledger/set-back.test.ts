/** Seals under a clock that was set back: they follow it, and everything is still found and whole. */
import { expect, test } from 'vitest';
import { NO_SEAL, sealedAt } from '../../src/ledger/seals/seal';
import { readHead } from '../../src/ledger/seals/store';
import { readSealAt } from '../../src/ledger/store';
import { awardSet, Memory, Network, NOON, warm, wrongIn } from './books';

const DAY = 86_400_000;
const YEAR = 365 * DAY;

test.each([
  [NOON + 5, NOON + 5],
  [NOON - 5, NOON],
  [NOON - DAY, NOON],
  [NOON - DAY - 1, NOON - DAY - 1],
])('after a seal of noon one asked for at %i is of %i', (now, at) => {
  expect(sealedAt(now, { ...NO_SEAL, at: NOON })).toBe(at);
});

test('seals follow a clock that was set back by a year; the chain is whole', async () => {
  const memory = new Memory();
  const books = await warm(new Network(), memory);
  const setUp = 8;
  for (let nth = 0; nth < setUp; nth += 1) await books.commit(awardSet(`real-${nth}`), NOON + nth);
  const last = await readHead(new Network().db);
  for (let nth = 0; nth < 3; nth += 1) {
    await books.commit(awardSet(`set-${nth}`), NOON - YEAR + nth * DAY);
  }
  const head = await readHead(new Network().db);
  expect(head).toMatchObject({ number: last.number + 3, at: NOON - YEAR + 2 * DAY });
  expect([...memory.values.values()]).toMatchObject([{ number: head.number }]);
  expect(await wrongIn()).toBeNull();
});

test('the seal of an instant is the last one at or before it on both sides of a set clock', async () => {
  const { db } = new Network();
  const { number } = await readHead(db);
  expect(await readSealAt(db, NOON - 2 * YEAR)).toBe(0);
  expect(await readSealAt(db, NOON - YEAR)).toBe(number - 2);
  expect(await readSealAt(db, NOON - YEAR + DAY + 5)).toBe(number - 1);
  expect(await readSealAt(db, NOON - DAY)).toBe(number);
});
