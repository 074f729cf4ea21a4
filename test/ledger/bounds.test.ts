import { expect, test } from 'vitest';
import { awardSet, count, journal, Network, NOON, note, verdicts, wrongIn } from './books';

const many = (length: number, name: string) =>
  Array.from({ length }, (_, index) => awardSet(`${name}-${index}`));

/** Holds every batch until it is opened. */
function shut(network: Network): () => void {
  let open = (): void => undefined;
  network.gate = new Promise((resolve) => {
    open = () => {
      network.gate = null;
      resolve();
    };
  });
  return () => open();
}

test('above a thousand waiting callers the journal answers busy with a time', async () => {
  const network = new Network();
  const books = journal(network);
  const open = shut(network);
  const calls = many(1_600, 'crowd').map((set) => books.commit(set, NOON));
  expect((await books.health(NOON)).waiting).toBe(1_000);
  open();
  const answers = await Promise.all(calls);
  expect(verdicts(answers)).toEqual({ committed: 1_000, busy: 600 });
  expect(answers.at(-1)).toEqual({ verdict: 'busy', retryAfterMs: 1_000 });
  expect(await count('entries')).toBe(1_000);
  expect(await wrongIn()).toBeNull();
});

test('above 8 MB that wait the journal answers busy', async () => {
  const network = new Network();
  const books = journal(network);
  const open = shut(network);
  const text = 'x'.repeat(400_000);
  const calls = Array.from({ length: 30 }, (_, index) =>
    books.commit({ rows: [note(`bulky-${index}`, text)] }, NOON),
  );
  open();
  expect(verdicts(await Promise.all(calls))).toEqual({ committed: 20, busy: 10 });
});

test('while D1 is away callers hear busy without a try, for 1, 2, 4 … 30 s, then all drains', async () => {
  const network = new Network();
  const books = journal(network);
  await books.commit(awardSet('before-the-outage'), NOON);
  network.forecast = () => 'lost-before';
  let now = NOON;
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const tried = await books.commit(awardSet('during'), now);
    const { batches } = network;
    const untried = await books.commit(awardSet('during'), now);
    expect(network.batches).toBe(batches);
    if (tried.verdict !== 'busy' || untried.verdict !== 'busy') throw new Error('not busy');
    expect(untried.retryAfterMs).toBe(tried.retryAfterMs);
    waits.push(tried.retryAfterMs);
    now += tried.retryAfterMs;
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(await books.health(NOON)).toMatchObject({
    status: 'late',
    reason: 'D1_AWAY',
    failures: 8,
  });

  // An hour of it: every caller is answered at once and few batches are tried.
  const { batches } = network;
  const hour = now + 3_600_000;
  for (; now < hour; now += 5_000) {
    const answers = await Promise.all(many(20, `hour-${now}`).map((set) => books.commit(set, now)));
    expect(verdicts(answers)).toEqual({ busy: 20 });
  }
  expect(network.batches - batches).toBeLessThanOrEqual(121);

  network.forecast = () => 'fine';
  now += 30_000;
  const sets = many(2_000, 'drain');
  let left = sets;
  for (let round = 0; left.length > 0 && round < 10; round += 1) {
    const answers = await Promise.all(left.map((set) => books.commit(set, now)));
    left = left.filter((_, index) => answers[index]?.verdict !== 'committed');
    now += 1_000;
  }
  expect(left).toEqual([]);
  expect(await books.health(NOON)).toMatchObject({
    status: 'ok',
    waiting: 0,
    waitingBytes: 0,
    failures: 0,
  });
  expect(await wrongIn()).toBeNull();
});

test('all who wait when D1 goes away hear busy', async () => {
  const network = new Network();
  const books = journal(network);
  const open = shut(network);
  network.forecast = () => 'lost-before';
  const calls = many(900, 'stranded').map((set) => books.commit(set, NOON));
  open();
  expect(verdicts(await Promise.all(calls))).toEqual({ busy: 900 });
  expect(network.batches).toBe(2);
});
