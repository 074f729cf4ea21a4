/** Named reads of the quarantine: pages newest first, and what operators did. Writes nothing. */
import type { QuarantinedRow } from '../../events/logged';
import { readQuarantined } from '../../events/store';
import { configId } from '../../kernel/ids';
import type { ConfigVersion } from '../../ledger/config';
import { readLatest, readLatestOf, walkNewest } from '../../ledger/store';
import { positionOf } from '../../ledger/walk/store';
import { ACT_KIND, type Closing, type ItemState } from './act';

export interface QuarantineFilter {
  readonly sourceId?: string | undefined;
  readonly reason?: string | undefined;
  /** `ALL`, or the state that is wanted. */
  readonly state: ItemState | 'ALL';
}

export interface Listed {
  readonly row: QuarantinedRow;
  readonly closing: ConfigVersion<Closing> | null;
}

/** Pages of the walk that are looked through for one page of the list. */
const MAX_WALKS = 5;
const WALK = 100;

/** Newest first; a page may be short and still have a cursor, because filters look at all items. */
export async function readQuarantinePage(
  db: D1Database,
  filter: QuarantineFilter,
  cursor: string | null,
  limit: number,
): Promise<{ readonly items: readonly Listed[]; readonly nextCursor: string | null }> {
  const items: Listed[] = [];
  let next = cursor;
  for (let walk = 0; walk < MAX_WALKS; walk += 1) {
    const { ids, nextCursor } = await walkNewest(db, 'quarantine', next, WALK);
    const places = new Map(ids.map((place) => [place.id, place]));
    const found = await withClosings(db, await readQuarantined(db, [...places.keys()]));
    for (const one of found.filter((candidate) => fits(candidate, filter))) {
      if (items.length === limit) break;
      items.push(one);
      next = positionOf(places.get(one.row.id) ?? { seal: 0, place: 0 });
    }
    if (items.length === limit) return { items, nextCursor: next };
    if (nextCursor === null) return { items, nextCursor: null };
    next = nextCursor;
  }
  return { items, nextCursor: next };
}

const fits = ({ row, closing }: Listed, { sourceId, reason, state }: QuarantineFilter): boolean =>
  (sourceId === undefined || row.source === sourceId) &&
  (reason === undefined || row.reason === reason) &&
  (state === 'ALL' || (closing?.content.act ?? 'OPEN') === state);

async function withClosings(db: D1Database, rows: readonly QuarantinedRow[]): Promise<Listed[]> {
  const names = rows.map(({ id }) => id);
  const closings = await readLatestOf<Closing | null>(db, ACT_KIND, names);
  const byName = new Map(closings.map((closing) => [closing.name, closingOf(closing)]));
  return rows.map((row) => ({ row, closing: byName.get(row.id) ?? null }));
}

/**
 * How many of the newest items, at most `most`, nobody closed, and when the oldest of them came
 * (UTC ms); `more` where so many were looked at that older ones may be left.
 */
export async function readOpenItems(
  db: D1Database,
  most: number,
): Promise<{ readonly open: number; readonly oldestAt: number | null; readonly more: boolean }> {
  const row = await db
    .prepare(
      `SELECT count(*) AS looked, count(CASE WHEN c.id IS NULL THEN 1 END) AS open,
         min(CASE WHEN c.id IS NULL THEN q.received_at END) AS oldestAt
       FROM (SELECT id, received_at FROM quarantine ORDER BY received_at DESC, id DESC LIMIT ?1) AS q
         LEFT JOIN config AS c ON c.id = replace(?2, '*', q.id)`,
    )
    .bind(most, configId(ACT_KIND, '*', 1))
    .first<{ looked: number; open: number; oldestAt: number | null }>();
  const { looked = 0, open = 0, oldestAt = null } = row ?? {};
  return { open, oldestAt, more: looked === most };
}

export async function readListed(db: D1Database, id: string): Promise<Listed | null> {
  const [row] = await readQuarantined(db, [id]);
  if (row === undefined) return null;
  return { row, closing: closingOf(await readLatest<Closing | null>(db, ACT_KIND, id)) };
}

/** What closed an item; one whose words were erased stays closed. */
function closingOf(version: ConfigVersion<Closing | null> | null): ConfigVersion<Closing> | null {
  if (version === null) return null;
  return { ...version, content: version.content ?? { act: 'DISMISSED', reason: null } };
}
