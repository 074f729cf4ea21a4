/**
 * What was paid to one agent for one period so far: the line that counts as paid, what is on its
 * way, and the deltas since. Decides which version's line is the root that deltas correct; refuses
 * nothing. A line of zero in a run that was sent out is paid with nothing, and so is whoever had no
 * line in it and was found to be due something since. Amounts are summed in one currency, the root's:
 * a delta in another stands beside it. Nothing paid and nothing found binds to no currency.
 */
import { deltaId, type KnownDelta } from '../../deltas/delta';

/** FIRST pays what a period earned; SETTLE sends only a difference. */
export type SendingKind = 'FIRST' | 'SETTLE';

/** What became of the delivery of an agent's line in one run. */
export interface Sent {
  readonly delivery: string;
  readonly kind: SendingKind;
  /** Null while nobody knows. */
  readonly outcome: string | null;
  /** Given up by an operator, and confirmed after all. */
  readonly isLate: boolean;
}

/** An agent's line in one run that was sent out, and its delivery where there is one. */
export interface PastLine {
  readonly run: string;
  readonly payUnit: string;
  readonly payAmount: bigint;
  readonly rate: string | null;
  readonly blocked: boolean;
  /** True where that version found nothing due: the agent had left the plan, or had no facts. */
  readonly left: boolean;
  readonly sent: Sent | null;
}

export interface Root {
  readonly run: string;
  readonly delivery: string | null;
  readonly unit: string;
  readonly amount: bigint;
  readonly rate: string | null;
}

export interface History {
  /** Confirmed, or paid with nothing; null: nothing was paid yet. */
  readonly root: Root | null;
  /** The line of the latest version that has one: what is due now is said in its words. */
  readonly latest: PastLine | null;
  /** A delivery of some version whose outcome nobody knows. */
  readonly pending: boolean;
  /** Some line was confirmed after it had been given up: another may have paid the same again. */
  readonly isLate: boolean;
  /** All of the plan, of every period. */
  readonly deltas: readonly KnownDelta[];
}

/** Lines in the order of their runs; `period` is theirs. */
export function historyOf(
  lines: readonly PastLine[],
  deltas: readonly KnownDelta[],
  period: string | null,
): History {
  const nobody = rootOfNobody(deltas, period);
  const isBound = (to: Root, unit: string): boolean =>
    to.unit === unit || !isNothing(to, deltas, period);
  let root: Root | null = null;
  let pending = false;
  let isLate = false;
  for (const { run, payUnit: unit, payAmount: amount, rate, blocked, sent } of lines) {
    if (sent?.outcome === null) pending = true;
    isLate ||= sent?.isLate === true;
    const isPaid = sent?.kind === 'FIRST' && sent.outcome === 'CONFIRMED';
    // What was found in one currency is not made nothing by a line of nothing in another.
    const isFree = root === null || !isBound(root, unit);
    const isFirst = isFree && (nobody?.unit ?? unit) === unit;
    const isNothingPaid = sent === null && isFirst && amount === 0n && !blocked;
    if (!isPaid && !isNothingPaid) continue;
    // One that was given up and arrived all the same was paid too: the sum is what was paid.
    const before: bigint = root?.unit === unit ? root.amount : 0n;
    root = { run, delivery: sent?.delivery ?? null, unit, amount: before + amount, rate };
  }
  root ??= nobody;
  return { root, latest: lines.at(-1) ?? null, pending, isLate, deltas };
}

/**
 * A line of nothing for which nobody was sent anything, and nothing found since in its currency,
 * disputes included. What was found in another corrects another line and binds the period to that.
 */
const isNothing = (
  { amount, delivery, unit }: Root,
  deltas: readonly KnownDelta[],
  period: string | null,
): boolean =>
  amount === 0n &&
  delivery === null &&
  deltas.every((delta) => delta.period !== period || delta.unit !== unit);

/** Whether a line in any currency may still be the first that the period pays. */
export const isUnbound = (
  { root, deltas }: Pick<History, 'root' | 'deltas'>,
  period: string,
): boolean => root === null || isNothing(root, deltas, period);

/** What a line in some currency corrects; null: it is the first that pays. */
export const rootFor = (
  history: Pick<History, 'root' | 'deltas'>,
  period: string,
  unit: string,
): Root | null => (history.root?.unit !== unit && isUnbound(history, period) ? null : history.root);

/**
 * Nothing was paid and yet there is a delta: they had no line when the period was paid. Whatever
 * pays them pays that delta, so a later version that has a line for them does not pay it again.
 */
function rootOfNobody(deltas: readonly KnownDelta[], period: string | null): Root | null {
  const first = deltas.find((delta) => delta.period === period && delta.kind !== 'DISPUTE');
  if (first === undefined) return null;
  return { run: first.run, delivery: null, unit: first.unit, amount: 0n, rate: null };
}

/** What a period is worth by everything that is in the books: its root and the deltas since. */
export function dueOf(root: Root, deltas: readonly KnownDelta[], period: string): bigint {
  return inCurrency(deltas, period, root.unit)
    .filter(({ kind }) => kind !== 'DISPUTE')
    .reduce((sum, { amount }) => sum + amount, root.amount);
}

/** The place of the next delta in the chain; disputes stand beside it. */
export const nextOrdinal = (deltas: readonly KnownDelta[], period: string): number =>
  ofPeriod(deltas, period).filter(({ kind }) => kind !== 'DISPUTE').length + 1;

/** The id of that place: whoever decides by what the chain comes to asks that it be empty still. */
export const nextDelta = (
  agentKey: string,
  { planId, period }: { readonly planId: string; readonly period: string },
  deltas: readonly KnownDelta[],
): string => deltaId(agentKey, planId, period, nextOrdinal(deltas, period));

/** Of every currency: places in the chain, and what was found at all. For amounts see `inCurrency`. */
export const ofPeriod = (deltas: readonly KnownDelta[], period: string): KnownDelta[] =>
  deltas.filter((delta) => delta.period === period);

/** Deltas of a period whose amounts may be summed and compared with one of that currency. */
export const inCurrency = (
  deltas: readonly KnownDelta[],
  period: string,
  unit: string,
): KnownDelta[] => ofPeriod(deltas, period).filter((delta) => delta.unit === unit);
