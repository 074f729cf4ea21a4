/**
 * What a source object holds until the journal has it, each under a key of its own and frozen when
 * it is taken. Decides whether an event without an owner is new, known or another under a known
 * id, what goes into one change set, and what a refused row becomes. Pure.
 */
import { namesPerson, type Person } from '../agents/privacy/person';
import type { State } from '../durable/due';
import {
  type Arrival,
  contentHashOf,
  eventRow,
  type KeptEvent,
  keep,
  type Taken,
} from '../events/event';
import { CLASH, quarantinedEventRow } from '../events/quarantine';
import { keepsBody } from '../events/shape';
import type { ChangeSet, Row } from '../kernel/change-set';
import { eventRowIdOf } from '../kernel/ids';
import { auditRow } from '../ledger/audit';

export interface SourceState extends State {
  /** The source has had an event of its own; kept so that a state exists. */
  readonly takenAt: number;
}

export interface Held {
  readonly row: Row;
  readonly heldAt: number;
  /** Of an event: itself and its raw body, which goes on where one is kept, or where it clashes. */
  readonly kept?: KeptEvent;
  readonly body?: string;
}

/** How long the Worker's own hand-off has before the object sends what it holds. */
const OUTBOX_DELAY_MS = 10_000;
export const MAX_BATCH_ROWS = 100;
const MAX_BATCH_LENGTH = 300_000;

export interface SourceHealth {
  readonly pending: number;
  readonly oldestHeldAt: number | null;
  readonly parked: number;
}

export const heldKey = (row: Pick<Row, 'table' | 'id'>): string => `held:${row.table}/${row.id}`;
export const HELD = 'held:';
export const PARKED = 'parked:';

/** The state with the outbox due: as it was while that is to come, else after the hand-off. */
export function withOutbox(state: SourceState | null, now: number): SourceState {
  const before = state?.due.outbox ?? 0;
  const latest = now + OUTBOX_DELAY_MS;
  const outbox = before > now ? Math.min(before, latest) : latest;
  return { due: { outbox }, takenAt: state?.takenAt ?? now };
}

export interface TakenOwnerless {
  readonly taken: Taken;
  /** What is new and must be held. */
  readonly held: Held | null;
}

/** An event that D1 holds and whose content was erased: known, and nothing to compare with. */
export const ERASED = 'erased';

const MAX_REMEMBERED = 500;

/** Adds what is gone from storage to what is remembered of it, bodies aside; the oldest go first. */
export function remember(
  sent: Map<string, Held>,
  gone: readonly (readonly [string, Held])[],
): void {
  for (const [key, { body: _, ...held }] of gone) sent.set(key, held);
  for (const key of sent.keys()) {
    if (sent.size <= MAX_REMEMBERED) break;
    sent.delete(key);
  }
}

/** First under its id: accepted. Same content: duplicate. Other content: conflict, the first stands. */
export function takeOwnerless(
  arrival: Arrival,
  known: KeptEvent | typeof ERASED | null,
  fixed: { readonly receivedAt: number; readonly salt: string },
): TakenOwnerless {
  if (known === ERASED) {
    const kept = keep(arrival, { ...fixed, subject: null });
    return { taken: { verdict: 'duplicate', kept }, held: null };
  }
  if (known !== null) {
    const same = known.contentHash === contentHashOf(arrival.event);
    return { taken: { verdict: same ? 'duplicate' : 'conflict', kept: known }, held: null };
  }
  const kept = keep(arrival, { ...fixed, subject: null });
  const { body } = arrival;
  const held: Held = { row: eventRow(kept), heldAt: fixed.receivedAt, kept, body };
  return { taken: { verdict: 'accepted', kept }, held };
}

/** What names a person: rows by what may be emptied, events with their bodies. */
export const naming = (
  person: Person,
  held: readonly (readonly [string, Held])[],
): [string, Held][] =>
  held
    .filter(([, { row, body }]) =>
      [...Object.values(row.side ?? {}), body].some(
        (text) => typeof text === 'string' && namesPerson(person, text),
      ),
    )
    .map(([key, one]) => [key, one]);

export const rowIdOf = ({ event }: Arrival): string => eventRowIdOf(event.source, event.eventId);

/** The first of what is held that fits into one change set; at least one. */
export function firstBatch(held: Iterable<readonly [string, Held]>): (readonly [string, Held])[] {
  const batch: (readonly [string, Held])[] = [];
  let length = 0;
  for (const [key, one] of held) {
    length += JSON.stringify(one.row).length + JSON.stringify(keptBodyOf(one) ?? '').length;
    if (batch.length > 0 && (batch.length >= MAX_BATCH_ROWS || length > MAX_BATCH_LENGTH)) break;
    batch.push([key, one]);
  }
  return batch;
}

const keptBodyOf = ({ kept, body }: Held): string | undefined =>
  kept !== undefined && keepsBody(kept.event.type) ? body : undefined;

/** The Worker has most likely handed the same rows over, so the journal looks before it writes. */
export function setOf(batch: readonly Held[]): ChangeSet {
  const bodies = batch.flatMap((held) => {
    const body = keptBodyOf(held);
    return body === undefined ? [] : [[held.row.id, body]];
  });
  const rows = batch.map(({ row }) => row);
  const set = { rows, resent: true };
  return bodies.length === 0 ? set : { ...set, bodies: Object.fromEntries(bodies) };
}

/**
 * What is to be held in place of an event whose id D1 holds with other content: an audit entry and
 * the quarantined body, unless the first one's words were erased. Nothing where D1 holds the same
 * (it was taken while D1 was silent) and for every other row: what is quarantined twice is the same.
 */
function clashRows(held: Held, first: KeptEvent | null | undefined, now: number): Row[] {
  const { kept, body } = held;
  if (kept === undefined || first?.contentHash === kept.contentHash) return [];
  const audited = auditRow({
    action: 'EVENT_CONFLICT',
    subject: `event:${kept.id}`,
    at: now,
    actor: `source:${kept.event.source}`,
    detail: { eventId: kept.event.eventId, contentHash: kept.contentHash, bodyHash: kept.bodyHash },
    cause: `held:${kept.contentHash}`,
    salt: kept.salt,
  });
  return first === null ? [audited] : [audited, quarantinedEventRow(kept, body, CLASH)];
}

/** What is to be held in place of rows that lost to others: the records of each event among them. */
export const clashRecords = (
  clashing: readonly (readonly [string, Held])[],
  firsts: ReadonlyMap<string, KeptEvent | null>,
  now: number,
): (readonly [string, Held])[] =>
  clashing.flatMap(([, held]) =>
    clashRows(held, firsts.get(held.row.id), now).map((row): readonly [string, Held] => [
      heldKey(row),
      { row, heldAt: now },
    ]),
  );
