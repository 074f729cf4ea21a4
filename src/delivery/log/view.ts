/**
 * A delivery as the API shows it: where it stands, what was tried and what was heard. Decides which
 * of its parts a list leaves out. Refuses nothing; what was emptied is null.
 */
import * as z from 'zod';
import { printInstant } from '../../kernel/instant';
import type { FrozenRequest } from '../intent';
import type { Attempt } from '../outcome';
import { DELIVERY_STATES, type DeliveryState } from '../sending/operator';
import type { Held } from '../sending/state';
import type { StoredDelivery, StoredOutcome } from '../store';

const attempt = z.object({
  at: z.string(),
  answer: z
    .union([z.int(), z.string()])
    .meta({ description: 'HTTP status, or `timeout`, `reset`.' }),
});

export const deliveryItem = z
  .object({
    id: z.string(),
    destination: z.string(),
    operation: z.string(),
    subject: z.string().meta({ description: 'What it is about, in the form the ledger keeps.' }),
    agents: z.array(z.string()),
    idempotencyKey: z.string().nullable(),
    orderedAt: z.string(),
    state: z.enum(DELIVERY_STATES),
    reason: z.string().nullable(),
    settledAt: z.string().nullable(),
    nextAttemptAt: z.string().nullable(),
    attempts: z.array(attempt),
  })
  .meta({ id: 'DeliveryItem' });

const headers = z.record(z.string(), z.string());

const request = z.object({
  method: z.string(),
  path: z.string(),
  headers,
  body: z.string().nullable(),
});

export const deliveryWhole = deliveryItem
  .extend({
    request: request.nullable().meta({
      description:
        'The exact bytes; credentials and signatures are not kept. Of a delivery of several ' +
        'requests the first.',
    }),
    furtherRequests: z.array(request).meta({
      description:
        'Of a delivery of several requests, each about another person or value: those that follow ' +
        '`request`, in the order in which they are sent.',
    }),
    response: z
      .object({ status: z.int(), headers, body: z.string(), cut: z.boolean() })
      .nullable()
      .meta({
        description:
          'The last answer without secrets, its body cut at 4 KB. Of a delivery of several requests ' +
          'only the answer to the last one that was sent is kept: it belongs to that one, not to ' +
          '`request`. `reason` says how many were taken and names the places of the refused.',
      }),
    lookedUp: z.boolean().meta({ description: 'Confirmed by asking the target.' }),
  })
  .meta({ id: 'Delivery' });

export interface Standing {
  readonly delivery: StoredDelivery;
  readonly outcome: StoredOutcome | null;
  /** Where it stands with its destination; what the books say counts. */
  readonly state: DeliveryState;
  readonly held: Held | null;
}

type Names = ReadonlyMap<string, string>;

const printed = (at: number | null): string | null => (at === null ? null : printInstant(at));

const shownAttempts = (attempts: readonly Attempt[]) =>
  attempts.map(({ at, answer }) => ({ at: printInstant(at), answer }));

export const stateOfStanding = ({ outcome, state }: Standing): DeliveryState =>
  outcome?.outcome ?? state;

export function shownItem(standing: Standing, names: Names) {
  const { delivery, outcome, held } = standing;
  const { id, destination, operation, subject, at, intent } = delivery;
  return {
    id,
    destination,
    operation,
    subject,
    agents: (intent?.agents ?? []).flatMap((key) => names.get(key) ?? []),
    idempotencyKey: intent?.idempotencyKey ?? null,
    orderedAt: printInstant(at),
    state: stateOfStanding(standing),
    reason: outcome?.content?.reason ?? (held === null || held.reason === '' ? null : held.reason),
    settledAt: printed(outcome?.at ?? null),
    nextAttemptAt: outcome === null ? printed(held?.nextAt ?? null) : null,
    attempts: shownAttempts(outcome?.content?.attempts ?? held?.attempts ?? []),
  };
}

const shownRequest = ({ method, path, headers: sent, body }: FrozenRequest) => ({
  method,
  path,
  headers: sent,
  body,
});

export function shownWhole(standing: Standing, names: Names) {
  const { delivery, outcome, held } = standing;
  return {
    ...shownItem(standing, names),
    request: delivery.intent && shownRequest(delivery.intent.request),
    furtherRequests: (delivery.intent?.further ?? []).map(shownRequest),
    response: outcome?.content?.answer ?? held?.answer ?? null,
    lookedUp: outcome?.content?.lookedUp ?? false,
  };
}
