/**
 * Named reads of the event log and the quarantine, and what the journal must know to write them.
 * Lists by time come as ids from the seals; here are the rows of given ids. Writes nothing.
 */
import { eq, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { JournalTable } from '../ledger/journal';
import { contentHashOf, type IntakeEvent, type KeptEvent } from './event';
import type { LoggedEvent, QuarantinedRow } from './logged';
import type { QuarantineDetail, QuarantineReason } from './quarantine';
import { events, quarantine } from './schema';

export const EVENTS_TABLE: JournalTable = {
  name: 'events',
  values: [
    'source',
    'type',
    'subject',
    'occurred_at',
    'received_at',
    'signature',
    'body_hash',
    'content_hash',
  ],
  side: ['content', 'salt'],
  bound: [{ hash: 'content_hash', over: ['salt', 'content'] }],
};

export const QUARANTINE_TABLE: JournalTable = {
  name: 'quarantine',
  values: ['source', 'reason', 'received_at', 'body_hash', 'detail_hash'],
  side: ['body', 'detail', 'salt'],
  bound: [{ hash: 'detail_hash', over: ['salt', 'detail', 'body'] }],
};

export type { LoggedEvent, QuarantinedRow };

/** Ids in one statement; D1 binds at most 100 parameters. */
const CHUNK = 90;

/** The events of these ids in the order asked; ids that are not there are left out. */
export async function readEvents(db: D1Database, ids: readonly string[]): Promise<LoggedEvent[]> {
  const found = new Map<string, LoggedEvent>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const rows = await drizzle(db)
      .select()
      .from(events)
      .where(inArray(events.id, ids.slice(from, from + CHUNK)));
    for (const row of rows) found.set(row.id, loggedOf(row));
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

export async function readEvent(db: D1Database, id: string): Promise<LoggedEvent | null> {
  const [row] = await drizzle(db).select().from(events).where(eq(events.id, id));
  return row === undefined ? null : loggedOf(row);
}

function loggedOf(row: typeof events.$inferSelect): LoggedEvent {
  const { id, source, type, subject, occurredAt, receivedAt, signature, bodyHash, seal } = row;
  const logged = { id, source, type, subject, occurredAt, receivedAt, signature, bodyHash, seal };
  if (row.content === null || row.salt === null) return { ...logged, kept: null };
  const event = JSON.parse(row.content) as IntakeEvent;
  const kept: KeptEvent = {
    id,
    event,
    occurredAt,
    receivedAt,
    bodyHash,
    contentHash: contentHashOf(event),
    signature,
    subject,
    salt: row.salt,
  };
  return { ...logged, kept };
}

/** Its body names an erased person and was never kept. */
const WITHHELD: QuarantineReason = 'ERASED_AGENT';

/** The quarantined items of these ids in the order asked; ids that are not there are left out. */
export async function readQuarantined(
  db: D1Database,
  ids: readonly string[],
): Promise<QuarantinedRow[]> {
  const found = new Map<string, QuarantinedRow>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const rows = await drizzle(db)
      .select()
      .from(quarantine)
      .where(inArray(quarantine.id, ids.slice(from, from + CHUNK)));
    for (const { detailHash: _, salt: __, detail, ...row } of rows) {
      const parsed = detail === null ? null : (JSON.parse(detail) as QuarantineDetail);
      const body = row.reason === WITHHELD ? null : row.body;
      found.set(row.id, { ...row, body, detail: parsed });
    }
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** Those of the ids that are in quarantine. */
export async function readQuarantinedIds(
  db: D1Database,
  ids: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; from < ids.length; from += CHUNK) {
    const rows = await drizzle(db)
      .select({ id: quarantine.id })
      .from(quarantine)
      .where(inArray(quarantine.id, ids.slice(from, from + CHUNK)));
    found.push(...rows.map(({ id }) => id));
  }
  return found;
}
