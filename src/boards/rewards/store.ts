/** Named reads of board runs and of what was taken back after them. Writes nothing. */
import type { ConfigVersion } from '../../ledger/config';
import { versionOf } from '../../ledger/store';
import { MOST_SEALS } from '../store';
import { RUN_KIND, type Run, type TakenBack } from './reward';

export type RunVersion = ConfigVersion<Run> & { readonly seal: number };

/** The run of the latest period, its newest version; null before the first. */
export async function readLastRun(db: D1Database, boardId: string): Promise<RunVersion | null> {
  const [row] = await readRuns(db, { boardId, before: null, count: 1 });
  return row ?? null;
}

/** Runs of a board, latest period first, before one's name; of each its newest version. */
export async function readRuns(
  db: D1Database,
  page: { readonly boardId: string; readonly before: string | null; readonly count: number },
): Promise<RunVersion[]> {
  const low = `${RUN_KIND}/${page.boardId}.`;
  const high = `${RUN_KIND}/${page.before ?? page.boardId}/`;
  const { results } = await db
    .prepare(
      `SELECT *, max(version) FROM config WHERE id > ?1 AND id < ?2
       GROUP BY name ORDER BY name DESC LIMIT ?3`,
    )
    .bind(low, high, page.count)
    .all<Record<string, unknown>>();
  return results.map((row) => ({ ...versionOf<Run>(row), seal: Number(row.seal) }));
}

/** Entries of a unit that took something back in the seals after one, up to a bounded number of rows. */
export async function readTakenBack(
  db: D1Database,
  unit: string,
  after: number,
  rows: number,
): Promise<{
  readonly reached: number;
  readonly taken: readonly TakenBack[];
}> {
  const page = `WITH some AS (SELECT id, size, sum(size) OVER (ORDER BY id) AS run
      FROM (SELECT id, size FROM seals WHERE id > ?1 ORDER BY id LIMIT ${MOST_SEALS}))`;
  const [last, found] = await db.batch<Record<string, unknown>>([
    db
      .prepare(`${page} SELECT max(id) AS reached FROM some WHERE run - size < ?2`)
      .bind(after, rows),
    db
      .prepare(
        `${page} SELECT e.id, e.tx, e.amount, e.recorded_at AS recordedAt
         FROM some CROSS JOIN seals AS s ON s.id = some.id, json_each(s.contents) AS j
           CROSS JOIN entries AS e ON e.id = j.value->>1
         WHERE some.run - some.size < ?2 AND j.value->>0 = 'entries' AND e.unit = ?3
           AND substr(e.from_account, 1, 6) = 'agent:' AND e.reverses IS NOT NULL ORDER BY e.id`,
      )
      .bind(after, rows, unit),
  ]);
  const taken = (found?.results ?? []) as unknown as TakenBack[];
  return { reached: Number(last?.results[0]?.reached ?? after), taken };
}
