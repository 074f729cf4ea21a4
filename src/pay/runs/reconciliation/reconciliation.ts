/**
 * What we sent of a run against what the HRIS holds of it. Decides how two sides are matched (by
 * key), and which differences there are. Refuses to guess: what has no outcome yet is uncertain,
 * whatever the other side says.
 */
import type { Json, JsonObject } from '../../../events/event';
import { parseAmount, printAmount } from '../../../kernel/units';
import type { LineState } from '../run';

/**
 * A line as the HRIS holds it. Its amount is what it comes to: pay and adjustment less clawback, in
 * the smallest part; null where one of them is no amount.
 */
export interface Held {
  readonly key: string;
  readonly employeeId: string;
  readonly currency: string;
  readonly amount: bigint | null;
}

/** A line that we sent, and what it comes to in the same way. */
export interface OurLine {
  readonly key: string;
  readonly agentId: string | null;
  readonly state: LineState;
  readonly currency: string;
  readonly amount: bigint;
}

export const DIFFERENCES = ['MISSING_THERE', 'UNKNOWN_HERE', 'AMOUNT_DIFFERS'] as const;

export interface Difference {
  readonly kind: (typeof DIFFERENCES)[number];
  readonly key: string;
  readonly agentId: string | null;
  readonly ours: string | null;
  readonly theirs: string | null;
}

const object = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** The lines of a page that are this run's: its prefix, its period and its number stand in the key. */
export function heldLines(
  answer: Json,
  { prefix, period, number }: { prefix: string; period: string; number: number },
): Held[] {
  const { items } = object(answer);
  const begins = `${prefix}_${period.replaceAll('-', '_')}_`;
  return (Array.isArray(items) ? (items as Json[]) : []).map(object).flatMap((item): Held[] => {
    const key = String(item.idempotency_key ?? '');
    if (!key.startsWith(begins) || !key.endsWith(`_v${number}`)) return [];
    const currency = String(item.currency ?? '');
    return [
      {
        key,
        employeeId: String(item.employee_id ?? ''),
        currency,
        amount: netOf(item, currency),
      },
    ];
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
  const { page_count: pages } = object(answer);
  return typeof pages === 'number' && Number.isSafeInteger(pages) && pages > 0 ? pages : 1;
}

/** The difference of one of our lines, or null. A line takes its counterpart out of `theirs`. */
export function compareLine(
  line: OurLine,
  theirs: Map<string, Held>,
  print: (amount: bigint) => string,
): Difference | null {
  const held = theirs.get(line.key);
  theirs.delete(line.key);
  const { key, agentId } = line;
  if (held === undefined) {
    return line.state === 'CONFIRMED' ? missingThere(line, print) : null;
  }
  if (held.currency === line.currency && held.amount === line.amount) return null;
  const shown = held.amount === null ? null : `${print(held.amount)} ${held.currency}`;
  return { kind: 'AMOUNT_DIFFERS', key, agentId, ours: print(line.amount), theirs: shown };
}

/**
 * Lines of people who were forgotten: their keys named them and are gone. Each takes one line of the
 * other side that nobody else has and that comes to the same; answers those that find none.
 */
export function unmatched(lines: readonly OurLine[], theirs: Map<string, Held>): OurLine[] {
  const worth = (line: Pick<Held, 'currency' | 'amount'>): string =>
    `${line.currency} ${line.amount}`;
  const byWorth = Map.groupBy(theirs.values(), worth);
  return lines.filter((line) => {
    const held = byWorth.get(worth(line))?.pop();
    if (held !== undefined) theirs.delete(held.key);
    return held === undefined && line.state === 'CONFIRMED';
  });
}

export const missingThere = (
  { key, agentId, amount }: OurLine,
  print: (amount: bigint) => string,
): Difference => ({ kind: 'MISSING_THERE', key, agentId, ours: print(amount), theirs: null });

export const unknownHere = ({ key, amount, currency }: Held): Difference => ({
  kind: 'UNKNOWN_HERE',
  key,
  agentId: null,
  ours: null,
  theirs: amount === null ? null : `${printAmount(amount, currency)} ${currency}`,
});
