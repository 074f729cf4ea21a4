/**
 * The entries of a line: plan → pay when it is sent, pay → paid when it is confirmed, and back when
 * it is refused. Decides accounts and causes; another currency passes through the plan's conversion
 * account with entries of its own (P13). Refuses nothing.
 */
import type { Row } from '../../../kernel/change-set';
import {
  agentOwed,
  agentPaid,
  agentPay,
  conversionAccount,
  planAccount,
} from '../../../ledger/account';
import { type Entry, entryRow, type Leg, reversed, transaction } from '../../../ledger/entry';
import type { Part } from '../../deltas/delta';
import type { Plan } from '../../plans/plan';
import { type Line, lineId } from '../lines/line';
import { placeOf, type Run } from '../run';

export interface Posting {
  readonly run: Run;
  readonly name: string;
  readonly line: Line;
  readonly plan: Plan;
  /** UTC ms. */
  readonly now: number;
  /** Whether the line pays what the period earned; else it settles deltas only. */
  readonly isFirst: boolean;
  readonly parts: readonly Part[];
}

export const lineCause = (run: string, agentKey: string): string =>
  `pay-line/${lineId(run, agentKey)}`;

const causeOf = ({ name, run, line, now }: Posting, kind: string) => ({
  kind,
  cause: lineCause(name, line.agentKey),
  occurredAt: placeOf(run).instant,
  recordedAt: now,
});

const rule = ({ run }: Posting): string => `plan/${run.planId}/${run.planVersion}`;

/** What the period earned becomes due: from the plan, through the conversion where there is one. */
function earned(posting: Posting): Entry[] {
  const { run, line, plan, isFirst } = posting;
  if (!isFirst || BigInt(line.payAmount) === 0n) return [];
  const pay = agentPay(line.agentKey, run.planId, run.period);
  const through = conversionAccount(run.planId);
  const leg = (unit: string, from: string, to: string, amount: string): Leg => ({
    unit,
    from,
    to,
    amount: Number(amount),
    day: run.lastDay,
    rule: rule(posting),
  });
  const legs = [leg(plan.currency, planAccount(run.planId), pay, line.amount)];
  if (line.rate !== null) {
    legs.push(leg(plan.currency, pay, through, line.amount));
    legs.push(leg(line.payUnit, through, pay, line.payAmount));
  }
  return transaction(causeOf(posting, 'PAY_EARNED'), legs);
}

export const earnedRows = (posting: Posting): Row[] => earned(posting).map(entryRow);

/** Confirmed: what was due is paid; what was owed is back with the plan. */
export function paidRows(posting: Posting): Row[] {
  const { run, line, isFirst, parts } = posting;
  const { agentKey, payUnit: unit } = line;
  const common = { unit, day: run.lastDay, rule: rule(posting) };
  const pays = (period: string, amount: bigint): Leg => ({
    ...common,
    from: agentPay(agentKey, run.planId, period),
    to: agentPaid(agentKey, run.planId, period),
    amount: Number(amount),
  });
  const legs: Leg[] = [];
  const due = BigInt(line.payAmount);
  if (isFirst && due > 0n) legs.push(pays(run.period, due));
  for (const { delta, amount } of parts) {
    if (amount > 0n && delta.amount > 0n) legs.push(pays(delta.period, amount));
    else legs.push({ ...common, ...sidesOf(posting, delta, amount) });
  }
  return legs.length === 0 ? [] : transaction(causeOf(posting, 'PAY_PAID'), legs).map(entryRow);
}

/**
 * What is taken back is owed, and goes to the plan. What two lines have settled goes back by the same
 * way: the plan gives again what was taken twice, and takes what was added twice.
 */
function sidesOf(
  { run, line: { agentKey } }: Posting,
  delta: Part['delta'],
  amount: bigint,
): Pick<Leg, 'from' | 'to' | 'amount'> {
  const plan = planAccount(run.planId);
  const own =
    delta.amount < 0n
      ? agentOwed(agentKey, run.planId)
      : agentPaid(agentKey, run.planId, delta.period);
  return amount > 0n
    ? { from: plan, to: own, amount: Number(amount) }
    : { from: own, to: plan, amount: Number(-amount) };
}

/** Refused or given up: what had become due goes back; claims count no more by that outcome. */
export function rejectedRows(posting: Posting): Row[] {
  const before = earned(posting);
  const [first] = before;
  if (first === undefined) return [];
  const cause = { ...causeOf(posting, 'PAY_REJECTED'), reverses: first.tx };
  const legs = before.toReversed().map((entry): Leg => {
    const { unit, from, to, amount } = reversed(entry);
    return { unit, from, to, amount, day: posting.run.lastDay, rule: entry.rule };
  });
  return transaction(cause, legs).map(entryRow);
}
