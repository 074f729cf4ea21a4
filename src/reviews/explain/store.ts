/**
 * What stands behind entries that a review posted: who caused it and why, what evidence was seen
 * and who decided. Reads only; names and reasons that were erased are null.
 */
import { readAgentIds } from '../../agents/store';
import { printInstant } from '../../kernel/instant';
import type { Entry } from '../../ledger/entry';
import type { Explainer, Told } from '../../ledger/explain';
import { type StoredReview, stateOf } from '../review';
import { readReview, readReviews } from '../store';
import { keysOfReview, shownInFull, unregistered } from '../view';

const CAUSE = /^[0-9a-f]{32}$/;

/** What an entry of a review says to whom it is about; the review is not there where it was erased. */
export type ReviewWords = (entry: Entry, review: StoredReview | undefined) => string;

/** `words`: by kind of entry, of rooms that say more than who decided and why. */
export const reviewExplainer = (
  words: Readonly<Record<string, ReviewWords>>,
): Explainer<{ readonly DB: D1Database }> => ({
  kind: 'review',
  matches: (cause) => CAUSE.test(cause),
  async explain({ DB: db }, cause) {
    const review = await readReview(db, cause);
    if (review === null) return null;
    const names = await readAgentIds(db, keysOfReview(review));
    const decidedAt = review.decided?.at ?? review.openedAt;
    const shown = shownInFull(review, unregistered(review.kind), names, decidedAt);
    return {
      reviewId: review.id,
      kind: review.kind,
      state: stateOf(review),
      subject: shown.subject,
      hash: review.hash,
      opened: {
        at: printInstant(review.openedAt),
        by: shown.openedBy,
        reason: shown.reason,
      },
      decided: shown.decision,
      evidence: shown.evidence,
    };
  },
  async tell({ DB: db }, entries) {
    const causes = [...new Set(entries.map(({ cause }) => cause))];
    const reviews = new Map((await readReviews(db, causes)).map((review) => [review.id, review]));
    return new Map(
      entries.map((entry): [string, Told] => {
        const { id, kind, cause } = entry;
        const why = (words[kind] ?? whyOf)(entry, reviews.get(cause));
        return [id, { about: { reviewId: cause }, why }];
      }),
    );
  },
});

/** The proposer's words, where they were not erased. */
const whyOf: ReviewWords = ({ kind }, review) => {
  const act = kind === 'ADJUSTMENT' ? 'Adjusted by hand' : `${kind} by hand`;
  const reason = review?.opened?.reason ?? null;
  return reason === null
    ? `${act}, approved by a second person.`
    : `${act}, approved by a second person: ${reason}`;
};
