/**
 * What stands in the way of a line, in words: what is wrong and what to do. Decides the words alone;
 * refuses nothing.
 */
import type { Obstacle } from '../dispatch/sending';

export const NO_DESTINATION = 'NO_DESTINATION';

const WORDS: Readonly<Record<NonNullable<Obstacle> | typeof NO_DESTINATION, string>> = {
  NO_DESTINATION: "the run's destination is not configured: write it",
  NO_RATE:
    "no rate to the agent's currency was pinned: write one, then calculate a further version",
  UNKNOWN_CURRENCY:
    "the agent's currency is none of ISO 4217: mend it, then calculate a further version",
  AMOUNT_TOO_LARGE:
    'it comes to more than a line may say: mend the plan or what is open of earlier periods, then ' +
    'calculate a further version',
  OVERLAPPING_ACTUALS:
    'buckets of actuals overlap, as the last step says: take one of each two out, then calculate a ' +
    'further version',
  REFUSED_BY_BOOKS:
    'the books did not take what it posts, as where an account is full, and nobody else waits for ' +
    'it: mend what is named here, then send the run out again, or leave it to be tried again',
  NO_EMPLOYEE: 'the agent has no number in HR: write one, and it is sent by itself',
  CURRENCY_CHANGED:
    'the period was paid in another currency: calculate a further version in that one',
  NOT_RENDERED: "the destination's requests cannot be written: mend how it is configured",
  EARLIER_VERSION_OPEN: 'nobody knows yet what became of an earlier version: it waits for that',
  LATER_VERSION_SENT: 'a later version was sent out, which pays instead',
  DISPUTED: 'a dispute of the period is open: it waits for its decision',
  PERSON_FORGOTTEN: 'the person was forgotten, and nothing of them is sent',
};

/** `reason`: what else is known of it, as the books say it. */
export function obstacleDetail(
  obstacle: NonNullable<Obstacle> | typeof NO_DESTINATION | null,
  reason: string | null,
): string | null {
  if (obstacle === null) return null;
  return reason === null ? WORDS[obstacle] : `${WORDS[obstacle]} (${reason})`;
}
