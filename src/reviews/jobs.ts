/**
 * What health asks of reviews: how many wait for a person, how many longer than their kind allows.
 * Late where one is overdue: nothing is broken, and somebody should decide. Refuses nothing.
 */
import type { HealthCheck } from '../http/health';
import type { LedgerEnv } from '../ledger/client';
import { isOverdue, type ReviewKind } from './review';
import { readOpenReviews } from './store';
import { unregistered } from './view';

/** Reviews that one look goes through, the newest: who asks needs no key. */
const MOST_LOOKED_AT = 2000;

/** `{ open, overdue, oldestSeconds, moreReviews }`; `moreReviews`: older ones were not looked at. */
export const reviewsHealth = <E extends LedgerEnv>(
  kinds: readonly ReviewKind[],
): HealthCheck<E> => ({
  name: 'reviews',
  async check({ DB }, now) {
    const { open, more } = await readOpenReviews(DB, MOST_LOOKED_AT);
    const kindOf = (name: string): ReviewKind =>
      kinds.find(({ kind }) => kind === name) ?? unregistered(name);
    const overdue = open.filter((one) =>
      isOverdue({ ...one, decided: null }, kindOf(one.kind), now),
    ).length;
    const oldest = open.reduce((least, { openedAt }) => Math.min(least, openedAt), now);
    return {
      status: overdue > 0 ? 'late' : 'ok',
      detail: {
        open: open.length,
        overdue,
        oldestSeconds: Math.floor((now - oldest) / 1000),
        moreReviews: more,
      },
    };
  },
});
