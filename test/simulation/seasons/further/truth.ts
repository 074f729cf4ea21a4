/**
 * What the books say of agents beside their points, read from the rows themselves: on which days
 * they were away, what their compliance came to, and so their tier, as of a seal. Shares no code with
 * the engine.
 */
import {
  beginsAt,
  endsAt,
  higher,
  type IsAway,
  numberOfDay,
  type OracleSeason,
  tierOf,
} from '../../../oracle/seasons';
import type { Books, Row } from '../../books';
import { type SeasonsPart, THRESHOLDS } from '../plan';
import { openingByOracle, pointsAt } from '../truth';

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

/** Without tier skills and without a share by weight: below the compliance minimums. */
export const UNRANKED = 'UNRANKED';

/** What an agent's values of a season come to, in millionths; of an interaction the last revision. */
export function measuredBy(
  books: Books,
  agentKey: string,
  season: OracleSeason,
  seal = EVER,
): { readonly sum: number; readonly count: number } {
  const [from, until] = [beginsAt(season), endsAt(season)];
  const latest = new Map<string, Row>();
  for (const row of books.all.get('measures') ?? []) {
    if (row.agent_key !== agentKey || row.metric !== 'csat' || Number(row.seal) > seal) continue;
    if (Number(row.occurred_at) < from || Number(row.occurred_at) >= until) continue;
    const before = latest.get(String(row.interaction));
    if (before === undefined || Number(before.revision) < Number(row.revision))
      latest.set(String(row.interaction), row);
  }
  const values = [...latest.values()].map(({ value }) => Number(value));
  return { sum: values.reduce((all, value) => all + value, 0), count: values.length };
}

/** False of who has enough values and whose mean is too low; too few fail nobody. */
function isCompliant(
  { further: { minimum } }: SeasonsPart,
  { sum, count }: ReturnType<typeof measuredBy>,
): boolean {
  if (minimum === null || count < minimum.minimumCount) return true;
  return sum >= minimum.atLeast * count;
}

/** What points and compliance come to in a season. */
export function tierBy(
  part: SeasonsPart,
  books: Books,
  agentKey: string,
  season: OracleSeason,
  seal = EVER,
): string {
  if (!isCompliant(part, measuredBy(books, agentKey, season, seal))) return UNRANKED;
  return tierOf(THRESHOLDS, Number(pointsAt(books, agentKey, season.id, seal)));
}

/** How somebody ended the season, as of the seal of their reset, and how the next one opened. */
export function endedBy(part: SeasonsPart, books: Books, agentKey: string, seal: number) {
  const points = pointsAt(books, agentKey, part.season.id, seal);
  const tier = tierBy(part, books, agentKey, part.season, seal);
  const opening = openingByOracle(part, points, awayBy(books, agentKey, seal), tier === UNRANKED);
  return { points, tier, opening };
}

/** The tier that is honoured in the next season at an instant, by all that the books say. */
export function honouredNow(
  part: SeasonsPart,
  books: Books,
  {
    agentKey,
    seal,
    now,
  }: { readonly agentKey: string; readonly seal: number; readonly now: number },
) {
  const { points, tier: ended, opening } = endedBy(part, books, agentKey, seal);
  const { graceUntil } = openingByOracle(part, points, awayBy(books, agentKey), false);
  const reached = tierBy(part, books, agentKey, part.next);
  const inGrace = graceUntil !== null && now < graceUntil;
  const isKept = inGrace && reached !== UNRANKED;
  const tier = isKept ? higher(THRESHOLDS, opening.honoured, reached) : reached;
  return { tier, ended, points, graceUntil: inGrace ? graceUntil : null };
}
