/**
 * What is kept of a delivery's way: the attempts, the last answer, and the rows an outcome writes.
 * Decides the change set of an outcome, also of one that is learnt after the delivery was given
 * up: then what the target did is posted from suspense. Refuses nothing.
 */
import { absent, type ChangeSet, type Row } from '../kernel/change-set';
import { canonicalJson, hashFields, keyedSalt } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import { agentOf, suspenseAccount } from '../ledger/account';
import { auditRow } from '../ledger/audit';
import { entryRow, transaction } from '../ledger/entry';
import { DELIVERY_OUTCOMES_TABLE, type Intent, type Outcome, outcomeIdOf } from './intent';
import { noticeRow } from './notice';

/** Why a delivery is given up whose content went with a person: nobody has decided that. */
export const ERASED = 'its content was emptied: the person it was about is forgotten';

/** One sending: when, and what came of it. */
export interface Attempt {
  /** UTC ms. */
  readonly at: number;
  /** HTTP status, or `timeout`, `reset` and the like. */
  readonly answer: number | string;
}

/** An answer as it is kept: headers without secrets, the body cut at 4 KB. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly cut: boolean;
}

export interface OutcomeContent {
  /** In words: how it came to this outcome. */
  readonly reason: string;
  readonly attempts: readonly Attempt[];
  readonly answer: KeptAnswer | null;
  /** Request headers as sent, without secrets; the body stands in the delivery itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** Found by asking the target, and not from an answer to the request itself. */
  readonly lookedUp: boolean;
}

/** An outcome on its way to D1: with the intent it says every byte of the change set. */
export interface Reached {
  readonly delivery: string;
  readonly outcome: Outcome;
  /** UTC ms. */
  readonly at: number;
  readonly content: OutcomeContent;
  /**
   * LATE: confirmed although it was abandoned before. REFUSED: the books do not take what it was to
   * post. Both go to suspense, and a person must see it.
   */
  readonly aside: 'LATE' | 'REFUSED' | null;
}

function outcomeRow({ delivery, outcome, at, content }: Reached, secretsKey: string): Row {
  const text = canonicalJson(content);
  const salt = keyedSalt(secretsKey, 'delivery-outcome-salt', delivery, outcome);
  return {
    table: DELIVERY_OUTCOMES_TABLE.name,
    id: outcomeIdOf(delivery, outcome),
    values: { delivery, outcome, at, content_hash: hashFields(salt, text) },
    side: { content: text, salt },
  };
}

/** The audit subject of a delivery. */
export const deliverySubject = (delivery: string): string => `delivery:${delivery}`;

/**
 * The set of an outcome: its row and the frozen rows of the intent. One that is given up posts what
 * a rejection posts. Another outcome of the same delivery in the books refuses it.
 */
export function outcomeSet(reached: Reached, intent: Intent | null, secretsKey: string): ChangeSet {
  const { delivery, outcome, at, aside } = reached;
  if (aside !== null) return asideSet(reached, intent, secretsKey);
  const frozen = intent?.outcomes[outcome === 'CONFIRMED' ? 'CONFIRMED' : 'REJECTED'];
  const others = (['ABANDONED', 'CONFIRMED', 'REJECTED'] as const).filter((o) => o !== outcome);
  return {
    rows: [
      outcomeRow(reached, secretsKey),
      ...(frozen?.rows ?? []).map((row) => recordedAt(row, at)),
    ],
    guards: [
      ...(frozen?.guards ?? []),
      ...others.map((other) => absent(DELIVERY_OUTCOMES_TABLE.name, outcomeIdOf(delivery, other))),
    ],
  };
}

/** An entry is recorded when its outcome is known; nothing else of the frozen rows changes. */
const recordedAt = (row: Row, at: number): Row =>
  row.table === 'entries' ? { ...row, values: { ...row.values, recorded_at: at } } : row;

const ASIDE = {
  LATE: 'the target confirms what was abandoned; it stands in suspense',
  REFUSED: 'the books do not take what this outcome posts; it stands in suspense',
};

/**
 * The target did what the books did not expect: what a person was to receive or to give back has
 * moved, and suspense stands on the other side until a person says what for. An alarm goes with it.
 * Frozen notices are not sent: what they say (paid, earned) was decided before somebody gave it up
 * and perhaps did it another way, so whether and how the person is told is for who gets the alarm.
 * What the person can ask for says it by itself: line, explanation and statement (`SUSPENSE`).
 */
function asideSet(reached: Reached, intent: Intent | null, secretsKey: string): ChangeSet {
  const frozen = reached.outcome === 'CONFIRMED' ? (intent?.outcomes.CONFIRMED.rows ?? []) : [];
  const entries = frozen.filter(({ table }) => table === 'entries');
  const rows = entries.flatMap((row, index) => suspended(reached, intent, row, index));
  const why = ASIDE[reached.aside ?? 'REFUSED'];
  return { rows: [outcomeRow(reached, secretsKey), ...rows, ...alarmRows(reached, intent, why)] };
}

function suspended(reached: Reached, intent: Intent | null, row: Row, index: number): Row[] {
  const { unit, from_account: from, to_account: to, amount, occurred_at: occurredAt } = row.values;
  const suspense = suspenseAccount(intent?.destination ?? 'unknown');
  // Taken from an agent for somebody else: it is the agent's side that has happened.
  const isTaken = agentOf(String(from)) !== null && agentOf(String(to)) === null;
  const [, day = ''] = row.id.split('.');
  const cause = {
    kind: 'SUSPENSE',
    cause: `${outcomeIdOf(reached.delivery, 'CONFIRMED')}.${index}`,
    occurredAt: Number(occurredAt),
    recordedAt: reached.at,
  };
  const leg = {
    unit: String(unit),
    from: isTaken ? String(from) : suspense,
    to: isTaken ? suspense : String(to),
    amount: Number(amount),
    day,
    rule: null,
  };
  return transaction(cause, [leg]).map(entryRow);
}

/** An alarm: an audit entry and a notice, the same bytes for the same cause. */
export function alarmRows(
  { delivery, at }: Pick<Reached, 'delivery' | 'at'>,
  intent: Pick<Intent, 'destination' | 'operation' | 'subject'> | null,
  why: string,
): Row[] {
  const detail = {
    delivery,
    destination: intent?.destination ?? null,
    operation: intent?.operation ?? null,
    subject: intent?.subject ?? null,
    reason: why,
  };
  return warning('DELIVERY_ALARM', 'delivery.alarm', deliverySubject(delivery), at, detail);
}

/** The breaker of a destination has opened: everything for it is parked. */
export const parkedRows = (destination: string, at: number, why: string): Row[] =>
  warning('DESTINATION_PARKED', 'destination.parked', `config:destination/${destination}`, at, {
    destination,
    reason: why,
    at,
  });

function warning(
  action: string,
  kind: string,
  subject: string,
  at: number,
  detail: Readonly<Record<string, unknown>>,
): Row[] {
  const cause = `${at}.${hashFields(canonicalJson(detail)).slice(0, 16)}`;
  const salt = causeId('delivery-alarm-salt', subject, cause);
  return [
    auditRow({ action, subject, at, actor: 'delivery', detail, cause, salt }),
    noticeRow({ kind, subject, cause, at, content: detail, salt }),
  ];
}
