/** Whose grace is over and has not been ended. One or two rows read per archived agent. Writes nothing. */
import type { LiveSeason } from '../../season';

/**
 * The latest end of grace after one instant and up to another among agents whom a reset brought into
 * a season; null where there is none. The newest change of an agent counts, else the opening. An end
 * that was written when it had passed counts from then on: the wave that was due is over.
 */
export async function readGraceLeft(
  db: D1Database,
  seasons: readonly LiveSeason[],
  season: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<number | null> {
  const { results } = await db
    .prepare(
      `SELECT max(max(ends, since)) AS latest FROM (
         SELECT CASE WHEN c.id IS NULL THEN a.grace_until ELSE c.grace_until END AS ends,
                coalesce(c.at, a.at) AS since
         FROM json_each(?1) AS s
           CROSS JOIN season_archive AS a ON a.id > s.value || '.' AND a.id < s.value || '/'
           LEFT JOIN tier_changes AS c ON c.id = (SELECT max(id) FROM tier_changes
             WHERE id > substr(a.id, length(s.value) + 2) || '.' || ?2 || '.'
               AND id < substr(a.id, length(s.value) + 2) || '.' || ?2 || '/')
         WHERE a.next_season = ?2)
       WHERE ends <= ?4 AND max(ends, since) > ?3`,
    )
    .bind(JSON.stringify(seasons.map(({ id }) => id)), season, after, upTo)
    .all<{ latest: number | null }>();
  return results[0]?.latest ?? null;
}
