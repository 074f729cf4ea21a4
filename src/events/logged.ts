/** Rows of the event log and of the quarantine as they are read. Decides nothing. */
import type { KeptEvent } from './event';
import type { QuarantineDetail } from './quarantine';

/** An event of the log. `kept` is null where its content was erased. */
export interface LoggedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly signature: string;
  readonly bodyHash: string;
  readonly seal: number;
  readonly kept: KeptEvent | null;
}

/** A quarantined item. `body` and `detail` are null where they were emptied. */
export interface QuarantinedRow {
  readonly id: string;
  readonly source: string;
  readonly reason: string;
  readonly receivedAt: number;
  readonly bodyHash: string;
  readonly seal: number;
  readonly body: string | null;
  readonly detail: QuarantineDetail | null;
}

/** By whom an event was vouched for: its sender's signature, an operator, or a pull that fetched it. */
export type SignatureVerdict = 'VALID' | 'MENDED' | 'PULLED';

const UNSIGNED: Readonly<Record<string, SignatureVerdict>> = { mended: 'MENDED', pull: 'PULLED' };

export const signatureVerdict = (signature: string): SignatureVerdict =>
  UNSIGNED[signature.split(':', 1)[0] ?? ''] ?? 'VALID';
