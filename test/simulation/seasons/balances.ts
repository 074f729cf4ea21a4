/**
 * What stands in the accounts of both seasons, traced to what made it: earnings that were told,
 * decisions of coaching, nights. Nothing else may move a point of a season, so the next one began at
 * zero: a reset, which carries nothing over, has no entry at all.
 */
import { beginsAt, endsAt, type OracleSeason } from '../../oracle/seasons';
import { agentIds, type Books, sessionOf } from '../books';
import { OWN_CATEGORY, type PlannedEarning } from './plan';
import type { SeasonsPlayer } from './system';
import { type Move, movesOf } from './truth';

const causeOf = ({ cause, key }: PlannedEarning): string => `${cause}.${key}`;
const categoryOf = ({ unit }: Move): string => unit.slice('POINTS/'.length);

/** What may be on the other side of an account of a season, by kind; the reset is no such kind. */
const otherSide = (move: Move, season: string): string =>
  move.kind === 'DECAY' ? `decay:${season}` : `program:${categoryOf(move)}`;

function strange(
  move: Move,
  { id, from, until }: { readonly id: string; readonly from: number; readonly until: number },
  { told, decided }: { readonly told: ReadonlySet<string>; readonly decided: ReadonlySet<string> },
): string | null {
  const isOfNight = move.kind === 'DECAY';
  if (!['AWARD', 'CORRECTION', 'REVERSAL', 'DECAY'].includes(move.kind)) return 'of no known kind';
  const other = move.by > 0n ? move.from_account : move.to_account;
  if (other !== otherSide(move, id)) return `from or to ${other}`;
  if (isOfNight) return null;
  if (move.occurred_at < from || move.occurred_at >= until)
    return `of ${new Date(move.occurred_at).toISOString()}`;
  const isKnown =
    categoryOf(move) === OWN_CATEGORY ? told.has(move.cause) : decided.has(sessionOf(move));
  return isKnown ? null : `of ${move.cause}, which nobody told`;
}

/** S1: a point stands in the season in which it was earned, and the next one began at zero. */
export function brokenBalances(player: SeasonsPlayer, books: Books): string[] {
  const { part, history } = player;
  const earnings = part.earnings.filter(({ key }) => player.told.has(key));
  const known = {
    told: new Set(earnings.map(causeOf)),
    decided: new Set(books.decisions.map(({ session }) => session)),
  };
  const ids = agentIds(books);
  return [part.season, part.next].flatMap((season) => {
    const span = { id: season.id, from: beginsAt(season), until: endsAt(season) };
    return [...ids].flatMap(([agentKey, agentId]) => {
      const moves = movesOf(books, agentKey, season.id);
      const wrong = moves.flatMap((move) => {
        const why = strange(move, span, known);
        return why === null ? [] : [`S1 ${move.id}: ${move.by} in ${season.id} ${why}`];
      });
      const own = moves.filter((move) => categoryOf(move) === OWN_CATEGORY);
      const found = own.reduce((sum, { by, kind }) => sum + (kind === 'DECAY' ? 0n : by), 0n);
      const earned = earnedIn(earnings, agentId, part.season, season);
      if (history.waited && found !== earned)
        wrong.push(`S1 ${agentId}: ${found} in ${season.id} beside decay, earned ${earned}`);
      return wrong;
    });
  });
}

/** What an agent earned in one of both seasons; all that is not of the first is of the next. */
function earnedIn(
  earnings: readonly PlannedEarning[],
  agentId: string,
  first: OracleSeason,
  season: OracleSeason,
): bigint {
  const isInFirst = (at: number): boolean => beginsAt(first) <= at && at < endsAt(first);
  return earnings
    .filter(({ agent }) => agent === agentId)
    .filter(({ occurredAt }) => isInFirst(occurredAt) === (season.id === first.id))
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
