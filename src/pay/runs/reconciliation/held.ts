/**
 * What an HRIS holds, as its list says it. Decides how a line of it is read, which keys have the form
 * of a run, and which lines are of a run's period and pay code. Refuses to leave a line out because
 * something is not said: only one that names another period or another code is somebody else's.
 */
import { type Json, type JsonObject, recordOf } from '../../../events/event';
import { isDay } from '../../../kernel/instant';
import { parseAmount, printAmount } from '../../../kernel/units';

/**
 * A line as the HRIS holds it. Its amount is what it comes to: pay and adjustment less clawback, in
 * the smallest part; null where one of them is no amount. All else is null where it is not said.
 */
export interface Held {
  readonly key: string | null;
  readonly employeeId: string | null;
  readonly currency: string;
  readonly amount: bigint | null;
  readonly firstDay: string | null;
  readonly lastDay: string | null;
  readonly earningCode: string | null;
}

const said = (value: Json | undefined): string | null =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : null;

/** `2024-10-01`, also where a time follows; null where it is no day of that form. */
function dayOf(value: Json | undefined): string | null {
  const day = (said(value) ?? '').slice(0, 10);
  return isDay(day) ? day : null;
}

/** The lines of a page, each of them. */
export function heldLines(answer: Json): Held[] {
  const { items } = recordOf(answer);
  return (Array.isArray(items) ? (items as Json[]) : []).map(recordOf).map((item): Held => {
    const currency = said(item.currency) ?? '';
    return {
      key: said(item.idempotency_key),
      employeeId: said(item.employee_id),
      currency,
      amount: netOf(item, currency),
      firstDay: dayOf(item.pay_period_start),
      lastDay: dayOf(item.pay_period_end),
      earningCode: said(item.earning_code),
    };
  });
}

/** What is not said of clawback or adjustment is none: whoever dropped one that we sent differs. */
function netOf(item: JsonObject, currency: string): bigint | null {
  const amountOf = (value: Json | undefined): bigint | null =>
    value === undefined || value === null ? 0n : parseAmount(value, currency);
  const pay = parseAmount(item.variable_pay_amount, currency);
  const added = amountOf(item.adjustment_amount);
  const taken = amountOf(item.clawback_amount);
  return pay === null || added === null || taken === null ? null : pay + added - taken;
}

/** How many pages there are, where the answer says so; else this one is all. */
export function pagesOf(answer: Json): number {
  const { page_count: pages } = recordOf(answer);
  return typeof pages === 'number' && Number.isSafeInteger(pages) && pages > 0 ? pages : 1;
}

/** What all keys of a run have in common. */
export interface KeyForm {
  readonly prefix: string;
  readonly period: string;
  readonly number: number;
}

/** A prefix holds no period (DEC-4), so that a key has the form of one run at most. */
export const hasForm = (key: string, { prefix, period, number }: KeyForm): boolean =>
  key.startsWith(`${prefix}_${period.replaceAll('-', '_')}_`) && key.endsWith(`_v${number}`);

/** What a run pays: a plan without a code lays claim to the whole list. */
export interface Paid {
  readonly firstDay: string;
  readonly lastDay: string;
  readonly earningCode: string | null;
}

export const isOfPeriodAndCode = (held: Held, paid: Paid): boolean =>
  (['firstDay', 'lastDay', 'earningCode'] as const).every(
    (name) => held[name] === null || paid[name] === null || held[name] === paid[name],
  );

export const shownAmount = ({ amount, currency }: Held): string | null =>
  amount === null ? null : `${printAmount(amount, currency)} ${currency}`;
