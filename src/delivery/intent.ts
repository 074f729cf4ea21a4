/**
 * Intents: requests that go out, frozen before they are sent. The feature that orders one builds
 * its exact bytes and what each outcome posts; the row goes into the same change set as the effect
 * that orders it. Decides the form of the rows and the id. Refuses outcome rows that the journal
 * would refuse: that must show when a delivery is ordered, not when it is confirmed.
 */
import { type ChangeSet, checkChangeSet, type Guard, type Row } from '../kernel/change-set';
import { canonicalJson, hashFields } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import { invariant } from '../kernel/result';
import type { DailyHours } from '../kernel/zone';
import type { JournalTable } from '../ledger/journal';

const OUTCOMES = ['CONFIRMED', 'REJECTED', 'ABANDONED'] as const;
/** UNCERTAIN is no outcome: it posts nothing and ends in one of these. */
export type Outcome = (typeof OUTCOMES)[number];

/** The exact request. Authorization and signatures are added when it is sent and never kept. */
export interface FrozenRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the destination's address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The exact text that is sent, or null for none. */
  readonly body: string | null;
  /**
   * `<table>/<id>` of rows that say something newer: where one is in the books, this is not sent any
   * more. For one of several requests with absolute values, which may come back from a long wait.
   */
  readonly unless?: readonly string[];
}

/** A field that a 2xx answer must repeat before it counts as CONFIRMED. */
export interface Echo {
  /** RFC 6901 pointer into the answer's JSON, e.g. `/amount`. */
  readonly pointer: string;
  readonly value: string | number | boolean;
  /** An answer may leave it out; what it says of it must be this. */
  readonly mayLack?: true;
}

/** What an outcome posts; none where nothing but the outcome itself is written. */
export interface OutcomeSet {
  readonly rows: readonly Row[];
  readonly guards?: readonly Guard[];
}

export interface Intent {
  readonly destination: string;
  /** An operation of the destination's preset, e.g. `reward`, `payroll-line`, `recognition`. */
  readonly operation: string;
  /** Names it within destination and operation; the same cause is the same delivery. */
  readonly cause: string;
  /** What it is about, in chained form: keys and hashes only. */
  readonly subject: string;
  /** UTC ms at which it was decided. */
  readonly at: number;
  /** Sent as the target wants it, the same on every retry; null where updates are absolute. */
  readonly idempotencyKey: string | null;
  readonly request: FrozenRequest;
  /**
   * Further requests of the same delivery, each with absolute values: they follow the first one by
   * one, and one that is refused stops no other. What came of each is found by reading back.
   */
  readonly further?: readonly FrozenRequest[];
  /**
   * Hours of the day in which it may be sent, also again and by an operator's word; absent: any. One
   * with hours is ordered by its feature alone, which knows what else must hold: no sweep does.
   */
  readonly hours?: DailyHours;
  readonly expect: readonly Echo[];
  /** Agents it concerns, by key: who is forgotten is looked for here. */
  readonly agents: readonly string[];
  /** Rows of table `deliveries` among those of CONFIRMED are follow-ups: they are ordered then. */
  readonly outcomes: Readonly<Record<'CONFIRMED' | 'REJECTED', OutcomeSet>>;
}

export const DELIVERIES_TABLE: JournalTable = {
  name: 'deliveries',
  values: ['destination', 'operation', 'subject', 'at', 'content_hash'],
  side: ['content', 'salt'],
  bound: [{ hash: 'content_hash', over: ['salt', 'content'] }],
};

export const DELIVERY_OUTCOMES_TABLE: JournalTable = {
  name: 'delivery_outcomes',
  values: ['delivery', 'outcome', 'at', 'content_hash'],
  side: ['content', 'salt'],
  bound: [{ hash: 'content_hash', over: ['salt', 'content'] }],
};

export const deliveryIdOf = ({
  destination,
  operation,
  cause,
}: Pick<Intent, 'destination' | 'operation' | 'cause'>): string =>
  causeId('delivery', destination, operation, cause);

export const outcomeIdOf = (delivery: string, outcome: Outcome): string => `${delivery}.${outcome}`;

/** The row that orders a delivery. `salt` is fixed by the caller with the cause. */
export function deliveryRow(intent: Intent, salt: string): Row {
  for (const { rows, guards } of Object.values(intent.outcomes)) {
    if (rows.length === 0) continue;
    const set: ChangeSet = guards === undefined ? { rows } : { rows, guards };
    const wrong = checkChangeSet(set);
    invariant(wrong === null, `rows that can be written: ${wrong}`);
  }
  const content = canonicalJson(intent);
  return {
    table: DELIVERIES_TABLE.name,
    id: deliveryIdOf(intent),
    values: {
      destination: intent.destination,
      operation: intent.operation,
      subject: intent.subject,
      at: intent.at,
      content_hash: hashFields(salt, content),
    },
    side: { content, salt },
  };
}
