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
