import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Member, splitReward } from '../../src/rewards/split';

const member = (id: string, contribution = 0n): Member => ({ id, contribution });

const amountsOf = (...asked: Parameters<typeof splitReward>): bigint[] => {
  const split = splitReward(...asked);
  return split.kind === 'SHARED' ? split.shares.map(({ amount }) => amount) : [];
};

describe('a split', () => {
  it('in equal parts gives the cents that are left to the lower ids', () => {
    const members = ['c', 'a', 'b'].map((id) => member(id));
    expect(splitReward('EQUITY', 10_001n, members)).toEqual({
      kind: 'SHARED',
      total: 10_001n,
      shares: [
        { id: 'a', amount: 3334n },
        { id: 'b', amount: 3334n },
        { id: 'c', amount: 3333n },
      ],
    });
  });

  it('by contribution gives what is left to the largest remainders', () => {
    // 100 × 1/6 = 16.67, 100 × 2/6 = 33.33, 100 × 3/6 = 50.00
    const members = [member('a', 1n), member('b', 2n), member('c', 3n)];
    expect(amountsOf('PROPORTIONAL', 100n, members)).toEqual([17n, 33n, 50n]);
  });

  it('by contribution gives nothing for nothing, nor for less than nothing', () => {
    const members = [member('a', -500n), member('b', 0n), member('c', 7n)];
    expect(amountsOf('PROPORTIONAL', 100n, members)).toEqual([0n, 0n, 100n]);
  });

  it('by contribution waits for a person where nobody contributed', () => {
    const members = [member('a'), member('b', -1n)];
    const review = { kind: 'REVIEW', reason: 'NO_CONTRIBUTIONS' };
    expect(splitReward('PROPORTIONAL', 100n, members)).toEqual(review);
  });

  it('of a fixed amount gives it to each', () => {
    const members = [member('b', 9n), member('a')];
    expect(splitReward('FIXED', 50n, members)).toMatchObject({ kind: 'SHARED', total: 100n });
    expect(amountsOf('FIXED', 50n, members)).toEqual([50n, 50n]);
  });

  it('among nobody waits for a person', () => {
    expect(splitReward('EQUITY', 100n, [])).toEqual({ kind: 'REVIEW', reason: 'NO_MEMBERS' });
  });

  it('holds beyond what a double can count', () => {
    const members = [member('a', 10n ** 20n), member('b', 3n * 10n ** 20n)];
    const total = 9_007_199_254_740_991n;
    const shares = amountsOf('PROPORTIONAL', total, members);
    expect(shares.reduce((sum, amount) => sum + amount, 0n)).toBe(total);
  });
});

/** A small generator with a seed, so that a million splits cost no million arrays of fast-check. */
function chanceOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const IDS = ['agent-1', 'agent-2', 'agent-3', 'agent-4', 'agent-5', 'agent-6', 'agent-7'];

/**
 * What is wrong with one random split, or null. Reckons in doubles, all of which stay below 2^53:
 * exact, and another arithmetic than the one under test.
 */
function faultOf(chance: (below: number) => number): string | null {
  const count = 1 + chance(IDS.length);
  const isEqual = chance(3) === 0;
  const distribution = isEqual ? 'EQUITY' : 'PROPORTIONAL';
  const total = chance(10_000_000);
  const given = IDS.slice(0, count).map(() => (chance(8) === 0 ? 0 : chance(1_000_000)));
  const members = given.map((contribution, at) => member(IDS[at] ?? '', BigInt(contribution)));
  const split = splitReward(distribution, BigInt(total), members);
  const weights = isEqual ? given.map(() => 1) : given;
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  if (split.kind === 'REVIEW') return whole === 0 ? null : 'waits without a reason';
  const amounts = split.shares.map(({ amount }) => Number(amount));
  const sum = amounts.reduce((all, amount) => all + amount, 0);
  if (sum !== total) return `adds up to ${sum}, not ${total}`;
  const off = amounts.findIndex(
    (amount, at) => Math.abs(amount * whole - total * (weights[at] ?? 0)) >= whole,
  );
  if (off >= 0) return `is a unit or more off for ${IDS[off]}`;
  const turn = chance(count);
  const turned = [...members.slice(turn), ...members.slice(0, turn)].reverse();
  const other = splitReward(distribution, BigInt(total), turned);
  if (other.kind === 'REVIEW') return 'waits in another order';
  const same = other.shares.every(({ amount }, at) => Number(amount) === amounts[at]);
  return same ? null : 'depends on the order';
}

describe('a million splits', () => {
  it('add up, are within one unit of the exact share and know no order', () => {
    const chance = chanceOf(20_241_001);
    for (let turn = 0; turn < 1_000_000; turn += 1) {
      const fault = faultOf(chance);
      if (fault !== null) expect.fail(`split ${turn} ${fault}`);
    }
  });

  it('hold for any ids, sizes and orders as well', () => {
    const anyMember = fc.record({
      id: fc.string({ minLength: 1, maxLength: 6 }),
      contribution: fc.bigInt({ min: -10n, max: 10n ** 25n }),
    });
    const anyMembers = fc.uniqueArray(anyMember, { selector: ({ id }) => id, minLength: 1 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), anyMembers, (total, members) => {
        const split = splitReward('PROPORTIONAL', total, members);
        const other = splitReward('PROPORTIONAL', total, members.toReversed());
        expect(other).toEqual(split);
        if (split.kind === 'REVIEW') return;
        expect(split.shares.reduce((all, { amount }) => all + amount, 0n)).toBe(total);
        expect(split.shares.every(({ amount }) => amount >= 0n)).toBe(true);
      }),
    );
  });
});
