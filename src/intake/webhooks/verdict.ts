/**
 * What becomes of the items of one message: which of them could be used, how owners' answers become
 * one verdict per item, and which rows the event log and the audit log get. Pure.
 */
import {
  type Arrival,
  type EventVerdict,
  eventRow,
  type IntakeEvent,
  type Taken,
} from '../../events/event';
import {
  CLASH,
  type ItemFault,
  keptBody,
  type Quarantined,
  quarantineIdOf,
} from '../../events/quarantine';
import { isOrganisationMetric, keepsBody } from '../../events/shape';
import { type ChangeSet, chunked, type Row } from '../../kernel/change-set';
import { auditRow } from '../../ledger/audit';
import type { Item } from './item';

/** `unavailable`: not durable; the sender sends it again. */
export type ItemStatus = EventVerdict | 'unavailable';

export interface ItemVerdict {
  readonly status: ItemStatus;
  readonly eventId: string | null;
  /** Why it is in quarantine, and what is wrong with which field. */
  readonly reason: string | null;
  readonly faults: readonly ItemFault[];
  readonly taken: readonly Taken[];
}

/** One item on its way: its events, or why it has none. */
export interface Prepared {
  readonly item: Item;
  readonly messageId: string | null;
  readonly events: readonly IntakeEvent[];
  readonly unusable: Unfit | null;
}

export interface Unfit {
  readonly reason: string;
  readonly faults: readonly ItemFault[];
  readonly eventId: string | null;
}

/** Escaped text beyond this does not fit into a change set beside its row. */
const MAX_ESCAPED_BODY = 400_000;

/** The raw text of an item, or null where it is too long once escaped to be kept with its row. */
export function textOf(item: Item): string | null {
  const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(item.bytes);
  const short = item.bytes.length < MAX_ESCAPED_BODY / 6;
  return short || JSON.stringify(text).length <= MAX_ESCAPED_BODY ? text : null;
}

export const TOO_LONG: Unfit = {
  reason: 'TOO_LARGE',
  faults: [{ pointer: '#', detail: 'the item is too long to be kept beside its event' }],
  eventId: null,
};

export const unknownAgents = (eventId: string, fields: readonly string[]): Unfit => ({
  reason: 'UNKNOWN_AGENT',
  faults: fields.map((field) => ({ pointer: `#/${field}`, detail: 'no agent has this id' })),
  eventId,
});

/** Fields that name a person by the platform's id. */
const AGENT_FIELDS = ['mentorId', 'menteeId', 'agentId', 'user_id'] as const;

export interface AgentLookup {
  readonly field: string;
  readonly platform: string;
  readonly id: string;
}

export function agentsOf(event: IntakeEvent): AgentLookup[] {
  const { type, data, platform } = event;
  if (type === 'metric.recorded' && isOrganisationMetric(String(data.metricId))) return [];
  return AGENT_FIELDS.flatMap((field) => {
    const id = data[field];
    return typeof id === 'string' ? [{ field, platform, id }] : [];
  });
}

/** An item about a person who was erased: it says where, and nothing of what it says is kept. */
export const erasedAgents = (fields: readonly string[]): Unfit => ({
  reason: 'ERASED_AGENT',
  faults: fields.map((field) => ({ pointer: `#/${field}`, detail: 'this person was erased' })),
  eventId: null,
});

const MAX_TEXTS = 200;

/** Every short text of an item that cannot be used: one of them may be the id of somebody erased. */
export function textsOf(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (found.size >= MAX_TEXTS) return found;
  if (typeof value === 'string' && value.length <= 200 && value !== '') found.add(value);
  else if (typeof value === 'number') found.add(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) textsOf(one, found);
  }
  return found;
}

/** What an item is kept as when it cannot be used. */
export const quarantinedOf = (
  source: string,
  signature: string,
  prepared: Pick<Prepared, 'item' | 'messageId'>,
  unfit: Unfit,
): Quarantined => ({
  source,
  reason: unfit.reason,
  faults: unfit.faults,
  eventId: unfit.eventId,
  messageId: prepared.messageId,
  signature,
  body: keptBody(prepared.item.bytes),
  bodyHash: prepared.item.hash,
});

/** Why an owner's answer puts the item into quarantine, or null: what it said is all that counts. */
export function unfitAfter(taken: readonly (Taken | null)[], eventId: string): Unfit | null {
  const verdicts = taken.map((one) => one?.verdict);
  if (verdicts.includes('conflict')) return { ...CLASH, eventId };
  const refused = taken.find((one) => one?.verdict === 'quarantined');
  if (refused === undefined || refused === null) return null;
  return { reason: refused.reason ?? 'REFUSED', faults: [], eventId };
}

/** The worst of what an item's events met, where an item becomes more than one. */
const PRECEDENCE: readonly ItemStatus[] = [
  'unavailable',
  'conflict',
  'quarantined',
  'accepted',
  'duplicate',
];

export function verdictOf(
  prepared: Prepared,
  taken: readonly (Taken | null)[],
  quarantined: { readonly unfit: Unfit; readonly id: string; readonly kept: boolean } | null,
): ItemVerdict {
  const heard = taken.filter((one) => one !== null);
  const statuses = taken.map((one): ItemStatus => one?.verdict ?? 'unavailable');
  if (quarantined !== null) {
    statuses.push(quarantined.kept ? 'quarantined' : 'unavailable');
  }
  const status = PRECEDENCE.find((one) => statuses.includes(one)) ?? 'unavailable';
  const [first] = prepared.events;
  const before = status === 'duplicate' ? heard.find((one) => one.first !== undefined) : undefined;
  const eventId =
    before?.first ??
    first?.eventId ??
    quarantined?.unfit.eventId ??
    prepared.messageId ??
    quarantined?.id ??
    null;
  const { reason = null, faults = [] } = quarantined?.unfit ?? {};
  return { status, eventId, reason, faults, taken: heard };
}

export const quarantinedId = (item: Quarantined): string => quarantineIdOf(item);

export interface RequestRecord {
  readonly requestId: string;
  readonly now: number;
  readonly salt: string;
}

/** The audit entries of a message: each event that was known, and each that clashed. */
export function recordRows(verdicts: readonly ItemVerdict[], record: RequestRecord): Row[] {
  return verdicts.flatMap(({ taken }, index) =>
    taken.flatMap((one, part) => {
      const { verdict } = one;
      if (verdict !== 'duplicate' && verdict !== 'conflict') return [];
      return [recordRow(verdict, one, `${record.requestId}.${index}.${part}`, record)];
    }),
  );
}

const recordRow = (
  verdict: 'duplicate' | 'conflict',
  { kept, first }: Taken,
  cause: string,
  record: RequestRecord,
): Row =>
  auditRow({
    action: verdict === 'duplicate' ? 'EVENT_DUPLICATE' : 'EVENT_CONFLICT',
    subject: `event:${kept.id}`,
    at: record.now,
    actor: `source:${kept.event.source}`,
    detail: {
      eventId: kept.event.eventId,
      requestId: record.requestId,
      ...(first !== undefined && { first }),
    },
    cause,
    salt: record.salt,
  });

/** The rows of the events that were new and are logged, each with the raw body that is kept of it. */
export function eventSets(
  verdicts: readonly ItemVerdict[],
  bodyOf: (index: number) => string,
): ChangeSet[] {
  const rows: Row[] = [];
  const bodies: Record<string, string> = {};
  for (const [index, { taken }] of verdicts.entries()) {
    for (const { verdict, kept, logged, unlogged } of taken) {
      const isHandedOver = verdict === 'accepted' && logged !== true && unlogged !== true;
      if (!isHandedOver || rows.some(({ id }) => id === kept.id)) continue;
      rows.push(eventRow(kept));
      if (keepsBody(kept.event.type)) bodies[kept.id] = bodyOf(index);
    }
  }
  return chunked(rows, bodies);
}

/** Arrivals that one owner takes in one call: all of one coaching session, or all of other kinds. */
export const subjectOf = ({ event }: Arrival): string => {
  const session = event.data.coachingSessionId;
  return typeof session === 'string' ? `${event.namespace}\u0000${session}` : '';
};
