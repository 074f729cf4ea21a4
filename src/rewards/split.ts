/**
 * How a reward is shared among members (G9): the parts always add up, to the smallest unit. Decides
 * by largest remainder, ties by member id, so the order in which members come in never matters.
 * Refuses to guess where nothing was contributed: such a pool waits for a person.
 */
import { compareText } from '../kernel/ids';
import { invariant } from '../kernel/result';

export const DISTRIBUTIONS = ['EQUITY', 'PROPORTIONAL', 'FIXED'] as const;
/** EQUITY: equal parts. PROPORTIONAL: by contribution. FIXED: the same stated amount each. */
export type Distribution = (typeof DISTRIBUTIONS)[number];

export interface Member {
  /** The member's id as people know it: ties are broken by it. */
  readonly id: string;
  /** In the metric's smallest part, signed; what is below zero counts as nothing. */
  readonly contribution: bigint;
}

export interface Share {
  readonly id: string;
  /** In the unit's smallest part; 0 where a member gets nothing. */
  readonly amount: bigint;
}

export type Split =
  | { readonly kind: 'SHARED'; readonly total: bigint; readonly shares: readonly Share[] }
  /** A person must decide: nobody is a member, or nobody contributed under PROPORTIONAL. */
  | { readonly kind: 'REVIEW'; readonly reason: 'NO_MEMBERS' | 'NO_CONTRIBUTIONS' };

/**
 * Shares `amount` (smallest parts, not negative): the whole of it under EQUITY and PROPORTIONAL,
 * `amount` for each member under FIXED. Shares come by member id.
 */
export function splitReward(
  distribution: Distribution,
  amount: bigint,
  members: readonly Member[],
): Split {
  invariant(amount >= 0n, 'a reward is not negative');
  if (members.length === 0) return { kind: 'REVIEW', reason: 'NO_MEMBERS' };
  if (distribution === 'FIXED') {
    const shares = inOrder(members.map(({ id }) => ({ id, amount })));
    return { kind: 'SHARED', total: amount * BigInt(members.length), shares };
  }
  const weighed = members.map(({ id, contribution }) => ({
    id,
    weight: distribution === 'EQUITY' ? 1n : contribution > 0n ? contribution : 0n,
  }));
  const shares = largestRemainder(amount, weighed);
  return shares === null
    ? { kind: 'REVIEW', reason: 'NO_CONTRIBUTIONS' }
    : { kind: 'SHARED', total: amount, shares };
}

interface Weighed {
  readonly id: string;
  readonly weight: bigint;
}

/**
 * Each gets the whole part of its exact share; what is left goes, one each, to the largest
 * remainders. Null when all weights are zero.
 */
function largestRemainder(total: bigint, weighed: readonly Weighed[]): Share[] | null {
  let weights = 0n;
  for (const { weight } of weighed) weights += weight;
  if (weights === 0n) return null;
  let left = total;
  const parts = weighed.map(({ id, weight }) => {
    const exact = total * weight;
    const amount = exact / weights;
    left -= amount;
    return { id, amount, remainder: exact - amount * weights };
  });
  parts.sort((a, b) =>
    a.remainder === b.remainder ? byId(a, b) : a.remainder > b.remainder ? -1 : 1,
  );
  return inOrder(
    parts.map(({ id, amount }, place) => ({ id, amount: place < left ? amount + 1n : amount })),
  );
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  compareText(a.id, b.id);

const inOrder = (shares: Share[]): Share[] => shares.sort(byId);
