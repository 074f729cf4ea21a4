/** Pages of the event log, newest first, and what was recorded about one event. Writes nothing. */
import { and, asc, gt, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { type LoggedEvent, readEvents } from '../../events/store';
import { audit } from '../../ledger/schema';
import { walkNewest } from '../../ledger/store';
import { positionOf } from '../../ledger/walk/store';
import type { Recurrence } from './event-view';

export interface EventFilter {
  readonly sourceId?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
}

/** Pages of the walk that are looked through for one page of the list. */
const MAX_WALKS = 5;
const WALK = 200;

/** Newest first; a page may be short and still have a cursor, because filters look at all events. */
export async function readEventPage(
  db: D1Database,
  filter: EventFilter,
  cursor: string | null,
  limit: number,
): Promise<{ readonly items: readonly LoggedEvent[]; readonly nextCursor: string | null }> {
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const items: LoggedEvent[] = [];
  let next = cursor;
  for (let walk = 0; walk < MAX_WALKS; walk += 1) {
    const { ids, nextCursor } = await walkNewest(db, 'events', next, filtered ? WALK : limit);
    const places = new Map(ids.map((place) => [place.id, place]));
    const found = await readEvents(db, [...places.keys()]);
    for (const event of found.filter((one) => fits(one, filter))) {
      if (items.length === limit) break;
      items.push(event);
      next = positionOf(places.get(event.id) ?? { seal: 0, place: 0 });
    }
    if (items.length === limit && filtered) return { items, nextCursor: next };
    if (items.length === limit || nextCursor === null) return { items, nextCursor };
    next = nextCursor;
  }
  return { items, nextCursor: next };
}

const fits = (event: LoggedEvent, { sourceId, type, subject }: EventFilter): boolean =>
  (sourceId === undefined || event.source === sourceId) &&
  (type === undefined || event.type === type) &&
  (subject === undefined || event.subject === subject);

const MAX_RECURRENCES = 200;

/** What was recorded about an event after it was first taken, by time. */
export async function readRecurrences(db: D1Database, id: string): Promise<Recurrence[]> {
  const subject = `event:${id}`;
  const rows = await drizzle(db)
    .select({ at: audit.at, action: audit.action, detail: audit.detail })
    .from(audit)
    .where(and(gt(audit.id, `${subject}.`), lt(audit.id, `${subject}/`)))
    .orderBy(asc(audit.id))
    .limit(MAX_RECURRENCES);
  return rows
    .map(({ at, action, detail }) => ({ at, action, detail: JSON.parse(detail ?? 'null') }))
    .toSorted((a, b) => a.at - b.at);
}
