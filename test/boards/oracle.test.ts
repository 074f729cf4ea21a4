import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BoardVersion, boardSchema } from '../../src/boards/board';
import { askOf, readStandings } from '../../src/boards/client';
import { readBuckets } from '../../src/boards/store';
import { commit } from '../../src/ledger/client';
import { expected, isExactly, type Ruling } from './oracle';
import { DAY, keyOf, must, type Post, people, personRow, postRow } from './stage';

const START = Date.UTC(2032, 0, 10);
const AGENTS = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];
const ZONE = { timeZone: 'Etc/UTC', weekStart: 'MONDAY' } as const;

interface Coaching {
  readonly agent: number;
  readonly day: number;
  readonly minute: number;
  /** What it is worth after each settlement, in points; 0 is taken back whole. */
  readonly worth: readonly number[];
}

const coaching: fc.Arbitrary<Coaching> = fc.record({
  agent: fc.nat(AGENTS.length - 1),
  day: fc.nat(40),
  minute: fc.nat(3),
  worth: fc.array(fc.constantFrom(0, 40, 50, 75, 197, 200, 0.0001), {
    minLength: 1,
    maxLength: 4,
  }),
});

const history = fc.record({
  coachings: fc.array(coaching, { minLength: 1, maxLength: 25 }),
  /** Where each settlement goes among all of them. */
  order: fc.array(fc.nat(), { minLength: 100, maxLength: 100 }),
  rate: fc.constantFrom('1.5', '0.25', '50', '100', null),
  minimum: fc.constantFrom(0, 0, 45, 0.00005),
  days: fc.constantFrom(1, 7, 30),
  /** Days on which somebody looks, some of them after the object was put away. */
  looks: fc.array(fc.record({ day: fc.nat(70), evicted: fc.boolean() }), {
    minLength: 2,
    maxLength: 4,
  }),
  members: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
});

/** Every settlement of every coaching, shuffled, each coaching's own in order. */
function settlements(
  { coachings, order }: { readonly coachings: readonly Coaching[]; readonly order: number[] },
  category: string,
): Post[] {
  const queues = coachings.map((one, index) => postsOf(one, `${category}-${index}`, category));
  const all: Post[] = [];
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn += 1) {
    const open = queues.filter((queue) => queue.length > 0);
    const next = open[(order[turn % order.length] ?? 0) % open.length]?.shift();
    if (next !== undefined) all.push(next);
  }
  return all;
}

function postsOf({ agent, day, minute, worth }: Coaching, session: string, category: string) {
  let before = 0;
  return worth.flatMap((points, index): Post[] => {
    const change = (Math.round(points * 10_000) - Math.round(before * 10_000)) / 10_000;
    const reverses = before === 0 ? null : 'earlier';
    before = points;
    if (change === 0) return [];
    const at = START + day * DAY + minute * 60_000;
    const agentId = AGENTS[agent] ?? '';
    return [{ agentId, session, number: index + 1, points: change, at, category, reverses }];
  });
}

const FRACTIONS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  '1.5': [197n, 200n],
  '0.25': [399n, 400n],
  '50': [1n, 2n],
  '100': [0n, 1n],
};

/** An object that never ran cannot be put away. */
const putAway = (board: string): Promise<void> =>
  evictDurableObject(env.BOARDS.getByName(board) as never).catch(() => undefined);

let runs = 0;

it('a board is what the entries say, in any order, at any instant, after any eviction', async () => {
  await people(AGENTS, START);
  await fc.assert(
    fc.asyncProperty(history, async (drawn) => {
      runs += 1;
      const category = `Category${runs}`;
      const board = boardSchema.parse({
        name: category,
        pointCategory: category,
        evaluationWindow: { type: 'ROLLING', durationDays: drawn.days },
        decayConfiguration: {
          enabled: drawn.rate !== null,
          ...(drawn.rate !== null && { decayRatePercentPerDay: drawn.rate }),
          minimumPointValue: drawn.minimum >= 1 ? drawn.minimum : 0,
        },
        eligibility: { userGroups: [category], statusFilter: 'ACTIVE' },
      });
      const eligible = new Set(
        AGENTS.filter((_, index) => drawn.members[index]).map((agentId) => keyOf(agentId)),
      );
      const version = runs + 1;
      const rows = AGENTS.map((agentId, index) =>
        personRow({ agentId, version, groups: drawn.members[index] ? [category] : [] }, START),
      );
      await must(commit(env, { rows }, START));
      const posts = settlements(drawn, category);
      const share = Math.ceil(posts.length / drawn.looks.length);
      const looks = drawn.looks.toSorted((a, b) => a.day - b.day);
      for (const [index, { day, evicted }] of looks.entries()) {
        const now = START + day * DAY;
        const some = posts.slice(index * share, (index + 1) * share);
        if (some.length > 0) {
          await must(commit(env, { rows: some.map((one) => postRow(one, now)) }, now));
        }
        if (evicted) await putAway(category);
        const ask = askOf(board, ZONE, now, { seal: null, offset: 0, limit: 200 });
        const answer = await readStandings(env, category, ask);
        const ruling: Ruling = {
          category,
          days: drawn.days,
          kept: drawn.rate === null ? [1n, 1n] : (FRACTIONS[drawn.rate] ?? [1n, 1n]),
          minimum: drawn.rate === null || drawn.minimum < 1 ? 0n : 450_000n,
          today: new Date(now).toISOString().slice(0, 10).replaceAll('-', ''),
          seal: answer.seal,
          mayStand: (agentKey) => eligible.has(agentKey),
          nameOf: (agentKey) => agentKey,
        };
        const wanted = await expected(ruling);
        expect(
          answer.lines.map(({ agentKey, rank, reachedAt }) => [agentKey, rank, reachedAt]),
        ).toEqual(wanted.map(({ agentKey, rank, reachedAt }) => [agentKey, rank, reachedAt]));
        for (const [place, { exactScore }] of answer.lines.entries()) {
          expect(isExactly(exactScore, wanted[place]?.score ?? [0n, 1n])).toBe(true);
        }
        const past = await readStandings(env, `${category} past`, { ...ask, seal: answer.seal });
        expect(past.lines).toEqual(answer.lines);
      }
    }),
    { numRuns: 60 },
  );
});

it('decay of seasons moves no board', async () => {
  const shape = { category: 'Decaying', groups: [], status: null, perAward: false };
  const posts: Post[] = [
    { agentId: 'a1', session: 'd1', number: 1, points: 50, at: START, category: 'Decaying' },
  ];
  const decay = postRow({ ...(posts[0] as Post), session: 'decay', points: -10 }, START);
  await must(
    commit(
      env,
      {
        rows: [
          ...posts.map((one) => postRow(one, START)),
          { ...decay, values: { ...decay.values, to_account: 'decay:2032-Q1' } },
        ],
      },
      START,
    ),
  );
  const key = keyOf('a1');
  const buckets = await readBuckets(env.DB, shape, [[`${key}.`, `${key}/`]], 1e9);
  expect(buckets.map(({ amount }) => amount)).toEqual([500_000]);
});

it('a board that lost its snapshot, or whose D1 went back, is rebuilt from the entries', async () => {
  await people(['z1'], START);
  const version: Pick<BoardVersion, 'content'> = {
    content: boardSchema.parse({
      name: 'Lost',
      pointCategory: 'Lost',
      evaluationWindow: { type: 'ROLLING', durationDays: 30 },
    }),
  };
  const row = postRow(
    { agentId: 'z1', session: 'lost', number: 1, points: 50, at: START, category: 'Lost' },
    START,
  );
  await must(commit(env, { rows: [row] }, START));
  const ask = askOf(version.content, ZONE, START, { seal: null, offset: 0, limit: 10 });
  const look = async () =>
    (await readStandings(env, 'lost', ask)).lines.map((one) => one.exactScore);
  expect(await look()).toEqual(['50']);
  const stub = env.BOARDS.getByName('lost') as never as DurableObjectStub;
  await runInDurableObject(stub, (_, state) => state.storage.deleteAll());
  await evictDurableObject(stub);
  expect(await look()).toEqual(['50']);
  await runInDurableObject(stub, (_, { storage }) => {
    const head = storage.kv.get<{ sealHash: string }>('head');
    storage.kv.put('head', { ...head, sealHash: 'another history' });
    storage.kv.put('part/0', { ...storage.kv.get<object>('part/0'), lots: new Float64Array(4) });
  });
  await evictDurableObject(stub);
  expect(await look()).toEqual(['50']);
});
