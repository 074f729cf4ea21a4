/** What a sweep reads: events of coaching sessions, and ids of other rows, by their seals. Writes nothing. */
import { SET_BACK_MS } from '../../ledger/seals/seal';
import type { LateSession, SweptEvent } from './sweep';

/** Seals looked at in one page of a sweep. */
const SEALS_PER_PAGE = 500;

/** What a page may hold. */
export interface PageBounds {
  /** UTC ms: seals written later are not looked at. */
  readonly until: number;
  /** UTC ms: the clock of who looks. */
  readonly now: number;
  /** Sealed rows; at least one seal is looked at. */
  readonly rows?: number;
}

export interface SweptPage {
  readonly events: readonly SweptEvent[];
  /** The last seal looked at. */
  readonly reached: number;
  /** When the seal after that was written, UTC ms; null where there is none. */
  readonly nextAt: number | null;
}

/**
 * The events of coaching sessions in the seals after `mark` that were written until an instant, in
 * the order of the seals.
 */
export async function readSwept(
  db: D1Database,
  mark: number,
  bounds: PageBounds,
): Promise<SweptPage> {
  const { reached, nextAt } = await readReach(db, mark, bounds);
  if (reached === mark) return { events: [], reached, nextAt };
  const { results } = await db
    .prepare(
      `SELECT s.id AS seal, e.subject AS session, e.received_at AS receivedAt,
         EXISTS (SELECT 1 FROM decisions d
           WHERE d.id > e.subject || '.' AND d.id < e.subject || '/' AND d.upto >= e.received_at) AS settled
       FROM seals s, json_each(s.contents) j
       JOIN events e ON e.id = j.value ->> 1
       WHERE s.id > ?1 AND s.id <= ?2 AND j.value ->> 0 = 'events' AND e.subject IS NOT NULL
         AND e.type IN ('performance.coaching.completed', 'qa.score.updated')
       ORDER BY s.id`,
    )
    .bind(mark, reached)
    .all<Omit<SweptEvent, 'settled'> & { readonly settled: number }>();
  const events = results.map((row) => ({ ...row, settled: row.settled === 1 }));
  return { events, reached, nextAt };
}

/**
 * How far a page goes: to the first seal that was written after `until`. One that is far ahead of
 * the clock is older, not younger: it was written before the clock was set back.
 */
async function readReach(
  db: D1Database,
  mark: number,
  { until, now, rows = Number.MAX_SAFE_INTEGER }: PageBounds,
): Promise<{ readonly reached: number; readonly nextAt: number | null }> {
  const row = await db
    .prepare(
      `WITH some AS (SELECT id, at, size, sum(size) OVER (ORDER BY id) AS run
         FROM seals WHERE id > ?1 AND id <= ?1 + ${SEALS_PER_PAGE}),
       page AS (SELECT coalesce(
         (SELECT id - 1 FROM some WHERE (at > ?2 AND at <= ?3) OR run - size >= ?4
          ORDER BY id LIMIT 1),
         (SELECT max(id) FROM some), ?1) AS reached)
       SELECT page.reached, s.at AS nextAt FROM page LEFT JOIN seals s ON s.id = page.reached + 1`,
    )
    .bind(mark, until, now + SET_BACK_MS, rows)
    .first<{ reached: number; nextAt: number | null }>();
  return row ?? { reached: mark, nextAt: null };
}

/** Those of some coaching sessions that have no outcome yet for what they received last. */
export async function readUnsettled(
  db: D1Database,
  late: readonly LateSession[],
): Promise<LateSession[]> {
  if (late.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT w.value ->> 'session' AS session, w.value ->> 'receivedAt' AS receivedAt
       FROM json_each(?1) AS w WHERE NOT EXISTS (SELECT 1 FROM decisions d
         WHERE d.id > (w.value ->> 'session') || '.' AND d.id < (w.value ->> 'session') || '/'
           AND d.upto >= w.value ->> 'receivedAt')
       ORDER BY w.key`,
    )
    .bind(JSON.stringify(late))
    .all<LateSession>();
  return results;
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
  const { reached } = await readReach(db, mark, { until, now: until });
  if (reached === mark) return { ids: [], reached };
  const { results: ids } = await db
    .prepare(
      `SELECT s.id AS seal, j.value ->> 1 AS id FROM seals s, json_each(s.contents) j
       WHERE s.id > ?1 AND s.id <= ?2 AND j.value ->> 0 = ?3
       ORDER BY s.id, j.key LIMIT ${IDS_PER_PAGE + 1}`,
    )
    .bind(mark, reached, table)
    .all<SealedId>();
  const cut = ids.length > IDS_PER_PAGE ? (ids.at(-1)?.seal ?? 0) : null;
  if (cut === null) return { ids, reached };
  return { ids: ids.filter(({ seal }) => seal < cut), reached: cut - 1 };
}
