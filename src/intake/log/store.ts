/** Pages of the event log, newest first, and what was recorded about one event. Writes nothing. */
import { readNewestAuditOf } from '../../access/store';
import { type LoggedEvent, readEvents } from '../../events/store';
import { walkNewest } from '../../ledger/store';
import { positionOf } from '../../ledger/walk/store';
import type { Recurrence } from './event-view';

export interface EventFilter {
  readonly sourceId?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
}

/** Events that one page looks at where a filter is asked; what it reads stays below 5,000 rows. */
const LOOKED_AT = 200;

/** Newest first; a page may be short and still have a cursor, for it looks at a bounded number. */
export async function readEventPage(
  db: D1Database,
  filter: EventFilter,
  cursor: string | null,
  limit: number,
): Promise<{ readonly items: readonly LoggedEvent[]; readonly nextCursor: string | null }> {
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const walked = await walkNewest(db, 'events', cursor, filtered ? LOOKED_AT : limit);
  const places = new Map(walked.ids.map((place) => [place.id, place]));
  const found = await readEvents(db, [...places.keys()]);
  const fitting = found.filter((one) => fits(one, filter));
  const items = fitting.slice(0, limit);
  const last = places.get(items.at(-1)?.id ?? '');
  const cut = fitting.length > limit && last !== undefined;
  return { items, nextCursor: cut ? positionOf(last) : walked.nextCursor };
}

const fits = (event: LoggedEvent, { sourceId, type, subject }: EventFilter): boolean =>
  (sourceId === undefined || event.source === sourceId) &&
  (type === undefined || event.type === type) &&
  (subject === undefined || event.subject === subject);

const MAX_RECURRENCES = 200;
/** Of an event that came still more often; what a read of it costs stays below 5,000 rows. */
const LOOKED_AT_RECURRENCES = 2_000;

export interface Recurrences {
  /** By time, the newest of the first 2,000. */
  readonly recorded: readonly Recurrence[];
  /** True where older ones are left out. */
  readonly truncated: boolean;
}

/** What was recorded about an event after it was first taken. */
export async function readRecurrences(db: D1Database, id: string): Promise<Recurrences> {
  const rows = await readNewestAuditOf(db, `event:${id}`, {
    count: MAX_RECURRENCES + 1,
    looked: LOOKED_AT_RECURRENCES,
  });
  const recorded = rows
    .slice(0, MAX_RECURRENCES)
    .map(({ at, action, detail }) => ({ at, action, detail: JSON.parse(detail ?? 'null') }));
  return { recorded: recorded.toReversed(), truncated: rows.length > MAX_RECURRENCES };
}
