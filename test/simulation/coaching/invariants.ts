/**
 * What must be true of coaching after every history: the ledger and the outcome that is told equal
 * the oracle's fold of what was said, and every event stands under a decision. Refuses nothing.
 */
import { sessionKeyOf } from '../../../src/kernel/ids';
import { localDayOf } from '../../oracle/seasons';
import {
  type Books,
  dayOfEntry,
  isOfCoaching,
  latestDecisions,
  netsBySession,
  numberOf,
  sessionOf,
} from '../books';
import { UTC } from '../zones';
import { type CoachingView, NAMESPACE, shownNets, truths } from './truth';

const COMPLETED = 'performance.coaching.completed';

type Check = (view: CoachingView, books: Books) => string[];

/** INV-2 and INV-9: the ledger equals the oracle's fold of the set, for every coaching session. */
const ledgerEqualsOracle: Check = (view, books) => {
  const judged = truths(view, books, view.history.world.now);
  const known = new Set(judged.map(({ key }) => key));
  const strays = [...netsBySession(books)].filter(
    ([key, nets]) => nets.size > 0 && !known.has(key),
  );
  return [
    ...judged.flatMap(({ sessionId, expected, pending, posted }) =>
      shownNets(expected.nets) === shownNets(posted) ||
      (!view.history.waited && shownNets(pending.nets) === shownNets(posted))
        ? []
        : [
            `INV-9 ${sessionId}: posted ${shownNets(posted)}, the oracle says ${shownNets(expected.nets)} (${expected.outcome} ${expected.failedGate ?? ''})`,
          ],
    ),
    ...strays.map(([key, nets]) => `INV-2 ${key}: posted ${shownNets(nets)} for nobody's coaching`),
  ];
};

/** How the engine may name what the oracle says; `posted`: something was posted at some time. */
function legalOutcomes(expected: string, posted: boolean): readonly string[] {
  switch (expected) {
    case 'AWARDED':
      return ['AWARDED', 'AWARD_STANDS'];
    case 'CAPPED':
      return ['CAPPED'];
    case 'REVOKED':
      return posted ? ['REVOKED'] : ['REVOKED', 'RULE_EVALUATION_FAILED'];
    case 'FAILED':
      return posted ? ['REVOKED', 'RULE_EVALUATION_FAILED'] : ['RULE_EVALUATION_FAILED'];
    case 'EXPIRED':
      return ['EXPIRED', 'AWAITING_SCORE'];
    default:
      return ['AWAITING_SCORE'];
  }
}

/** The outcome that is told is the oracle's too. */
const outcomeEqualsOracle: Check = (view, books) =>
  truths(view, books, view.history.world.now).flatMap(({ sessionId, key, expected, outcome }) => {
    if (expected.outcome === 'NOTHING') return [];
    const posted = books.entries.some((entry) => sessionOf(entry) === key);
    if (outcome !== null && legalOutcomes(expected.outcome, posted).includes(outcome)) return [];
    return [`DEC-7 ${sessionId}: outcome ${outcome}, the oracle says ${expected.outcome}`];
  });

const COACHING = new Set([COMPLETED, 'qa.score.updated']);

/** INV-12: every event of a coaching session stands under a decision. */
const everythingIsDecided: Check = (_, books) => {
  const decisions = latestDecisions(books);
  return books.events.flatMap(({ id, type, subject, received_at }) => {
    if (subject === null || !COACHING.has(type)) return [];
    const upto = decisions.get(subject)?.upto ?? null;
    return upto !== null && upto >= received_at
      ? []
      : [`INV-12 event ${id}: received at ${received_at}, decided up to ${upto}`];
  });
};

/**
 * INV-18: what a coaching session posts stands under the local day of its completion, whenever that
 * was said and settled. Of two completions the one that was settled first is frozen (DEC-7).
 */
const daysAreOfCompletions: Check = ({ history, part }, books) => {
  const { zone = UTC } = history.plan;
  const sessions = new Map(part.sessions.map((id, index) => [sessionKeyOf(NAMESPACE, id), index]));
  return books.entries.filter(isOfCoaching).flatMap((entry) => {
    const session = sessions.get(sessionOf(entry));
    if (session === undefined) return [];
    const days = part.events
      .filter((one) => one.session === session && one.type === COMPLETED)
      .map(({ occurredAt }) => localDayOf(occurredAt, zone));
    const found = dayOfEntry(entry);
    return days.includes(found) ? [] : [`INV-18 ${entry.tx}: stands under ${found}, not ${days}`];
  });
};

const CHECKS: readonly Check[] = [
  ledgerEqualsOracle,
  outcomeEqualsOracle,
  everythingIsDecided,
  daysAreOfCompletions,
];

export const brokenCoaching = (view: CoachingView, books: Books): string[] =>
  CHECKS.flatMap((check) => check(view, books));

/** Where the ledger stands for each coaching session. */
export const coachingState = (books: Books): string[] =>
  [...netsBySession(books)]
    .filter(([, own]) => own.size > 0)
    .map(([session, own]) => `${session}: ${shownNets(own)}`)
    .sort();

/** How each coaching session went from decision to decision. */
export function transitionsOf(books: Books): string[] {
  const bySession = Map.groupBy(books.decisions, ({ session }) => session);
  return [...bySession.values()].flatMap((decisions) => {
    const inOrder = decisions.toSorted((a, b) => numberOf(a.id) - numberOf(b.id));
    return inOrder.map(
      ({ outcome }, index) => `${inOrder[index - 1]?.outcome ?? 'NEW'} > ${outcome}`,
    );
  });
}
