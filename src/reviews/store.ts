/**
 * Named reads of reviews, and what the journal must know to write them. The list is one walk over
 * an index on time: open ones oldest first, then decided ones newest first. Writes nothing.
 */
import { inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { JournalTable } from '../ledger/journal';
import type { ReviewContent, StoredAct, StoredReview } from './review';
import { reviewActs, reviews } from './schema';

export const REVIEWS_TABLE: JournalTable = {
  name: 'reviews',
  values: ['kind', 'subject', 'opened_at', 'content_hash'],
  side: ['content', 'salt'],
  bound: [{ hash: 'content_hash', over: ['salt', 'content'] }],
};

export const REVIEW_ACTS_TABLE: JournalTable = {
  name: 'review_acts',
  values: ['act', 'at', 'content_hash', 'person', 'note_hash'],
  side: ['actor', 'reason', 'salt'],
  bound: [{ hash: 'note_hash', over: ['salt', 'actor', 'reason'] }],
};

/** Ids in one statement; D1 binds at most 100 parameters. */
const CHUNK = 45;

/** The reviews of these ids in the order asked; ids that are not there are left out. */
export async function readReviews(db: D1Database, ids: readonly string[]): Promise<StoredReview[]> {
  const found = new Map<string, StoredReview>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const some = ids.slice(from, from + CHUNK);
    const actIds = some.flatMap((id) => [`${id}/opened`, `${id}/decided`]);
    const [rows, acts] = await Promise.all([
      drizzle(db).select().from(reviews).where(inArray(reviews.id, some)),
      drizzle(db).select().from(reviewActs).where(inArray(reviewActs.id, actIds)),
    ]);
    const byId = new Map(acts.map((act) => [act.id, act]));
    for (const row of rows) {
      found.set(row.id, {
        id: row.id,
        kind: row.kind,
        subject: row.subject,
        openedAt: row.openedAt,
        hash: row.contentHash,
        content: row.content === null ? null : (JSON.parse(row.content) as ReviewContent),
        opened: actOf(byId.get(`${row.id}/opened`)),
        decided: actOf(byId.get(`${row.id}/decided`)),
      });
    }
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

function actOf(row: typeof reviewActs.$inferSelect | undefined): StoredAct | null {
  if (row === undefined) return null;
  const { act, at, person, actor, reason } = row;
  return { act, at, person, actor, reason: reason === '' ? null : reason };
}

export async function readReview(db: D1Database, id: string): Promise<StoredReview | null> {
  const [review] = await readReviews(db, [id]);
  return review ?? null;
}

/** A place in the list: which half of it, and after which review. */
export interface ListPlace {
  readonly half: 'OPEN' | 'DECIDED';
  readonly openedAt: number;
  readonly id: string;
}

export interface ListAsked {
  readonly kind: string | null;
  readonly state: 'OPEN' | 'DECIDED' | 'ALL';
  readonly after: ListPlace | null;
  readonly limit: number;
}

/** Reviews looked at in one half for one page; a page may be short and have a cursor all the same. */
const MOST_LOOKED_AT = 10_000;

const FIRST: Omit<ListPlace, 'half'> = { openedAt: -1, id: '' };
const LAST: Omit<ListPlace, 'half'> = { openedAt: Number.MAX_SAFE_INTEGER, id: '' };

/** Places of at most `limit` reviews, and from where to go on (null: that was all). */
export async function readReviewPage(
  db: D1Database,
  { kind, state, after, limit }: ListAsked,
): Promise<{ readonly places: readonly ListPlace[]; readonly next: ListPlace | null }> {
  const places: ListPlace[] = [];
  for (const half of ['OPEN', 'DECIDED'] as const) {
    if (state !== 'ALL' && state !== half) continue;
    if (after !== null && after.half === 'DECIDED' && half === 'OPEN') continue;
    const from = after?.half === half ? after : { half, ...(half === 'OPEN' ? FIRST : LAST) };
    const { found, bound } = await readHalf(db, from, kind, limit + 1 - places.length);
    places.push(...found);
    if (places.length > limit) {
      const page = places.slice(0, limit);
      return { places: page, next: page.at(-1) ?? null };
    }
    if (bound !== null) return { places, next: bound };
  }
  return { places, next: null };
}

async function readHalf(
  db: D1Database,
  from: ListPlace,
  kind: string | null,
  count: number,
): Promise<{ readonly found: readonly ListPlace[]; readonly bound: ListPlace | null }> {
  const isOpen = from.half === 'OPEN';
  const order = `ORDER BY opened_at ${isOpen ? 'ASC, id ASC' : 'DESC, id DESC'}`;
  const some = `SELECT id, kind, opened_at FROM reviews
    WHERE (opened_at, id) ${isOpen ? '>' : '<'} (?1, ?2) ${order}`;
  const [found, bound] = await db.batch<{ id: string; openedAt: number }>([
    db
      .prepare(
        `SELECT r.id, r.opened_at AS openedAt FROM (${some} LIMIT ${MOST_LOOKED_AT}) AS r
         WHERE (?3 IS NULL OR r.kind = ?3) AND ${isOpen ? 'NOT' : ''} EXISTS
           (SELECT 1 FROM review_acts AS a WHERE a.id = r.id || '/decided')
         ${order} LIMIT ?4`,
      )
      .bind(from.openedAt, from.id, kind, count),
    db
      .prepare(
        `SELECT id, opened_at AS openedAt FROM (${some} LIMIT 1 OFFSET ${MOST_LOOKED_AT - 1})`,
      )
      .bind(from.openedAt, from.id),
  ]);
  const [last] = bound?.results ?? [];
  return {
    found: (found?.results ?? []).map((row) => ({ half: from.half, ...row })),
    bound: last === undefined ? null : { half: from.half, ...last },
  };
}

export interface OpenReview {
  readonly kind: string;
  /** UTC ms. */
  readonly openedAt: number;
}

/** Those of the newest reviews that wait, in no order, and whether there are more than were looked at. */
export async function readOpenReviews(
  db: D1Database,
  most: number,
): Promise<{ readonly open: readonly OpenReview[]; readonly more: boolean }> {
  const newest = 'SELECT id, kind, opened_at FROM reviews ORDER BY opened_at DESC, id DESC';
  const [open, beyond] = await db.batch([
    db
      .prepare(
        `SELECT r.kind, r.opened_at AS openedAt FROM (${newest} LIMIT ?1) AS r
         WHERE NOT EXISTS (SELECT 1 FROM review_acts AS a WHERE a.id = r.id || '/decided')`,
      )
      .bind(most),
    db.prepare(`SELECT id FROM (${newest} LIMIT 1 OFFSET ?1)`).bind(most),
  ]);
  return {
    open: (open?.results ?? []) as unknown as OpenReview[],
    more: (beyond?.results ?? []).length > 0,
  };
}
