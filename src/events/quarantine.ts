/**
 * What is authentic but cannot be used: kept whole with its reason until an operator dismisses it.
 * Decides the row's name (source and bytes, so that a sender's retry is the same row) and how bytes
 * are written as text. Refuses nothing.
 */
import type { Row } from '../kernel/change-set';
import { canonicalJson, hashFields } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import type { Json, KeptEvent } from './event';

/** Why an authentic item is not used, in capitals. */
const QUARANTINE_REASONS = [
  'MALFORMED',
  'TOO_MANY_ITEMS',
  'UNKNOWN_TYPE',
  'NOT_SUBSCRIBED',
  'SCHEMA',
  'MAPPING',
  'MISSING_PARTICIPANTS',
  'TOO_LARGE',
  'UNKNOWN_AGENT',
  'ERASED_AGENT',
  'TOO_MANY',
  'CONFLICT',
] as const;

export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

/** One thing wrong with one field of the item. */
export interface ItemFault {
  /** RFC 6901 pointer into the item, `#` for the whole. */
  readonly pointer: string;
  readonly detail: string;
}

/** Why an event is not used whose id was taken before (DEC-23). */
export const CLASH = {
  reason: 'CONFLICT',
  faults: [
    { pointer: '#', detail: 'this id was taken before with other content; the first stands' },
  ],
} as const satisfies { readonly reason: QuarantineReason; readonly faults: readonly ItemFault[] };

export interface Quarantined {
  readonly source: string;
  /** One of `QUARANTINE_REASONS`, or what an owner says. */
  readonly reason: string;
  readonly faults: readonly ItemFault[];
  /** The sender's id where one is known. */
  readonly eventId: string | null;
  /** The signed id of the message, with the item's place in it; null where the scheme has none. */
  readonly messageId: string | null;
  readonly signature: string;
  readonly body: KeptBody;
  readonly bodyHash: string;
}

/** Bytes as a row keeps them: text where they are UTF-8 and not too long once escaped, else base64. */
export interface KeptBody {
  readonly encoding: 'utf8' | 'base64';
  readonly content: string;
}

/** Escaped text may be longer than base64; a set of rows travels as JSON and is bounded. */
const MAX_ESCAPED_TEXT = 340_000;

export function keptBody(bytes: Uint8Array): KeptBody {
  try {
    const content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const short = JSON.stringify(content).length <= MAX_ESCAPED_TEXT;
    if (short && !content.includes('\u0000')) return { encoding: 'utf8', content };
  } catch {
    // Not UTF-8: base64 below keeps every byte.
  }
  return { encoding: 'base64', content: Buffer.from(bytes).toString('base64') };
}

export const bytesOfBody = (body: KeptBody): Uint8Array =>
  new Uint8Array(Buffer.from(body.content, body.encoding));

/** A kept body as text that can be searched, whatever form it is kept in. */
export function keptText(body: string | null, detail: string | null): string | null {
  if (body === null || detail === null) return body;
  const { encoding } = JSON.parse(detail) as QuarantineDetail;
  return new TextDecoder().decode(bytesOfBody({ encoding, content: body }));
}

/** The same bytes from the same source are the same row; a signed message id tells equal ones apart. */
export const quarantineIdOf = (
  item: Pick<Quarantined, 'source' | 'bodyHash' | 'messageId'>,
): string => causeId('quarantine', item.source, item.bodyHash, item.messageId ?? '');

/** What stands in the erasable detail column beside the body. */
export interface QuarantineDetail {
  readonly encoding: KeptBody['encoding'];
  readonly eventId: string | null;
  readonly messageId: string | null;
  readonly signature: string;
  readonly faults: readonly ItemFault[];
}

export function quarantineRow(
  item: Quarantined,
  fixed: { readonly receivedAt: number; readonly salt: string },
): Row {
  // What names an erased person is known to have come and is not kept.
  const isErased = item.reason === ('ERASED_AGENT' satisfies QuarantineReason);
  const detail = canonicalJson({
    encoding: item.body.encoding,
    eventId: isErased ? null : item.eventId,
    messageId: isErased ? null : item.messageId,
    signature: item.signature,
    faults: item.faults,
  } satisfies QuarantineDetail as unknown as Json);
  const body = isErased ? '' : item.body.content;
  return {
    table: 'quarantine',
    id: quarantineIdOf(item),
    values: {
      source: item.source,
      reason: item.reason,
      received_at: fixed.receivedAt,
      body_hash: item.bodyHash,
      detail_hash: hashFields(fixed.salt, detail, body),
    },
    side: { body, detail, salt: fixed.salt },
  };
}

/**
 * The row of an event that was taken and turns out not to be usable. Its name, body and bytes are
 * those its source would have quarantined it with; without its raw body its fields are kept.
 */
export function quarantinedEventRow(
  kept: KeptEvent,
  body: string | undefined,
  { reason, faults }: Pick<Quarantined, 'reason' | 'faults'>,
): Row {
  const { event, signature, bodyHash, messageId = null, receivedAt, salt } = kept;
  const content = body ?? canonicalJson(event.data);
  const item: Quarantined = {
    source: event.source,
    reason,
    faults,
    eventId: event.eventId,
    messageId,
    signature,
    body: keptBody(new TextEncoder().encode(content)),
    bodyHash,
  };
  return quarantineRow(item, { receivedAt, salt });
}
