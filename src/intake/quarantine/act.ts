/**
 * What an operator did about a quarantined item. Decides when an item is closed: every one of its
 * events was taken, now or before. A closed item stays closed; what was tried in vain leaves it
 * open and an audit entry behind.
 */
import type { QuarantinedRow } from '../../events/logged';
import { printInstant } from '../../kernel/instant';
import type { ConfigVersion } from '../../ledger/config';
import type { ItemVerdict } from '../webhooks/verdict';

export const ACT_KIND = 'quarantine-act';

export const ACTS = ['MENDED', 'REPLAYED', 'DISMISSED'] as const;
export type Act = (typeof ACTS)[number];

/** The content of the one version that closes an item. */
export interface Closing {
  readonly act: Act;
  readonly reason: string | null;
}

export type ItemState = 'OPEN' | Act;

export const isTaken = (verdicts: readonly ItemVerdict[]): boolean =>
  verdicts.every(({ status }) => status === 'accepted' || status === 'duplicate');

/** Longer bodies are shown one by one only. */
const MAX_LISTED_BODY = 16_384;

/** A quarantined item as the API shows it. */
export function shownItem(
  row: QuarantinedRow,
  closing: ConfigVersion<Closing> | null,
  whole = false,
): object {
  const { detail } = row;
  const long = !whole && (row.body?.length ?? 0) > MAX_LISTED_BODY;
  return {
    id: row.id,
    sourceId: row.source,
    reason: row.reason,
    state: (closing?.content.act ?? 'OPEN') satisfies ItemState,
    receivedAt: printInstant(row.receivedAt),
    eventId: detail?.eventId ?? null,
    signature: detail?.signature ?? null,
    errors: detail?.faults ?? [],
    encoding: detail?.encoding ?? null,
    body: long ? null : row.body,
    bodyHash: row.bodyHash,
    closed:
      closing === null
        ? null
        : {
            at: printInstant(closing.writtenAt),
            by: closing.author,
            reason: closing.content.reason,
          },
  };
}

/** What became of each event of an item that an operator sent on its way. */
export const shownVerdict = ({ status, eventId, reason, faults }: ItemVerdict): object => ({
  status,
  eventId,
  reason,
  errors: faults,
});
