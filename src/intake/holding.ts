/**
 * What a source object holds until the journal has it, each under a key of its own and frozen when
 * it is taken. Decides whether an event without an owner is new, known or another under a known
 * id, what goes into one change set, and what a refused row becomes. Pure.
 */
import type { State } from '../durable/due';
import {
  type Arrival,
  contentHashOf,
  eventRow,
  type KeptEvent,
  keep,
  type Taken,
} from '../events/event';
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
  /** Of an event: itself and, where one is kept, its raw body. */
  readonly kept?: KeptEvent;
  readonly body?: string;
}

/** How long the Worker's own hand-off has before the object sends what it holds. */
export const OUTBOX_DELAY_MS = 10_000;
const MAX_BATCH_ROWS = 100;
const MAX_BATCH_LENGTH = 300_000;

export const heldKey = (row: Pick<Row, 'table' | 'id'>): string => `held:${row.table}/${row.id}`;
export const HELD = 'held:';
export const PARKED = 'parked:';

/** The state with the outbox due, no later than it was. */
export function withOutbox(state: SourceState | null, now: number): SourceState {
  const before = state?.due.outbox;
  const outbox = Math.min(before ?? Number.POSITIVE_INFINITY, now + OUTBOX_DELAY_MS);
  return { due: { outbox }, takenAt: state?.takenAt ?? now };
}

export interface TakenOwnerless {
  readonly taken: Taken;
  /** What is new and must be held. */
  readonly held: Held | null;
}

/** First under its id: accepted. Same content: duplicate. Other content: conflict, the first stands. */
export function takeOwnerless(
  arrival: Arrival,
  known: KeptEvent | null,
  fixed: { readonly receivedAt: number; readonly salt: string },
): TakenOwnerless {
  if (known !== null) {
    const same = known.contentHash === contentHashOf(arrival.event);
    return { taken: { verdict: same ? 'duplicate' : 'conflict', kept: known }, held: null };
  }
  const kept = keep(arrival, { ...fixed, subject: null });
  const body = keepsBody(arrival.event.type) ? { body: arrival.body } : {};
  const held: Held = { row: eventRow(kept), heldAt: fixed.receivedAt, kept, ...body };
  return { taken: { verdict: 'accepted', kept }, held };
}

export const rowIdOf = ({ event }: Arrival): string => eventRowIdOf(event.source, event.eventId);

/** The first of what is held that fits into one change set; at least one. */
export function firstBatch(held: Iterable<readonly [string, Held]>): [string, Held][] {
  const batch: [string, Held][] = [];
  let length = 0;
  for (const [key, one] of held) {
    length += JSON.stringify(one.row).length + JSON.stringify(one.body ?? '').length;
    if (batch.length > 0 && (batch.length >= MAX_BATCH_ROWS || length > MAX_BATCH_LENGTH)) break;
    batch.push([key, one]);
  }
  return batch;
}

export function setOf(batch: readonly Held[]): ChangeSet {
  const bodies = batch.flatMap(({ row, body }) => (body === undefined ? [] : [[row.id, body]]));
  const rows = batch.map(({ row }) => row);
  return bodies.length === 0 ? { rows } : { rows, bodies: Object.fromEntries(bodies) };
}

/**
 * The audit entry of an event whose id D1 holds with other content; null where D1 holds the same
 * (it was taken while D1 was silent) and for every other row: what is quarantined twice is the same.
 */
export function clashRow(held: Held, first: KeptEvent | null, now: number): Row | null {
  const { kept } = held;
  if (kept === undefined || first?.contentHash === kept.contentHash) return null;
  return auditRow({
    action: 'EVENT_CONFLICT',
    subject: `event:${kept.id}`,
    at: now,
    actor: `source:${kept.event.source}`,
    detail: { eventId: kept.event.eventId, contentHash: kept.contentHash, bodyHash: kept.bodyHash },
    cause: `held:${kept.contentHash}`,
    salt: kept.salt,
  });
}
