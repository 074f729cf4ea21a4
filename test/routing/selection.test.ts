/** Distribution by S11, beside an oracle that shares no code with it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  EMPTY_QUEUE,
  MAX_AGENTS,
  MAX_PAGES,
  PAGE_SIZE,
  type Picked,
  type QueueState,
  select,
} from '../../src/routing/queues/selection';

const candidate = (agentKey: string, weight: number, capacity = 1): Candidate => ({
  agentKey,
  weight: Math.round(weight * 1_000_000),
  capacity: Math.round(capacity * 1_000_000),
});

const SEED = [
  candidate('bronze', 0.8),
  candidate('gold', 1),
  candidate('platinum', 1.2),
  candidate('silver', 0.9),
];

function run(count: number, candidatesAt: (turn: number) => readonly Candidate[]): Picked[] {
  let state: QueueState = EMPTY_QUEUE;
  return Array.from({ length: count }, (_, turn) => {
    const selected = select(state, `s${turn}`, candidatesAt(turn));
    state = selected.state;
    return selected.picked;
  });
}

const countOf = (picks: readonly Picked[], agentKey: string, by?: string): number =>
  picks.filter((one) => one.agentKey === agentKey && (by === undefined || one.by === by)).length;

/** Whom the two rules pick, written with fractions of doubles and lists alone. */
function oracle(count: number, candidates: readonly Candidate[]): string[] {
  const names = candidates.map(({ agentKey }) => agentKey).sort();
  const share = new Map(candidates.map((one) => [one.agentKey, one.weight * one.capacity]));
  const total = [...share.values()].reduce((sum, each) => sum + each, 0);
  const credit = new Map(names.map((name) => [name, 0]));
  const line = [...names];
  const picks: string[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const even = turn % 10 === 2 || turn % 10 === 5 || turn % 10 === 9;
    if (even || total === 0) {
      const next = line.shift() ?? '';
      line.push(next);
      picks.push(next);
      continue;
    }
    let best = '';
    for (const name of names) {
      const own = share.get(name) ?? 0;
      if (own === 0) continue;
      credit.set(name, (credit.get(name) ?? 0) + own);
      if (best === '' || (credit.get(name) ?? 0) > (credit.get(best) ?? 0)) best = name;
    }
    credit.set(best, (credit.get(best) ?? 0) - total);
    picks.push(best);
  }
  return picks;
}

const crowd = fc.uniqueArray(
  fc.record({
    agentKey: fc.stringMatching(/^[a-z]{4}$/),
    weight: fc.constantFrom(0, 0.8, 0.9, 1, 1.2, 2.5),
    capacity: fc.integer({ min: 1, max: 10 }).map((tenths) => tenths / 10),
  }),
  { minLength: 1, maxLength: 12, selector: ({ agentKey }) => agentKey },
);
const made = (all: readonly { agentKey: string; weight: number; capacity: number }[]) =>
  all.map(({ agentKey, weight, capacity }) => candidate(agentKey, weight, capacity));

describe('a thousand selections of the four tiers', () => {
  const picks = run(1000, () => SEED);

  it('go by tier weight 700 times and evenly 300 times', () => {
    expect(picks.filter(({ by }) => by === 'TIER_WEIGHT')).toHaveLength(700);
    for (const { agentKey } of SEED) expect(countOf(picks, agentKey, 'EVEN_SHARE')).toBe(75);
  });

  it('share the 700 by weight to within one', () => {
    for (const { agentKey, weight } of SEED) {
      const due = (700 * weight) / 3_900_000;
      expect(Math.abs(countOf(picks, agentKey, 'TIER_WEIGHT') - due)).toBeLessThan(1);
    }
  });

  it('never let three even turns follow one another', () => {
    const runs = picks.map(({ by }) => (by === 'EVEN_SHARE' ? 'E' : 'T')).join('');
    expect(runs).not.toContain('EE');
  });
});

describe('any crowd', () => {
  it('is picked from as the oracle does', () => {
    fc.assert(
      fc.property(crowd, (all) => {
        const candidates = made(all);
        const picks = run(200, () => candidates).map(({ agentKey }) => agentKey);
        expect(picks).toEqual(oracle(200, candidates));
      }),
      { numRuns: 150 },
    );
  });

  it('is decided by weight at most 700 times in any 1,000, whoever is eligible when', () => {
    fc.assert(
      fc.property(crowd, fc.integer({ min: 0, max: 9 }), (all, offset) => {
        const candidates = made(all);
        const some = (turn: number) =>
          candidates
            .filter((_, index) => (turn * 7 + index) % 3 !== 0)
            .concat(candidates.slice(0, 1).filter((_, index) => (turn * 7 + index) % 3 === 0));
        const picks = run(1000 + offset, some).slice(offset);
        expect(picks.filter(({ by }) => by === 'TIER_WEIGHT').length).toBeLessThanOrEqual(700);
      }),
      { numRuns: 20 },
    );
  });

  it('starves nobody: who is always eligible is picked once in every round of even turns', () => {
    fc.assert(
      fc.property(crowd, (all) => {
        const candidates = made(all);
        const picks = run(400, () => candidates).map(({ agentKey }) => agentKey);
        const most = Math.ceil(candidates.length / 3) * 10 + 10;
        for (const { agentKey } of candidates) {
          let since = 0;
          for (const pick of picks) {
            since = pick === agentKey ? 0 : since + 1;
            expect(since).toBeLessThanOrEqual(most);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is picked from the same whatever order it comes in', () => {
    fc.assert(
      fc.property(crowd, (all) => {
        const candidates = made(all);
        expect(run(60, () => candidates)).toEqual(run(60, () => candidates.toReversed()));
      }),
      { numRuns: 50 },
    );
  });
});

describe('agents', () => {
  it('without a tier have no share by weight and an even one (DEC-19)', () => {
    const picks = run(1000, () => [...SEED, candidate('unranked', 0)]);
    expect(countOf(picks, 'unranked', 'TIER_WEIGHT')).toBe(0);
    expect(countOf(picks, 'unranked', 'EVEN_SHARE')).toBe(60);
  });

  it('who are all without a tier are picked evenly', () => {
    const picks = run(100, () => [candidate('a', 0), candidate('b', 0)]);
    expect(picks.every(({ by }) => by === 'EVEN_SHARE')).toBe(true);
    expect(countOf(picks, 'a')).toBe(50);
  });

  it('whose capacity is nearly used have a tenth of their share at the least', () => {
    const picks = run(1100, () => [candidate('busy', 1, 0.1), candidate('free', 1)]);
    expect(countOf(picks, 'busy', 'TIER_WEIGHT')).toBe(70);
  });

  it('who come new are first in the even line', () => {
    const picks = run(31, (turn) => (turn < 20 ? SEED : [...SEED, candidate('zoe', 0)]));
    expect(picks.slice(20).find(({ by }) => by === 'EVEN_SHARE')?.agentKey).toBe('zoe');
  });
});

describe('the state of a queue', () => {
  it('is bounded, however many agents and selections there are', () => {
    let state: QueueState = EMPTY_QUEUE;
    for (let turn = 0; turn < 60; turn += 1) {
      const some = Array.from({ length: 100 }, (_, n) => candidate(`agent-${turn * 100 + n}`, 1));
      state = select(state, `s${turn}`, some).state;
    }
    expect(Object.keys(state.agents)).toHaveLength(MAX_AGENTS);
    expect(Object.keys(state.open).length).toBeLessThan(PAGE_SIZE);
  });

  it('puts a full page away under its place in a ring', () => {
    let state: QueueState = { ...EMPTY_QUEUE, pages: MAX_PAGES };
    const full = [];
    for (let turn = 0; turn < 2 * PAGE_SIZE; turn += 1) {
      const selected = select(state, `s${turn}`, SEED);
      state = selected.state;
      if (selected.full !== null) full.push(selected.full);
    }
    expect(full.map(({ place }) => place)).toEqual([0, 1]);
    expect(Object.keys(full[0]?.page ?? {})).toHaveLength(PAGE_SIZE);
  });
});
