import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  addBuckets,
  type Book,
  type Bucket,
  eligibleAt,
  emptyBook,
  nextTurn,
  prune,
  setTimelines,
  takeIn,
  timelineOf,
} from '../../src/boards/book';
import { printExact, roundScore, type Scoring, weightsOf } from '../../src/boards/score';
import { fromSnapshot, toSnapshot } from '../../src/boards/snapshot';
import { decide, exactOf, orderOf, stillHolds, undecided } from '../../src/boards/standing';

const TODAY = 22_000;
const SCORING: Scoring = { fromDay: TODAY - 29, today: TODAY, ratePercent: '1.5', minimum: 0 };
const nameOf = (day: number): string =>
  new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');

const bookOf = (buckets: readonly Bucket[]): Book => {
  const book = emptyBook('shape', TODAY - 29, { seal: 1, sealHash: 'h' });
  addBuckets(book, buckets);
  const keys = [...book.holders.keys()];
  setTimelines(book, new Map(keys.map((key) => [key, [-1, 1]])));
  return book;
};

const bucket = fc.record({
  agentKey: fc.nat(12).map((n) => `agent-${String(n).padStart(2, '0')}`),
  age: fc.nat(31),
  at: fc.nat(3),
  // Sums that differ by a part in 10^15, and ties of decay.
  amount: fc.constantFrom(1, 9e14, 9e14 + 1, 9e14 - 1, 1_970_000, 2_000_000, 500_000, -1, -500_000),
});

it('what doubles cannot tell apart is ranked exactly', () => {
  fc.assert(
    fc.property(fc.array(bucket, { maxLength: 40 }), (drawn) => {
      const days = new Map(drawn.map((one) => [`${one.agentKey} ${one.age}`, one]));
      const buckets = [...days.values()].map(({ agentKey, age, at, amount }) => ({
        agentKey,
        day: nameOf(TODAY - age + 1),
        at,
        amount,
        count: 1,
      }));
      const order = orderOf(bookOf(buckets), SCORING, 0, null);
      const wanted = plain([...days.values()]);
      decide(order, { offset: 0, limit: 100 }, new Map());
      expect(order.standings.map(({ holder, rank }) => [holder.agentKey, rank])).toEqual(
        wanted.map(({ agentKey, rank }) => [agentKey, rank]),
      );
    }),
    { numRuns: 500 },
  );
});

/** Fractions over 200^40, one plain sort. An age of −1 is tomorrow's. */
function plain(drawn: readonly { agentKey: string; age: number; at: number; amount: number }[]) {
  const scores = new Map<string, { agentKey: string; sum: bigint; at: number }>();
  for (const { agentKey, age: shifted, at, amount } of drawn) {
    const age = shifted - 1;
    if (age < 0 || age > 29) continue;
    const one = scores.get(agentKey) ?? { agentKey, sum: 0n, at: 0 };
    one.sum += BigInt(amount) * 197n ** BigInt(age) * 200n ** BigInt(40 - age);
    if (amount > 0) one.at = Math.max(one.at, at);
    scores.set(agentKey, one);
  }
  const all = [...scores.values()].filter(({ sum }) => sum > 0n);
  all.sort((a, b) =>
    a.sum === b.sum ? a.at - b.at || (a.agentKey < b.agentKey ? -1 : 1) : a.sum > b.sum ? -1 : 1,
  );
  return all.map(({ agentKey, sum }) => ({
    agentKey,
    rank: 1 + all.filter((other) => other.sum > sum).length,
  }));
}

it('a year of the finest rate still prints every digit', () => {
  const scoring = { fromDay: TODAY - 365, today: TODAY, ratePercent: '0.0001', minimum: 0 };
  const weights = weightsOf(scoring);
  const book = bookOf([
    { agentKey: 'a', day: nameOf(TODAY - 365), at: 1, amount: 10_000, count: 1 },
  ]);
  const holder = book.holders.get('a');
  if (holder === undefined) throw new Error('a holder');
  const text = printExact(exactOf(holder, weights), weights);
  const wanted = (999_999n ** 365n)
    .toString()
    .padStart(365 * 6, '0')
    .replace(/0+$/, '');
  expect(text).toBe(`0.${wanted}`);
  expect(roundScore(exactOf(holder, weights), weights)).toBe(9996n);
});

it('decay stops at the minimum, and raises nothing that was worth less', () => {
  const scoring = { ...SCORING, ratePercent: '50', minimum: 100_000 };
  const weights = weightsOf(scoring);
  const scoreOf = (amount: number, age: number, count: number): string => {
    const book = bookOf([{ agentKey: 'a', day: nameOf(TODAY - age), at: 1, amount, count }]);
    const holder = book.holders.get('a');
    return holder === undefined ? '' : printExact(exactOf(holder, weights), weights);
  };
  expect(scoreOf(500_000, 1, 1)).toBe('25');
  expect(scoreOf(500_000, 9, 2)).toBe('20');
  expect(scoreOf(30_000, 9, 3)).toBe('9');
});

it('agents with equal score and instant stand by their ids, the erased last', () => {
  const same = (agentKey: string) => ({
    agentKey,
    day: nameOf(TODAY),
    at: 5,
    amount: 10_000,
    count: 1,
  });
  const book = bookOf(['k1', 'k2', 'k3', 'k4'].map(same));
  const order = orderOf(book, SCORING, 0, null);
  expect(undecided(order, 3, 1)).toEqual(['k1', 'k2', 'k3', 'k4']);
  decide(
    order,
    { offset: 3, limit: 1 },
    new Map([
      ['k1', 'zoe'],
      ['k2', 'amy'],
      ['k4', 'bea'],
    ]),
  );
  expect(order.standings.map(({ holder, rank }) => [holder.agentKey, rank])).toEqual([
    ['k2', 1],
    ['k4', 1],
    ['k1', 1],
    ['k3', 1],
  ]);
});

it('eligibility follows the version in force, not the one written last', () => {
  const shape = { category: 'c', groups: ['Mentors'], status: 'ACTIVE', perAward: false } as const;
  const agent = (status: 'ACTIVE' | 'LEFT', groups: string[]) => ({
    agentId: 'a',
    name: null,
    status,
    groups,
    attributes: {},
    platformIds: {},
    employeeId: null,
  });
  const timeline = timelineOf(
    [
      { effectiveFrom: null, content: agent('ACTIVE', ['Mentors', 'Others']) },
      { effectiveFrom: 100, content: agent('ACTIVE', ['Mentors']) },
      { effectiveFrom: 300, content: agent('LEFT', ['Mentors']) },
      { effectiveFrom: 200, content: agent('ACTIVE', ['Others']) },
      { effectiveFrom: 400, content: null },
    ],
    shape,
  );
  expect([0, 199, 200, 299, 300, 400].map((at) => eligibleAt(timeline, at))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(nextTurn(timeline, 0)).toBe(200);
  expect(eligibleAt([], 5)).toBe(false);
});

it('an order holds until something moves or somebody’s time has come', () => {
  const book = bookOf([{ agentKey: 'a', day: nameOf(TODAY), at: 1, amount: 1, count: 1 }]);
  setTimelines(book, new Map([['a', [-1, 1, 50, 0]]]));
  const order = orderOf(book, SCORING, 10, null);
  expect(stillHolds(order, book, SCORING, 49)).toBe(true);
  expect(stillHolds(order, book, SCORING, 50)).toBe(false);
  expect(stillHolds(order, book, { ...SCORING, today: TODAY + 1 }, 49)).toBe(false);
  const to = { seal: 2, sealHash: 'i' };
  takeIn(book, { buckets: [`a.${nameOf(TODAY)}`], contents: [], timelines: new Map() }, to);
  expect(stillHolds(order, book, SCORING, 49)).toBe(false);
  expect(order.standings).toHaveLength(1);
  expect(orderOf(book, SCORING, 10, order).standings).toEqual([]);
});

it('a snapshot is the book, in parts that fit a value of storage', () => {
  const buckets = Array.from({ length: 60_000 }, (_, n) => ({
    agentKey: `agent-${n % 3000}`,
    day: nameOf(TODAY - Math.floor(n / 3000)),
    at: n,
    amount: n + 1,
    count: 1,
  }));
  const book = bookOf(buckets);
  const { head, parts } = toSnapshot(book);
  expect(parts.length).toBeGreaterThan(1);
  for (const part of parts) expect(part.lots.byteLength).toBeLessThan(1_500_000);
  const back = fromSnapshot(head, structuredClone(parts));
  expect(back?.holders).toEqual(book.holders);
  expect(fromSnapshot(head, parts.slice(1))).toBeNull();
  expect(fromSnapshot(head, [undefined])).toBeNull();
  prune(book, TODAY);
  expect(book.holders.get('agent-0')?.lots).toHaveLength(4);
});
