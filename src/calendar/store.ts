/** Named reads of seasons as far as the account of a point depends on them. Writes nothing. */
import { readAllVersions } from '../ledger/store';
import { SEASON_KIND, type SeasonDates, type SeasonVersion, seasonsAt } from './season';
import { AHEAD_MS, type Copy, copiesDue } from './succession';

/** All versions of all seasons. Seasons are few. */
export const readSeasonDates = (db: D1Database): Promise<SeasonVersion[]> =>
  readAllVersions<SeasonDates>(db, SEASON_KIND);

/** The season of each category at an instant (DEC-6), and the copies that must be written for it. */
export interface SeasonsThen {
  readonly seasons: Readonly<Record<string, string>>;
  readonly copies: readonly Copy<SeasonDates>[];
}

/**
 * The same though cron has not fired since a season ended: the copies that it would have made count.
 * Who posts to a copy writes it first, so that no points stand in a season that nobody will know.
 */
export async function readSeasonsAt(
  db: D1Database,
  instant: number,
  now: number,
): Promise<SeasonsThen> {
  const versions = await readSeasonDates(db);
  const copies = copiesDue(versions, now, AHEAD_MS);
  const all = [...versions, ...copies.map(({ version }) => version)];
  return { seasons: seasonsAt(all, instant), copies };
}
