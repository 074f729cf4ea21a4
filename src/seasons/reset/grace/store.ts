/** Whose grace is over and has not been ended. One or two rows read per archived agent. Writes nothing. */
import type { LiveSeason } from '../../season';

/**
 * The latest end of grace after one instant and up to another among agents whom a reset brought into
 * a season; null where there is none. The newest change of an agent counts, else the opening.
 */
export async function readGraceLeft(
  db: D1Database,
  seasons: readonly LiveSeason[],
  season: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<number | null> {
  const { results } = await db
    .prepare(
      `SELECT max(coalesce(c.grace_until, CASE WHEN c.id IS NULL THEN a.grace_until END)) AS latest
       FROM json_each(?1) AS s
         CROSS JOIN season_archive AS a ON a.id > s.value || '.' AND a.id < s.value || '/'
         LEFT JOIN tier_changes AS c ON c.id = (SELECT max(id) FROM tier_changes
           WHERE id > substr(a.id, length(s.value) + 2) || '.' || ?2 || '.'
             AND id < substr(a.id, length(s.value) + 2) || '.' || ?2 || '/')
       WHERE a.next_season = ?2
         AND coalesce(c.grace_until, CASE WHEN c.id IS NULL THEN a.grace_until END) > ?3
         AND coalesce(c.grace_until, CASE WHEN c.id IS NULL THEN a.grace_until END) <= ?4`,
    )
    .bind(JSON.stringify(seasons.map(({ id }) => id)), season, after, upTo)
    .all<{ latest: number | null }>();
  return results[0]?.latest ?? null;
}
