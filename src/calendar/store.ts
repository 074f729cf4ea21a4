/** Named reads of seasons as far as the account of a point depends on them. Writes nothing. */
import { readAllVersions } from '../ledger/store';
import { SEASON_KIND, type SeasonDates, type SeasonVersion, seasonsAt } from './season';

/** All versions of all seasons. Seasons are few. */
export const readSeasonDates = (db: D1Database): Promise<SeasonVersion[]> =>
  readAllVersions<SeasonDates>(db, SEASON_KIND);

/** The season of each category at an instant (DEC-6). */
export async function readSeasonsAt(
  db: D1Database,
  instant: number,
): Promise<Readonly<Record<string, string>>> {
  return seasonsAt(await readSeasonDates(db), instant);
}
