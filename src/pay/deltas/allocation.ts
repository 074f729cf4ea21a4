/**
 * How much of open deltas a line settles. What is open of one agent, plan, period and currency is
 * netted first: only the net is added in full, or taken back under instalments and caps (DEC-5, P11).
 * Refuses nothing: a line settles in its own currency, and what is open in another stays as it is.
 *
 * What is set off is never claimed: only the net moves, so only the net has a line and a delivery.
 * Deltas that set each other off stay beside each other and come to nothing in every later netting;
 * so a change that is undone costs no message, no claim and no entry, and an outcome that comes late
 * or is refused changes the net by what its line said and by nothing else. Whoever shows or forgives
 * what is open asks `netted`.
 */
import { fraction, fractionOfDecimal, multiply } from '../../kernel/fraction';
import { compareText } from '../../kernel/ids';
import { invariant } from '../../kernel/result';
import { parseAmount } from '../../kernel/units';
import type { Plan } from '../plans/plan';
import { type KnownDelta, type Part, remainderOf } from './delta';

/** What nobody has claimed of a delta: `setOff` and `open` together, both with its sign. */
export interface Netted {
  readonly delta: KnownDelta;
  /** Stands against opposite deltas of its period: neither to be paid nor to be taken. */
  readonly setOff: bigint;
  /** Its part of the net. */
  readonly open: bigint;
}

const sizeOf = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

const placeOf = ({ agentKey, plan, period, unit }: KnownDelta): string =>
  `${agentKey} ${plan} ${period} ${unit}`;

const sum = (deltas: readonly KnownDelta[]): bigint =>
  deltas.reduce((all, delta) => all + remainderOf(delta), 0n);

/** What two nets agree on: the smaller where both go the same way, else nothing. */
function agreed(a: bigint, b: bigint): bigint {
  if (a > 0n !== b > 0n) return 0n;
  return sizeOf(a) < sizeOf(b) ? a : b;
}

/**
 * Each delta as the others of its agent, plan, period and currency leave it, the oldest set off
 * first, so that claims of what is open move no other delta's part. Deltas that stand `aside` may not
 * be settled, but bound the net all the same: nothing goes out that they bring back.
 */
export function netted(
  deltas: readonly KnownDelta[],
  aside: readonly KnownDelta[] = [],
): readonly Netted[] {
  const beside = Map.groupBy(aside, placeOf);
  return [...Map.groupBy(deltas, placeOf)].flatMap(([place, own]) => {
    const known = sum(own);
    const net = agreed(known, known + sum(beside.get(place) ?? []));
    const sameWay = own.filter((delta) => net !== 0n && remainderOf(delta) > 0n === net > 0n);
    let toSetOff = sizeOf(sum(sameWay)) - sizeOf(net);
    return own.toSorted(olderFirst).map((delta): Netted => {
      const left = remainderOf(delta);
      if (!sameWay.includes(delta)) return { delta, setOff: left, open: 0n };
      const part = least(sizeOf(left), toSetOff, null);
      toSetOff -= part;
      const setOff = left < 0n ? -part : part;
      return { delta, setOff, open: left - setOff };
    });
  });
}

/** What a line settles of open deltas. */
export interface Allocation {
  readonly parts: readonly Part[];
  /** Sums of the parts, both as positive numbers. */
  readonly added: bigint;
  readonly taken: bigint;
}

/** How much of each delta one cycle takes back, whatever else bounds it. */
export interface Cycle {
  readonly instalments: number;
  /** How ids of its lines begin: all versions of one period are one cycle. */
  readonly lines: string;
  /** The currency of the line: nothing in another is added, taken or counted. */
  readonly unit: string;
}

/** The cycle of a period: whichever version takes an instalment, no other takes it again. */
export const cycleOf = (
  { planId, period }: { readonly planId: string; readonly period: string },
  { clawback: { instalments } }: Pick<Plan, 'clawback'>,
  unit: string,
): Cycle => ({ instalments, lines: `${planId}.${period}.v`, unit });

/**
 * What a period was underpaid net is added in full; what it was overpaid net is taken back, the
 * oldest first, each delta by at most one instalment of its part of the net a cycle, together at most
 * what is added and `most` (null: no bound): the caps bound the net of what is added and taken. What
 * two lines have settled, one of which was given up and arrived all the same, goes back the other
 * way. Of deltas `aside` nothing is settled (see `netted`).
 */
export function allocate(
  open: readonly KnownDelta[],
  cycle: Cycle,
  most: bigint | null,
  aside: readonly KnownDelta[] = [],
): Allocation {
  const own = ({ unit }: KnownDelta): boolean => unit === cycle.unit;
  const left = netted(open.filter(own), aside.filter(own));
  const positive = left.flatMap(({ delta, open: amount }): Part[] =>
    amount > 0n ? [{ delta, amount }] : [],
  );
  const added = positive.reduce((all, { amount }) => all + amount, 0n);
  let room = most === null ? null : added + (most > 0n ? most : 0n);
  let taken = 0n;
  const negative: Part[] = [];
  const overpaid = left.filter((one) => one.open < 0n);
  for (const one of overpaid.toSorted((a, b) => olderFirst(a.delta, b.delta))) {
    const part = least(-one.open, instalmentLeft(one, cycle), room);
    if (part === 0n) continue;
    negative.push({ delta: one.delta, amount: -part });
    taken += part;
    if (room !== null) room -= part;
  }
  return { parts: [...positive, ...negative], added, taken };
}

const olderFirst = (a: KnownDelta, b: KnownDelta): number =>
  a.period === b.period ? compareText(a.id, b.id) : compareText(a.period, b.period);

/** What a cycle has left of its instalment. Rounded up, so that the last is never the largest. */
function instalmentLeft({ delta, setOff }: Netted, cycle: Cycle): bigint {
  const [amount, left] = [sizeOf(delta.amount), sizeOf(remainderOf(delta))];
  // What was settled twice over may leave more than there ever was.
  const size = (amount > left ? amount : left) - sizeOf(setOff);
  const count = BigInt(cycle.instalments);
  const rest = (size + count - 1n) / count - takenBy([delta], cycle);
  return rest > 0n ? rest : 0n;
}

const least = (a: bigint, b: bigint, c: bigint | null): bigint => {
  const smaller = a < b ? a : b;
  return c !== null && c < smaller ? c : smaller;
};

/** What a cycle has come to when a line of it is sent; smallest parts of the agent's currency. */
export interface SoFar {
  /** What the period is worth by the version that is sent. */
  readonly earned: bigint;
  /** What first lines of the period pay, this one's included. */
  readonly paid: bigint;
  /** What all lines of the cycle before this one took less what they added; may be negative. */
  readonly net: bigint;
}

/**
 * How much one more line of a cycle may take back beyond what it adds, or null where the plan sets
 * no bound. What bounds is what the agent loses in the cycle, over all its versions and for whatever
 * period: all that its lines took less all that they added, for what one version added another may
 * take again. It comes to no more than the share of what the period is worth by the version that
 * asks, rounded down, and than the absolute amount; and nothing is taken that leaves less than the
 * protected minimum of what the cycle's lines have paid, added and taken. What earlier versions took
 * under their own bounds stays taken. `own` turns an amount of the plan into the agent's currency,
 * or answers null where nobody knows the rate: nothing is taken under a bound that nobody can tell.
 */
export function mostTaken(
  { clawback, currency }: Pick<Plan, 'clawback' | 'currency'>,
  { earned, paid, net }: SoFar,
  own: (amount: bigint) => bigint | null,
): bigint | null {
  const { max_share_of_pay: share, max_amount, protected_minimum } = clawback;
  const amountOf = (text: string): bigint | null => {
    const amount = parseAmount(text, currency);
    invariant(amount !== null, 'an amount that was checked');
    return own(amount);
  };
  const bounds: bigint[] = [];
  if (share !== undefined) {
    const { numerator, denominator } = multiply(fraction(earned), fractionOfDecimal(share));
    bounds.push(numerator / denominator - net);
  }
  if (max_amount !== undefined) bounds.push((amountOf(max_amount) ?? net) - net);
  if (protected_minimum !== undefined) {
    const left = paid - net;
    bounds.push(left - (amountOf(protected_minimum) ?? left));
  }
  if (bounds.length === 0) return null;
  const most = bounds.reduce((a, b) => (a < b ? a : b));
  return most > 0n ? most : 0n;
}

/** Amounts of the claims of a cycle's lines, in its currency; none of a line that was refused. */
const claimedIn = (
  deltas: readonly KnownDelta[],
  { lines, unit }: Pick<Cycle, 'lines' | 'unit'>,
): bigint[] =>
  deltas
    .flatMap((delta) => (delta.unit === unit ? delta.claims : []))
    .filter((claim) => claim.counts && claim.line.startsWith(lines))
    .map(({ amount }) => amount);

/** What the lines of a cycle have taken back already, in its currency. */
export const takenBy = (deltas: readonly KnownDelta[], cycle: Cycle): bigint =>
  claimedIn(deltas, cycle).reduce((sum, amount) => (amount < 0n ? sum - amount : sum), 0n);

/** What the lines of a cycle have taken back already, less what they have added. */
export const lostIn = (deltas: readonly KnownDelta[], cycle: Cycle): bigint =>
  claimedIn(deltas, cycle).reduce((sum, amount) => sum - amount, 0n);
