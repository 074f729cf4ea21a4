/** Named reads for anchors: those that were taken, and the seals since. Writes nothing. */
import type { Head } from '../../ledger/seals/seal';
import { ANCHOR_KIND, type Anchor } from './anchor';

export interface TakenAnchor {
  /** UTC day, `2024-09-30`. */
  readonly day: string;
  /** UTC ms. */
  readonly takenAt: number;
  readonly anchor: Anchor;
}

/** Anchors newest first, before a day (null: from the newest). */
export async function readAnchors(
  db: D1Database,
  before: string | null,
  count: number,
): Promise<TakenAnchor[]> {
  const { results } = await db
    .prepare(
      `SELECT name, written_at, content FROM config
       WHERE id >= ?1 || '/' AND id < ?1 || '/' || ?2 ORDER BY id DESC LIMIT ?3`,
    )
    .bind(ANCHOR_KIND, before ?? 'x', count)
    .all<{ name: string; written_at: number; content: string | null }>();
  return results.flatMap(({ name, written_at: takenAt, content }) => {
    const anchor = JSON.parse(content ?? 'null') as Anchor | null;
    return anchor === null ? [] : [{ day: name, takenAt, anchor }];
  });
}

/** Seals after a number in order, without their contents, at most `count`. */
export async function readHeadsAfter(
  db: D1Database,
  after: number,
  count: number,
): Promise<Head[]> {
  const { results } = await db
    .prepare('SELECT id AS number, hash, at FROM seals WHERE id > ? ORDER BY id LIMIT ?')
    .bind(after, count)
    .all<Head>();
  return results;
}
