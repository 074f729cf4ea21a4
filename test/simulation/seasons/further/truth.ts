/**
 * What the books say of agents beside their points, read from the rows themselves: on which days
 * they were away, as of a seal. Shares no code with the engine.
 */
import { type IsAway, numberOfDay } from '../../../oracle/seasons';
import type { Books, Row } from '../../books';

const EVER = Number.MAX_SAFE_INTEGER;

const leaveRows = (books: Books, agentKey: string): readonly Row[] =>
  (books.all.get('config') ?? []).filter(
    ({ kind, name }) => kind === 'absences' && name === agentKey,
  );

function isAwayBy(row: Row | undefined): IsAway {
  if (row === undefined) return () => false;
  const { absences } = JSON.parse(String(row.content)) as {
    readonly absences: readonly { readonly from: string; readonly to: string }[];
  };
  const spans = absences.map(({ from, to }) => [numberOfDay(from), numberOfDay(to)] as const);
  return (day) => spans.some(([from, to]) => from <= day && day <= to);
}

/** When an agent was away, as the list that was written last by a seal says. */
export const awayBy = (books: Books, agentKey: string, seal = EVER): IsAway =>
  isAwayBy(
    leaveRows(books, agentKey)
      .filter((row) => Number(row.seal) <= seal)
      .toSorted((a, b) => Number(b.version) - Number(a.version))[0],
  );

/** Every list that may have been gone by at an instant, and none. */
export const leavesKnown = (books: Books, agentKey: string, at: number): IsAway[] => [
  isAwayBy(undefined),
  ...leaveRows(books, agentKey)
    .filter((row) => Number(row.written_at) <= at)
    .map(isAwayBy),
];
