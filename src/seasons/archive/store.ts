/**
 * Named reads of the archive: a season's by one range of the primary key, an agent's by keys. Writes
 * nothing.
 */
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

/** What the archive says of an agent in some seasons. */
export async function readArchiveOf(
  db: D1Database,
  agentKey: string,
  seasons: readonly string[],
): Promise<Archived[]> {
  const { results } = await db
    .prepare(
      `SELECT a.* FROM json_each(?1) AS s
         CROSS JOIN season_archive AS a ON a.id = s.value || '.' || ?2`,
    )
    .bind(JSON.stringify(seasons), agentKey)
    .all<Readonly<Record<string, unknown>>>();
  return results.map(archivedOf);
}
