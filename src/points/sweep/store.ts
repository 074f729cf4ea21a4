/** What a sweep reads: events of coaching sessions, and ids of other rows, by their seals. Writes nothing. */
import type { SweptEvent } from './sweep';

/** Seals looked at in one page of a sweep. */
const SEALS_PER_PAGE = 500;

/**
 * The events of coaching sessions in the seals after `mark` that were received before `until`, in
 * the order of the seals, and the last seal looked at. Stops at the first seal written later.
 */
export async function readSwept(
  db: D1Database,
  mark: number,
  until: number,
): Promise<{ readonly events: readonly SweptEvent[]; readonly reached: number }> {
  const [swept, last] = await db.batch<{
    seal: number;
    session: string;
    received_at: number;
    settled: number;
  }>([
    db
      .prepare(
        `SELECT s.id AS seal, e.subject AS session, e.received_at,
           EXISTS (SELECT 1 FROM decisions d
             WHERE d.id > e.subject || '.' AND d.id < e.subject || '/' AND d.upto >= e.received_at) AS settled
         FROM seals s, json_each(s.contents) j
         JOIN events e ON e.id = j.value ->> 1
         WHERE s.id > ?1 AND s.id <= ?1 + ?2 AND s.at <= ?3 AND j.value ->> 0 = 'events'
           AND e.type IN ('performance.coaching.completed', 'qa.score.updated')
         ORDER BY s.id`,
      )
      .bind(mark, SEALS_PER_PAGE, until),
    db
      .prepare(
        `SELECT coalesce(max(id), ?1) AS seal FROM seals WHERE id > ?1 AND id <= ?1 + ?2 AND at <= ?3`,
      )
      .bind(mark, SEALS_PER_PAGE, until),
  ]);
  const events = (swept?.results ?? []).map((row) => ({
    seal: row.seal,
    session: row.session,
    receivedAt: row.received_at,
    settled: row.settled === 1,
  }));
  return { events, reached: last?.results[0]?.seal ?? mark };
}

export interface SealedId {
  readonly seal: number;
  readonly id: string;
}

/** More rows than this are left to the next page; a seal holds at most half as many. */
const IDS_PER_PAGE = 1000;

/**
 * Ids of one table's rows in the seals after `mark` that were written until an instant, in their
 * order, and the last seal that was read whole. At most 500 seals and 1,000 rows.
 */
export async function readSealedIds(
  db: D1Database,
  table: string,
  mark: number,
  until: number,
): Promise<{ readonly ids: readonly SealedId[]; readonly reached: number }> {
  const [listed, last] = await db.batch<SealedId>([
    db
      .prepare(
        `SELECT s.id AS seal, j.value ->> 1 AS id FROM seals s, json_each(s.contents) j
         WHERE s.id > ?1 AND s.id <= ?1 + ?2 AND s.at <= ?3 AND j.value ->> 0 = ?4
         ORDER BY s.id, j.key LIMIT ${IDS_PER_PAGE + 1}`,
      )
      .bind(mark, SEALS_PER_PAGE, until, table),
    db
      .prepare(
        `SELECT coalesce(max(id), ?1) AS seal FROM seals WHERE id > ?1 AND id <= ?1 + ?2 AND at <= ?3`,
      )
      .bind(mark, SEALS_PER_PAGE, until),
  ]);
  const ids = listed?.results ?? [];
  const cut = ids.length > IDS_PER_PAGE ? (ids.at(-1)?.seal ?? 0) : null;
  if (cut === null) return { ids, reached: last?.results[0]?.seal ?? mark };
  return { ids: ids.filter(({ seal }) => seal < cut), reached: cut - 1 };
}
