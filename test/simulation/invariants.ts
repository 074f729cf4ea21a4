/**
 * What must hold after every history, by the numbers of the invariants: of the books, of what was
 * said and heard, and of each system that took part. Each check answers what is broken in words, so
 * that one failing seed tells all that is wrong with it. Refuses nothing.
 */
import type { Books } from './books';
import type { History } from './history';
import {
  booksBalance,
  chainHolds,
  hashed,
  neverBelowZero,
  settingsAreAudited,
} from './invariants-of-books';
import { brokenMail, mailState } from './mail-truth';

/** INV-19: no secret stands in a table. (Logs are looked at by the one who runs the history.) */
const noCanary = (books: Books): string[] =>
  books.dump.includes('canary-') ? ['INV-19: a secret stands in a table'] : [];

/** INV-14: an alarm that is set for now again and again reaches nothing else. */
const restless = ({ machine }: History): string[] =>
  [...machine.restless].map((key) => `INV-14 ${key}: fires at one instant without an end`);

/** Everything that is broken; empty when all holds. */
export const broken = (history: History, books: Books): string[] => [
  ...brokenMail(history, books),
  ...[...history.players.values()].flatMap((player) => player.broken(books)),
  ...booksBalance(books),
  ...chainHolds(books),
  ...neverBelowZero(books),
  ...settingsAreAudited(books),
  ...noCanary(books),
  ...restless(history),
  ...history.world.unread,
];

/** What two runs of one seed must agree on, whatever the order of what was concurrent. */
export const stateOf = (history: History, books: Books): string[] => [
  ...[...history.players.values()].flatMap((player) => player.state(books)),
  ...mailState(books),
];

/** Kept of a contradiction, which is sent only by who has heard that the first was taken. */
const isOfContradiction = (line: string): boolean => /^quarantine \S+ CONFLICT/.test(line);

/** INV-20: the hash of that. */
export const stateHash = (history: History, books: Books): string =>
  hashed(...stateOf(history, books).filter((line) => !isOfContradiction(line)));
