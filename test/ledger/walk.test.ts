import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import type { Row } from '../../src/kernel/change-set';
import {
  balanceOf,
  readAgentBalances,
  readAgentEntries,
  readEntries,
  readTransaction,
} from '../../src/ledger/entries/store';
import { readBody, readHead, readSealLines } from '../../src/ledger/seals/store';
import { walkNewest } from '../../src/ledger/store';
import { agent, award, journal, NOON, note, PROGRAM, UNIT } from './books';

const event = (id: string): Row => ({
  table: 'events',
  id,
  values: {
    source: 's',
    type: 'qa.score.updated',
    subject: null,
    occurred_at: NOON,
    received_at: NOON,
    signature: 'hmac-hex:1',
    body_hash: 'b',
    content_hash: 'c',
  },
  side: { content: '{}', salt: 's' },
});

const order: string[] = [];

beforeAll(async () => {
  const books = journal();
  for (let group = 0; group < 12; group += 1) {
    const sets = Array.from({ length: 100 }, (_, index) => {
      const name = `${group}-${index}`;
      const row = award(name, agent(`w${index % 7}`), 1 + group);
      order.unshift(row.id);
      return books.commit({ rows: [note(name), row] }, NOON + group);
    });
    await Promise.all(sets);
  }
});

test('a walk meets every row of a table once, newest first, in pages of any size', async () => {
  for (const limit of [1_000_000, 200, 37]) {
    const met: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof walkNewest>> = await walkNewest(
        env.DB,
        'entries',
        cursor,
        limit,
      );
      expect(page.ids.length).toBeLessThanOrEqual(limit);
      met.push(...page.ids.map(({ id }) => id));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== null && pages < 1_000);
    expect(met).toEqual(order);
  }
});

test('a walk over a table without rows ends', async () => {
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page: Awaited<ReturnType<typeof walkNewest>> = await walkNewest(
      env.DB,
      'config',
      cursor,
      50,
    );
    expect(page.ids).toEqual([]);
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor !== null && pages < 100);
  expect(pages).toBeLessThan(10);
  expect(await walkNewest(env.DB, 'config', 'nonsense', 50)).toEqual({ ids: [], nextCursor: null });
});

test('an agent holds the sum of its range, a programme its running row', async () => {
  const key = agent('w3');
  const account = `agent:${key}:points:Mentorship:none`;
  const expected = (await readEntries(env.DB, order))
    .filter(({ to }) => to === account)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  expect(await balanceOf(env.DB, account, UNIT)).toBe(expected);
  expect(await readAgentBalances(env.DB, key)).toEqual([{ account, unit: UNIT, amount: expected }]);
  const all = await Promise.all(
    Array.from({ length: 7 }, (_, index) =>
      balanceOf(env.DB, `agent:${agent(`w${index}`)}:points:Mentorship:none`, UNIT),
    ),
  );
  const sum = all.reduce((a, b) => a + b, 0n);
  expect(await balanceOf(env.DB, PROGRAM, UNIT)).toBe(-sum);
});

test("an agent's entries come in pages by key", async () => {
  const account = `agent:${agent('w2')}:points:Mentorship:none`;
  const whole = await readAgentEntries(env.DB, account, null, 1_000);
  const first = await readAgentEntries(env.DB, account, null, 100);
  const rest = await readAgentEntries(env.DB, account, first.at(-1)?.id ?? null, 1_000);
  expect([...first, ...rest]).toEqual(whole);
  expect(whole.length).toBeGreaterThan(150);
});

test('a transaction is found by the id of its first entry', async () => {
  const [id = ''] = order;
  expect((await readTransaction(env.DB, id)).map((entry) => entry.id)).toEqual([id]);
  expect(await readTransaction(env.DB, 'nosuch')).toEqual([]);
});

test('the raw body of an event is kept under its seal, in whatever month it was sealed', async () => {
  const books = journal();
  const later = NOON + 100 * 86_400_000;
  for (const [id, at] of [
    ['e1', NOON],
    ['e2', later],
    ['e3', later],
  ] as const) {
    const body = `{"n":"${id} \\"ü"}`;
    const answer = await books.commit({ rows: [event(id)], bodies: { [id]: body } }, at);
    if (answer.verdict !== 'committed') throw new Error('not committed');
    expect(await readBody(env.DB, id, answer.seal, NOON)).toBe(body);
    expect(await readBody(env.DB, 'other', answer.seal, NOON)).toBeNull();
  }
});

test('a body comes with the set that adds its event and with no other', async () => {
  const books = journal();
  const answers = await Promise.all([
    books.commit({ rows: [event('b1')], bodies: { b1: 'first' } }, NOON),
    books.commit({ rows: [event('b1'), note('n1')], bodies: { b1: 'second' } }, NOON),
  ]);
  const [first] = answers;
  if (first?.verdict !== 'committed') throw new Error('not committed');
  expect(await readBody(env.DB, 'b1', first.seal, NOON)).toBe('first');
});

test('seals come newest first and carry no contents', async () => {
  const lines = await readSealLines(env.DB, null, 5);
  const head = await readHead(env.DB);
  expect(lines[0]).toMatchObject({ number: head.number, hash: head.hash });
  expect(lines.map(({ number }) => head.number - number)).toEqual([0, 1, 2, 3, 4]);
  expect(lines[1]?.hash).toBe(lines[0]?.previous);
});
