/**
 * The end of a coaching session that competed under caps and one of whose persons is erased: its
 * decisions are about to be emptied, and nobody could decide anew what it is worth. Decides the last
 * decision, which says that its claims stand as they are. Refuses to close twice, and what claims
 * nothing: that needs no end.
 */
import type { ChangeSet } from '../../../kernel/change-set';
import { claimChanges, claimRow, isFixed } from '../../guards/claim';
import { type Decision, decisionRow } from '../decision';

/** True of a decision after which a coaching session is worth what was posted, whatever comes. */
export const isClosing = ({ outcome, claims = [] }: Decision): boolean =>
  outcome === 'ERASED' && claims.length > 0;

/**
 * The decision and the fixed claims, as one set; null where nothing stands that others compete
 * with. `erasedUpTo`: number of the last decision that was emptied, or 0.
 */
export function closingSet(
  decisions: readonly Decision[],
  erasedUpTo: number,
  salt: string,
  now: number,
): ChangeSet | null {
  const last = decisions.at(-1);
  const before = last?.claims ?? [];
  if (last === undefined || before.every(isFixed)) return null;
  const claims = before.map((claim) => ({ ...claim, fixed: true }));
  const decision: Decision = {
    session: last.session,
    number: Math.max(last.number, erasedUpTo) + 1,
    at: now,
    upto: last.upto,
    outcome: 'ERASED',
    events: [],
    score: null,
    frozen: null,
    rules: [],
    awards: [],
    postings: [],
    claims,
  };
  const changes = claimChanges(before, claims);
  return {
    rows: [
      decisionRow(decision, salt),
      ...changes.map((change) => claimRow(change, decision.number)),
    ],
  };
}
