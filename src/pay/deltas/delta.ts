/**
 * Deltas: by how much what was paid is no longer right, and the one road on which each goes home.
 * Decides a delta's id (its place in the chain of its agent and period), what is left of it and its
 * rows (DEC-5, P11). A claim is a row whose id is the delta and an ordinal, so two roads never take
 * the same part. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import { agentOwed, agentPaid, agentPay, planAccount } from '../../ledger/account';
import { entryRow, type Leg, transaction } from '../../ledger/entry';
import type { JournalTable } from '../../ledger/journal';

export const DELTAS_TABLE: JournalTable = {
  name: 'pay_deltas',
  values: [
    'agent_key',
    'plan',
    'period',
    'run',
    'delivery',
    'kind',
    'unit',
    'amount',
    'facts',
    'facts_seal',
    'at',
  ],
  side: [],
};

export const CLAIMS_TABLE: JournalTable = {
  name: 'pay_claims',
  values: ['road', 'line', 'delivery', 'amount', 'at'],
  side: [],
};

export type DeltaKind = 'FACTS' | 'VERSION' | 'DISPUTE';
export type Road = 'CYCLE' | 'VERSION' | 'WRITE_OFF';

export interface Delta {
  readonly id: string;
  readonly agentKey: string;
  readonly plan: string;
  readonly period: string;
  /** The run whose line it corrects, and that line's delivery; null where it paid nothing. */
  readonly run: string;
  readonly delivery: string | null;
  readonly kind: DeltaKind;
  readonly unit: string;
  /** Signed, smallest part: positive is still to be paid, negative was paid too much. */
  readonly amount: bigint;
  readonly facts: string;
  readonly factsSeal: number;
  /** UTC ms. */
  readonly at: number;
}

export interface Claim {
  readonly id: string;
  readonly road: Road;
  readonly line: string;
  readonly delivery: string | null;
  readonly amount: bigint;
  /** False where the delivery was refused: then the part is open again. */
  readonly counts: boolean;
  /** True once the other side has confirmed it, or a person has written it off. */
  readonly settled: boolean;
}

export interface KnownDelta extends Delta {
  readonly claims: readonly Claim[];
}

const ORDINAL_WIDTH = 4;
const padded = (ordinal: number): string => String(ordinal).padStart(ORDINAL_WIDTH, '0');

/** The n-th correction of what an agent was paid for a period; counts from 1. */
export const deltaId = (agentKey: string, plan: string, period: string, ordinal: number): string =>
  `${agentKey}.${plan}.${period}.${padded(ordinal)}`;

export const claimId = (delta: string, ordinal: number): string => `${delta}/${padded(ordinal)}`;

/** What nobody has claimed of it, with its sign. */
export const remainderOf = ({ amount, claims }: KnownDelta): bigint =>
  claims.reduce((left, claim) => (claim.counts ? left - claim.amount : left), amount);

/**
 * The part of a correction that goes against what was written off of its period in its currency: what
 * was forgiven is not paid a second time when it turns out to be due, nor taken back what was never
 * paid. Signed like the correction.
 */
function setOff(known: readonly KnownDelta[], { unit, amount }: Delta): bigint {
  const forgiven = known
    .flatMap((delta) => (delta.unit === unit ? delta.claims : []))
    .reduce((sum, claim) => (claim.road === 'WRITE_OFF' ? sum + claim.amount : sum), 0n);
  if (forgiven === 0n || amount > 0n === forgiven > 0n) return 0n;
  const [most, size] = amount > 0n ? [-forgiven, amount] : [forgiven, -amount];
  const least = size < most ? size : most;
  return amount > 0n ? least : -least;
}

/** A new correction with the part of it that is set off, which nobody claims any more. */
export function newDelta(delta: Delta, known: readonly KnownDelta[]): KnownDelta {
  const amount = setOff(known, delta);
  if (amount === 0n) return { ...delta, claims: [] };
  const by = { road: 'WRITE_OFF', line: `delta/${delta.id}`, delivery: null } as const;
  const claim = { id: claimId(delta.id, 1), ...by, amount, counts: true, settled: true };
  return { ...delta, claims: [claim] };
}

/**
 * New ones: the row and its entry. Negative: paid → owed. Positive: plan → pay. What of it is set
 * off goes back the same way.
 */
export function deltaRows(delta: KnownDelta, place: { day: string; instant: number }): Row[] {
  const { agentKey, plan, period, unit, amount, at } = delta;
  const [from, to] =
    amount < 0n
      ? [agentPaid(agentKey, plan, period), agentOwed(agentKey, plan)]
      : [planAccount(plan), agentPay(agentKey, plan, period)];
  const common = { unit, day: place.day, rule: null };
  const sized = (value: bigint): number => Number(value < 0n ? -value : value);
  const legs: Leg[] = [{ ...common, from, to, amount: sized(amount) }];
  for (const claim of delta.claims) {
    legs.push({ ...common, from: to, to: from, amount: sized(claim.amount) });
  }
  const cause = {
    kind: 'PAY_DELTA',
    cause: `pay-delta/${delta.id}`,
    occurredAt: place.instant,
    recordedAt: at,
  };
  return [
    {
      table: DELTAS_TABLE.name,
      id: delta.id,
      values: {
        agent_key: agentKey,
        plan,
        period,
        run: delta.run,
        delivery: delta.delivery,
        kind: delta.kind,
        unit,
        amount: Number(amount),
        facts: delta.facts,
        facts_seal: delta.factsSeal,
        at,
      },
    },
    ...delta.claims.map((claim) =>
      claimRow({ delta: { ...delta, claims: [] }, amount: claim.amount }, { ...claim, at }),
    ),
    ...transaction(cause, legs).map(entryRow),
  ];
}

/** A part of a delta that one line takes. */
export interface Part {
  readonly delta: KnownDelta;
  /** Signed like the delta. */
  readonly amount: bigint;
}

export function claimRow(
  { delta, amount }: Part,
  by: { road: Road; line: string; delivery: string | null; at: number },
): Row {
  return {
    table: CLAIMS_TABLE.name,
    id: claimId(delta.id, delta.claims.length + 1),
    values: {
      road: by.road,
      line: by.line,
      delivery: by.delivery,
      amount: Number(amount),
      at: by.at,
    },
  };
}
