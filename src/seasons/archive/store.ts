/** Named reads of the archive of a season: one range of the primary key. Writes nothing. */
import { archivedOf } from '../standing/store';
import type { Archived } from '../standing/words';

/** Archived agents of a season after a key, at most `count`. */
export async function readArchive(
  db: D1Database,
  season: string,
  after: string | null,
  count: number,
): Promise<Archived[]> {
  const { results } = await db
    .prepare('SELECT * FROM season_archive WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3')
    .bind(after === null ? `${season}.` : `${season}.${after}`, `${season}/`, count)
    .all<Readonly<Record<string, unknown>>>();
  return results.map(archivedOf);
}
