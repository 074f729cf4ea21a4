/**
 * What must be true of everybody whom a run reports as not read: the platform of the history was
 * asked of their batch for a day, again and again, and answered nothing in full. Reckons from what
 * the platform remembers alone.
 */
import { agentIds, type Books } from '../../books';
import type { Question } from '../platform';
import { nameOf, noticesOf } from '../reports';
import type { SeasonsPlayer } from '../system';
import { runsOf, unreadIn } from '../truth';

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

/** Whether questions in a row were refused for so long and so often; `questions`: in order. */
export function wasSilent(questions: readonly Question[], { ms, asks, apart }: Silence): boolean {
  let since: number | null = null;
  let last = 0;
  let count = 0;
  for (const { at, user, isAnswered } of questions) {
    // Skills that were refused leave an agent unread whose attributes were told.
    const isRead =
      isAnswered && !questions.some((one) => one.at === at && one.user === user && !one.isAnswered);
    if (isRead) since = null;
    else if (since === null) [since, last, count] = [at, at, 1];
    else if (last + apart <= at) [last, count] = [at, count + 1];
    if (since !== null && since + ms <= at && count >= asks) return true;
  }
  return false;
}

export function brokenSilences({ platform, history }: SeasonsPlayer, books: Books): string[] {
  if (!history.waited) return [];
  const ids = agentIds(books);
  const instants = new Map(books.seals.map(({ id, at }) => [id, at]));
  return runsOf(books).flatMap((run) => {
    const unread = unreadIn(run);
    const from = instants.get(run.seal) ?? 0;
    const batches = noticesOf(books, nameOf(run)).filter(
      ({ kind, agents }) =>
        kind === 'session.invalidation' && agents.some(({ agentKey }) => unread.has(agentKey)),
    );
    const silences = batches.map(({ seal, batch, agents }) => {
      const until = instants.get(seal) ?? 0;
      const users = new Set(agents.map(({ agentKey }) => ids.get(agentKey)));
      const asked = platform.questions.filter(
        ({ at, user }) => from <= at && at <= until && users.has(user),
      );
      return { batch, asked, isLong: wasSilent(asked, DAY) };
    });
    const isKnown = silences.some(({ isLong }) => isLong);
    return silences
      .filter(({ asked, isLong }) => !isLong && !(isKnown && wasSilent(asked, AGAIN)))
      .map(({ batch, asked }) => {
        const refused = asked.filter(({ isAnswered }) => !isAnswered).length;
        return `S4 ${run.id}.${batch}: reported as not read, ${refused} of ${asked.length} questions were refused`;
      });
  });
}
