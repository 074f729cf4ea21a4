/**
 * What is written off, and what a decided dispute posts. Decides the rows that an approval writes:
 * the claim that closes a delta and its entry, or the delta that a dispute comes to. Refuses nothing.
 */
import type { Guard, Row } from '../../kernel/change-set';
import { printAmount } from '../../kernel/units';
import { agentOwed, agentPaid, agentPay, planAccount } from '../../ledger/account';
import { entryRow, transaction } from '../../ledger/entry';
import { type NewReview, reviewIdOf } from '../../reviews/review';
import { DISPUTE, disputeId, WRITE_OFF } from '../disputes/dispute';
import type { Netted } from './allocation';
import { claimRow, type Delta, deltaRows, type KnownDelta, newDelta } from './delta';

export interface Proposed {
  readonly person: string;
  readonly reason: string;
  /** UTC ms. */
  readonly now: number;
  readonly salt: string;
}

/** Where the entries of a period stand: its last day, and its last instant. */
export interface Place {
  readonly day: string;
  readonly instant: number;
}

/** The n-th claim of a delta, and the m-th proposal that it be a write-off: the cause names both. */
export const writeOffCause = ({ id, claims }: KnownDelta, proposal: number): string =>
  `${id}/${claims.length + 1}/${proposal}`;

/** Between which accounts; none where two lines have added the same and the agent keeps it. */
function writtenOff({ agentKey, plan, period, amount }: KnownDelta, open: bigint) {
  const owed = agentOwed(agentKey, plan);
  const paid = agentPaid(agentKey, plan, period);
  if (amount > 0n) {
    const pay = agentPay(agentKey, plan, period);
    return open > 0n ? [{ from: pay, to: planAccount(plan) }] : [];
  }
  return open < 0n ? [{ from: owed, to: paid }] : [{ from: paid, to: owed }];
}

export interface Forgiven {
  readonly netted: Netted;
  /** The n-th proposal that it be written off; counts from 1. */
  readonly proposal: number;
  /** What must hold for the open part to be what it was when it was proposed. */
  readonly guards: readonly Guard[];
}

/**
 * The review of a write-off: approved it claims what is open, and nothing of what is set off; the
 * money stays where it is. Once a further correction of the period is found it is approved no more:
 * what would be forgiven may be set off by then.
 */
export function writeOffReview(
  { netted: { delta, open }, proposal, guards }: Forgiven,
  proposed: Proposed,
  place: Place,
): NewReview {
  const { person, reason, now, salt } = proposed;
  const { agentKey, plan, period, unit } = delta;
  const cause = writeOffCause(delta, proposal);
  const id = reviewIdOf(WRITE_OFF, cause);
  const legs = writtenOff(delta, open).map((sides) => ({
    ...sides,
    unit,
    amount: Number(open < 0n ? -open : open),
    day: place.day,
    rule: null,
  }));
  const by = { road: 'WRITE_OFF' as const, line: `review/${id}`, delivery: null, at: now };
  const entries = transaction(
    { kind: WRITE_OFF, cause: id, occurredAt: place.instant, recordedAt: now },
    legs,
  );
  return {
    kind: WRITE_OFF,
    cause,
    subject: `agent:${agentKey}`,
    openedAt: now,
    person,
    actor: person,
    reason,
    salt,
    evidence: {
      deltaId: delta.id,
      period,
      planId: plan,
      currency: unit,
      open: printAmount(open, unit),
    },
    parties: [agentKey],
    outcomes: {
      APPROVED: {
        rows: [claimRow({ delta, amount: open }, by), ...entries.map(entryRow)],
        guards,
      },
      REJECTED: { rows: [] },
    },
  };
}

export interface Disputed {
  readonly agentKey: string;
  readonly plan: string;
  readonly period: string;
  readonly run: string;
  readonly delivery: string | null;
  readonly unit: string;
  /** What the period has come to, and what the agent says is due; smallest part. */
  readonly due: bigint;
  readonly expected: bigint;
  readonly facts: string;
  readonly seal: number;
  /** The n-th dispute of this period; counts from 1. */
  readonly ordinal: number;
  /** The deltas of the period. */
  readonly known: readonly KnownDelta[];
  /** What must hold for the difference to be what it was when it was opened. */
  readonly guards: readonly Guard[];
}

/** The review of a dispute: approved it posts the difference as a delta, rejected nothing. */
export function disputeReview(
  disputed: Disputed,
  proposed: Proposed,
  place: Place,
): { readonly review: NewReview; readonly id: string } {
  const { person, reason, now, salt } = proposed;
  const { agentKey, plan, period, run, unit, due, expected } = disputed;
  const id = disputeId(agentKey, run, disputed.ordinal);
  const reviewId = reviewIdOf(DISPUTE, id);
  const difference: Delta = {
    id: `${agentKey}.${plan}.${period}.d${reviewId}`,
    agentKey,
    plan,
    period,
    run,
    delivery: disputed.delivery,
    kind: 'DISPUTE',
    unit,
    amount: expected - due,
    facts: disputed.facts,
    factsSeal: disputed.seal,
    at: now,
  };
  const delta = newDelta(difference, disputed.known);
  const rows: Row[] = delta.amount === 0n ? [] : deltaRows(delta, place);
  const review: NewReview = {
    kind: DISPUTE,
    cause: id,
    subject: `agent:${agentKey}`,
    openedAt: now,
    person,
    actor: person,
    reason,
    salt,
    evidence: {
      runId: run,
      planId: plan,
      period,
      currency: unit,
      due: printAmount(due, unit),
      expected: printAmount(expected, unit),
      difference: printAmount(expected - due, unit),
    },
    parties: [agentKey],
    outcomes: { APPROVED: { rows, guards: disputed.guards }, REJECTED: { rows: [] } },
  };
  return { review, id };
}
