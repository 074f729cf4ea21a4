/**
 * What must be true of everybody whom a run reports as not read: since the last outcome of their
 * batch the platform of the history was asked about that batch in vain for a day, again and again, up
 * to the report; or, once it was given up, for two minutes.
 * Reckons from what the platform remembers alone.
 */
import { agentIds, type Books } from '../../books';
import type { Question } from '../platform';
import { lastOutcomeOf, nameOf, noticesOf } from '../reports';
import type { SeasonsPlayer } from '../system';
import { runsOf, unheardIn } from '../truth';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Silence {
  readonly ms: number;
  readonly asks: number;
  readonly apart: number;
}
const DAY: Silence = { ms: 24 * HOUR, asks: 4, apart: HOUR };
/** Of a batch after one for which the platform was silent for a day. */
const AGAIN: Silence = { ms: 2 * MINUTE, asks: 3, apart: MINUTE };

/** Users for whom it answered all that it was asked at one instant; skills alone are not all. */
const readIn = (questions: readonly Question[]): string[] => {
  const refused = new Set(questions.filter((one) => !one.isAnswered).map(({ user }) => user));
  return questions.flatMap(({ user, isSkills, isAnswered }) =>
    isAnswered && !isSkills && !refused.has(user) ? [user] : [],
  );
};

/** Whether questions, in order of time, end in a silence so long and so often asked. */
function endsSilent(questions: readonly Question[], { ms, asks, apart }: Silence): boolean {
  let since: number | null = null;
  let last = 0;
  let count = 0;
  let isLong = false;
  for (const [at, own] of Map.groupBy(questions, (one) => one.at)) {
    const isRead = readIn(own).length > 0;
    if (isRead) [since, isLong] = [null, false];
    if (own.every(({ isAnswered }) => isAnswered)) continue;
    if (since === null) [since, last, count] = [at, at, 1];
    else if (last + apart <= at) [last, count] = [at, count + 1];
    isLong = since + ms <= at && count >= asks;
  }
  return isLong;
}

export function brokenSilences({ platform, history }: SeasonsPlayer, books: Books): string[] {
  if (!history.waited) return [];
  const ids = agentIds(books);
  const instants = new Map(books.seals.map(({ id, at }) => [id, at]));
  const inOrder = platform.questions.toSorted((a, b) => a.at - b.at);
  return runsOf(books).flatMap((run) => {
    const unheard = unheardIn(run);
    const told = noticesOf(books, nameOf(run)).filter(
      ({ kind, agents }) =>
        kind === 'session.invalidation' && agents.some(({ agentKey }) => unheard.has(agentKey)),
    );
    let isGivenUp = false;
    return told
      .toSorted((a, b) => a.seal - b.seal)
      .flatMap(({ seal, batch, agents }) => {
        const from = lastOutcomeOf(books, `${nameOf(run)}.${batch}`, seal);
        const until = instants.get(seal) ?? 0;
        const userOf = ({ agentKey }: { readonly agentKey: string }) => ids.get(agentKey) ?? '';
        const users = new Set(agents.map(userOf));
        const asked = inOrder.filter(
          ({ at, user }) => from <= at && at <= until && users.has(user),
        );
        const isLong = endsSilent(asked, DAY);
        const isSilent = isLong || (isGivenUp && endsSilent(asked, AGAIN));
        isGivenUp ||= isLong;
        const about = `S4 ${run.id}.${batch}: reported as not read, `;
        const refused = asked.filter(({ isAnswered }) => !isAnswered).length;
        return isSilent ? [] : [`${about}${refused} of ${asked.length} questions were refused`];
      });
  });
}
