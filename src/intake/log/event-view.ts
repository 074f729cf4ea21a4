/** An event of the log as the API shows it: who signed it, what it said, what came of it. */
import { type LoggedEvent, signatureVerdict } from '../../events/logged';
import { printInstant } from '../../kernel/instant';

/** One later arrival of an event, as the audit log has it. */
export interface Recurrence {
  readonly at: number;
  readonly action: string;
  readonly detail: unknown;
}

export function shownEvent(event: LoggedEvent): object {
  const [scheme = '', secret = ''] = event.signature.split(':');
  const { kept } = event;
  return {
    id: event.id,
    sourceId: event.source,
    eventId: kept?.event.eventId ?? null,
    type: event.type,
    subject: event.subject,
    platform: kept?.event.platform ?? null,
    namespace: kept?.event.namespace ?? null,
    occurredAt: printInstant(event.occurredAt),
    occurredAtGiven: kept === null ? null : kept.event.occurredAt !== null,
    receivedAt: printInstant(event.receivedAt),
    signature: { verdict: signatureVerdict(event.signature), scheme, secret },
    data: kept?.event.data ?? null,
    bodyHash: event.bodyHash,
    seal: event.seal,
  };
}

export function shownInFull(
  event: LoggedEvent,
  found: {
    readonly body: string | null;
    readonly recurrences: { readonly recorded: readonly Recurrence[]; readonly truncated: boolean };
    readonly outcome: { readonly decision: string; readonly outcome: string } | null;
  },
): object {
  const { recorded, truncated } = found.recurrences;
  const count = (action: string): number => recorded.filter((one) => one.action === action).length;
  return {
    ...shownEvent(event),
    body: found.body,
    dedup: {
      verdict: 'accepted',
      duplicates: count('EVENT_DUPLICATE'),
      conflicts: count('EVENT_CONFLICT'),
      truncated,
      recorded: recorded.map(({ at, action, detail }) => ({
        at: printInstant(at),
        action,
        detail,
      })),
    },
    outcome: found.outcome,
  };
}
