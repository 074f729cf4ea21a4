/**
 * Entries: one positive amount of one unit *from* one account *to* another, so double entry is
 * structural. Decides an entry's id (holder, business day, hash of the cause, so that the primary
 * key alone serves statements and balances) and what its reversal is. Refuses two agents in one
 * entry and amounts that are not positive integers.
 */
import type { Row } from '../kernel/change-set';
import { causeId } from '../kernel/ids';
import { compactDay } from '../kernel/period';
import { invariant } from '../kernel/result';
import type { Unit } from '../kernel/units';
import { agentOf } from './account';

/** AWARD, CORRECTION and REVERSAL move points; later features add theirs. */
export type EntryKind = string;

export interface Movement {
  readonly unit: Unit;
  readonly from: string;
  readonly to: string;
  /** Positive, in the unit's smallest part. */
  readonly amount: number;
}

export interface Entry extends Movement {
  readonly id: string;
  /** Id of the transaction: the id of its first entry. */
  readonly tx: string;
  readonly kind: EntryKind;
  /** Id of the row that explains it, e.g. a decision. */
  readonly cause: string;
  /** `rule/<id>/<version>` or another plan version, where one made it. */
  readonly rule: string | null;
  /** Id of the transaction it takes back, where it takes one back. */
  readonly reverses: string | null;
  /** Business instant (UTC ms) and the instant at which the decision was made. */
  readonly occurredAt: number;
  readonly recordedAt: number;
}

export interface Cause {
  readonly kind: EntryKind;
  readonly cause: string;
  readonly occurredAt: number;
  readonly recordedAt: number;
  readonly reverses?: string | null;
}

export interface Leg extends Movement {
  /** Business day in the organisation's zone, `YYYY-MM-DD`. */
  readonly day: string;
  readonly rule: string | null;
}

/** One transaction: the legs in order under one cause. Its id is its first entry's. */
export function transaction(cause: Cause, legs: readonly Leg[]): Entry[] {
  const ids = legs.map((leg, index) => entryId(leg, cause, index));
  const [tx] = ids;
  invariant(tx !== undefined, 'a transaction has at least one entry');
  return legs.map((leg, index) => {
    invariant(
      Number.isSafeInteger(leg.amount) && leg.amount > 0,
      'an amount is a positive integer',
    );
    const { unit, from, to, amount, rule } = leg;
    return {
      unit,
      from,
      to,
      amount,
      rule,
      id: ids[index] ?? tx,
      tx,
      kind: cause.kind,
      cause: cause.cause,
      reverses: cause.reverses ?? null,
      occurredAt: cause.occurredAt,
      recordedAt: cause.recordedAt,
    };
  });
}

function entryId(leg: Leg, cause: Cause, index: number): string {
  const hash = causeId('entry', cause.cause, cause.kind, index).slice(0, 24);
  return `${holderOf(leg)}.${compactDay(leg.day)}.${hash}`;
}

/** The agent on either side; without one `_` and 15 characters of the hash of the *from* address. */
export function holderOf({ from, to }: Movement): string {
  const sender = agentOf(from);
  const receiver = agentOf(to);
  invariant(
    sender === null || receiver === null || sender === receiver,
    'no entry holds two agents',
  );
  return receiver ?? sender ?? `_${causeId('holder', from).slice(0, 15)}`;
}

/** The same movement the other way. */
export const reversed = <M extends Movement>(movement: M): M => ({
  ...movement,
  from: movement.to,
  to: movement.from,
});

export const entryRow = (entry: Entry): Row => ({
  table: 'entries',
  id: entry.id,
  values: {
    tx: entry.tx,
    kind: entry.kind,
    unit: entry.unit,
    from_account: entry.from,
    to_account: entry.to,
    amount: entry.amount,
    cause: entry.cause,
    rule: entry.rule,
    reverses: entry.reverses,
    occurred_at: entry.occurredAt,
    recorded_at: entry.recordedAt,
  },
});
