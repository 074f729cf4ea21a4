/**
 * Lists by time: the seals are walked newest first, a bounded number of rows a page, so that no
 * table needs an index on time; and seals by number and by time. Writes nothing.
 */
import { type Position, positionOf, readPosition } from './position';

export { isPosition, positionOf } from './position';

/** A sealed row by where its seal lists it. */
export interface Place extends Position {
  readonly table: string;
  readonly id: string;
}

const MOST_SEALS = 200;
const ROWS_A_ROUND = 1_000;
/** Of a list's page. Each is read some seven times; with what a page shows that stays below 5,000. */
const SEALS_A_ROUND = 130;
const ROUNDS = 4;
const NEWEST: Position = { seal: Number.MAX_SAFE_INTEGER, place: 0 };

/** Ids of one table's rows, newest first; see `walkTables`. */
export const walkNewest = (
  db: D1Database,
  table: string,
  cursor: string | null,
  limit: number,
): ReturnType<typeof walkTables> => walkTables(db, [table], cursor, limit);

/**
 * Ids of some tables' rows, newest first, before a position (null: from the newest), of the seals
 * after `floor` alone. Reads at most some 4,000 rows: a page may be short or empty and still have a
 * `nextCursor`. The cursor is a position in the clear; routes encode it.
 */
export async function walkTables(
  db: D1Database,
  tables: readonly string[],
  cursor: string | null,
  limit: number,
  floor = 0,
): Promise<{ readonly ids: readonly Place[]; readonly nextCursor: string | null }> {
  let before = cursor === null ? NEWEST : readPosition(cursor);
  if (before === null) return { ids: [], nextCursor: null };
  const ids: Place[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { low, found } = await walkRound(db, tables, before, floor);
    ids.push(...found);
    if (ids.length > limit) {
      const page = ids.slice(0, limit);
      const last = page.at(-1);
      return { ids: page, nextCursor: last === undefined ? cursor : positionOf(last) };
    }
    if (low === null || low <= floor + 1) return { ids, nextCursor: null };
    before = { seal: low, place: 0 };
  }
  return { ids, nextCursor: positionOf(before) };
}

/** One step backwards over as many seals as hold about a thousand rows. */
async function walkRound(
  db: D1Database,
  tables: readonly string[],
  before: Position,
  floor: number,
): Promise<{ readonly low: number | null; readonly found: readonly Place[] }> {
  const some = `WITH some AS (SELECT id, size, sum(size) OVER (ORDER BY id DESC) AS run
    FROM (SELECT id, size FROM seals WHERE id <= ?1 AND id > ?2 ORDER BY id DESC LIMIT ${SEALS_A_ROUND}))`;
  const upTo = before.place > 0 ? before.seal : before.seal - 1;
  const [lows, found] = await db.batch([
    db
      .prepare(`${some} SELECT min(id) AS low FROM some WHERE run - size < ${ROWS_A_ROUND}`)
      .bind(upTo, floor),
    db
      .prepare(
        `${some} SELECT j.value->>0 AS "table", j.value->>1 AS id, s.id AS seal, j.key AS place
         FROM some CROSS JOIN seals AS s ON s.id = some.id, json_each(s.contents) AS j
         WHERE some.run - some.size < ${ROWS_A_ROUND} AND j.value->>0 IN (SELECT value FROM json_each(?5))
           AND (s.id < ?3 OR j.key < ?4)
         ORDER BY s.id DESC, j.key DESC`,
      )
      .bind(upTo, floor, before.seal, before.place, JSON.stringify(tables)),
  ]);
  const [low] = (lows?.results ?? []) as { low: number | null }[];
  return { low: low?.low ?? null, found: (found?.results ?? []) as Place[] };
}

/**
 * Rows of some tables in the seals after a number, in their order, and the last seal that was read.
 * Reads whole seals of some thousand rows together; who is not at the end asks again.
 */
export async function walkAfter(
  db: D1Database,
  tables: readonly string[],
  after: number,
): Promise<{ readonly ids: readonly Place[]; readonly reached: number }> {
  const some = `WITH some AS (SELECT id, size, sum(size) OVER (ORDER BY id) AS run
    FROM (SELECT id, size FROM seals WHERE id > ?1 ORDER BY id LIMIT ${MOST_SEALS}))`;
  const [last, found] = await db.batch([
    db
      .prepare(`${some} SELECT max(id) AS reached FROM some WHERE run - size < ${ROWS_A_ROUND}`)
      .bind(after),
    db
      .prepare(
        `${some} SELECT j.value->>0 AS "table", j.value->>1 AS id, s.id AS seal, j.key AS place
         FROM some CROSS JOIN seals AS s ON s.id = some.id, json_each(s.contents) AS j
         WHERE some.run - some.size < ${ROWS_A_ROUND}
           AND j.value->>0 IN (SELECT value FROM json_each(?2))
         ORDER BY s.id, j.key`,
      )
      .bind(after, JSON.stringify(tables)),
  ]);
  const [{ reached } = { reached: null }] = (last?.results ?? []) as { reached: number | null }[];
  return { ids: (found?.results ?? []) as Place[], reached: reached ?? after };
}

/** The last seal that was written before an instant, 0 where there is none. Halves its way there. */
export async function readSealBefore(db: D1Database, instant: number): Promise<number> {
  const head = await db.prepare('SELECT max(id) AS id FROM seals').first<{ id: number | null }>();
  let low = 0;
  let high = head?.id ?? 0;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const found = await db
      .prepare('SELECT at FROM seals WHERE id = ?1')
      .bind(middle)
      .first<{ at: number }>();
    if (found !== null && found.at < instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Seals looked at for the first of an instant where the very first is later. */
const MOST_BEFORE_SET = 5000;

/**
 * The number of the last seal at or before an instant, 0 before the first. Some 20 rows read; more
 * only where the first seal is later than the instant: then a sandbox's clock may have been set back
 * after it, and the search begins at the first seal that is not.
 */
export async function readSealAt(db: D1Database, instant: number): Promise<number> {
  const row = await db
    .prepare(
      `WITH RECURSIVE b (low, high) AS (
         SELECT coalesce(first.id, 0),
                CASE WHEN first.id IS NULL THEN 0 ELSE (SELECT max(id) FROM seals) END
         FROM (SELECT 1) LEFT JOIN (SELECT id FROM seals
           WHERE id <= ${MOST_BEFORE_SET} AND at <= ?1 ORDER BY id LIMIT 1) AS first
         UNION ALL
         SELECT CASE WHEN (SELECT at FROM seals WHERE id = (low + high + 1) / 2) <= ?1
                  THEN (low + high + 1) / 2 ELSE low END,
                CASE WHEN (SELECT at FROM seals WHERE id = (low + high + 1) / 2) <= ?1
                  THEN high ELSE (low + high + 1) / 2 - 1 END
         FROM b WHERE low < high)
       SELECT low FROM b WHERE low = high`,
    )
    .bind(instant)
    .first<{ low: number }>();
  return row?.low ?? 0;
}

export interface SealName {
  readonly seal: number;
  readonly sealHash: string;
  /** UTC ms. */
  readonly at: number;
}

/** A seal by number, and the newest one; null where there is none. */
export async function readSealNames(
  db: D1Database,
  number: number,
): Promise<{ readonly asked: SealName | null; readonly head: SealName | null }> {
  const columns = 'id AS seal, hash AS sealHash, at';
  const [asked, head] = await db.batch<SealName>([
    db.prepare(`SELECT ${columns} FROM seals WHERE id = ?`).bind(number),
    db.prepare(`SELECT ${columns} FROM seals ORDER BY id DESC LIMIT 1`),
  ]);
  return { asked: asked?.results[0] ?? null, head: head?.results[0] ?? null };
}
