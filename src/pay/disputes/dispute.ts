/**
 * A disputed line: the row that freezes it and the review that decides. Decides ids and what an
 * approval posts: a delta of the difference between what the agent says is due and what the period
 * has come to. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import type { JournalTable } from '../../ledger/journal';
import type { ReviewKind } from '../../reviews/review';

export const DISPUTES_TABLE: JournalTable = {
  name: 'pay_disputes',
  values: ['review', 'at'],
  side: [],
};

export const DISPUTE = 'PAY_DISPUTE';
export const WRITE_OFF = 'PAY_WRITE_OFF';

/** Decided within two weeks; whoever holds `compliance` and is not a party decides. */
export const disputeReviews: ReviewKind = {
  kind: DISPUTE,
  permission: 'compliance',
  overdueAfterDays: 14,
};

const writeOffReviews: ReviewKind = {
  kind: WRITE_OFF,
  permission: 'approve',
  overdueAfterDays: 14,
};

/** What compose registers. */
export const payReviews = [disputeReviews, writeOffReviews];

/** The n-th dispute of an agent's line in a run; counts from 1. */
export const disputeId = (agentKey: string, run: string, ordinal: number): string =>
  `${agentKey}.${run}.${String(ordinal).padStart(4, '0')}`;

/** The run whose line a dispute is of, by the dispute's id. */
export const runOfDispute = (id: string): string =>
  id.slice(id.indexOf('.') + 1, id.lastIndexOf('.'));

export const disputeRow = (id: string, review: string, at: number): Row => ({
  table: DISPUTES_TABLE.name,
  id,
  values: { review, at },
});
