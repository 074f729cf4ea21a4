/**
 * Who may have changed tier: agents named by what the seals after one list (entries, measures,
 * absences, the directory, the archive: what came before a reset counts after it), and whether seasons or tiers were written. One bounded page. Writes nothing.
 */
import { ABSENCES_KIND } from '../../../agents/absences/absence';
import { AGENT_KIND } from '../../../agents/agent';
import { SEASON_KIND } from '../../../calendar/season';
import { TIERS_KIND } from '../../tier';

const MOST_SEALS = 500;

export interface Touched {
  /** Last seal of the page; the one asked for when there is none after it. */
  readonly reached: number;
  readonly agents: readonly string[];
  /** True where a season or the tier table was written: everybody may have changed. */
  readonly everybody: boolean;
}

export async function readTouched(db: D1Database, after: number, rows: number): Promise<Touched> {
  const page = `WITH some AS (SELECT id, size, sum(size) OVER (ORDER BY id) AS run
      FROM (SELECT id, size FROM seals WHERE id > ?1 ORDER BY id LIMIT ${MOST_SEALS}))`;
  const [last, named] = await db.batch<Record<string, unknown>>([
    db
      .prepare(`${page} SELECT max(id) AS reached FROM some WHERE run - size < ?2`)
      .bind(after, rows),
    db
      .prepare(
        `${page}, listed AS (SELECT j.value->>0 AS kind, j.value->>1 AS id
           FROM some CROSS JOIN seals AS s ON s.id = some.id, json_each(s.contents) AS j
           WHERE some.run - some.size < ?2)
         SELECT DISTINCT CASE kind WHEN 'config' THEN substr(id, 1, instr(id, '/') - 1) ELSE '' END AS of,
           CASE kind WHEN 'config'
             THEN substr(id, instr(id, '/') + 1, length(id) - instr(id, '/') - 7)
             WHEN 'season_archive' THEN substr(id, instr(id, '.') + 1)
             ELSE substr(id, 1, instr(id, '.') - 1) END AS name
         FROM listed WHERE kind IN ('entries', 'measures', 'season_archive') AND substr(id, 1, 1) <> '_'
           OR kind = 'config' AND substr(id, 1, instr(id, '/') - 1)
             IN ('${AGENT_KIND}', '${ABSENCES_KIND}', '${SEASON_KIND}', '${TIERS_KIND}')`,
      )
      .bind(after, rows),
  ]);
  const names = (named?.results ?? []) as unknown as { of: string; name: string }[];
  const ofEverybody = (of: string): boolean => of === SEASON_KIND || of === TIERS_KIND;
  return {
    reached: Number(last?.results[0]?.reached ?? after),
    agents: [...new Set(names.filter(({ of }) => !ofEverybody(of)).map(({ name }) => name))],
    everybody: names.some(({ of }) => ofEverybody(of)),
  };
}
