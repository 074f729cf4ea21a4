/**
 * What we sent of a run against what the HRIS holds of it. Decides how two sides are matched (by
 * key), and which differences there are. Refuses to guess: what has no outcome yet is uncertain,
 * whatever the other side says, and two lines under one key stay two.
 */
import { printAmount } from '../../../kernel/units';
import type { LineState } from '../run';
import { type Held, shownAmount } from './held';

/** A line that we sent, and what it comes to as a held one does. */
export interface OurLine {
  readonly key: string;
  readonly agentId: string | null;
  /** The number in HR that was sent; null where that was emptied. */
  readonly employeeId: string | null;
  readonly state: LineState;
  readonly currency: string;
  readonly amount: bigint;
}

export const DIFFERENCES = [
  'MISSING_THERE',
  'UNKNOWN_HERE',
  'AMOUNT_DIFFERS',
  'PAID_TWICE',
  'EMPLOYEE_DIFFERS',
] as const;

export interface Difference {
  readonly kind: (typeof DIFFERENCES)[number];
  /** Null: the line there has none. */
  readonly key: string | null;
  readonly agentId: string | null;
  /** Whom the other side names, where it names one. */
  readonly employeeId: string | null;
  /** Amounts; of EMPLOYEE_DIFFERS the numbers in HR. */
  readonly ours: string | null;
  readonly theirs: string | null;
  /** How many lines there it is about. */
  readonly lines: number;
}

/** Lines there by key; whoever finds its own takes them out. */
export type HeldByKey = Map<string, readonly Held[]>;

/** Amounts that are written out where there are more than one. */
const MOST_SHOWN = 10;

/** The differences of one of our lines. It takes its counterparts out of `theirs`. */
export function compareLine(line: OurLine, theirs: HeldByKey): Difference[] {
  const held = theirs.get(line.key) ?? [];
  theirs.delete(line.key);
  if (held.length === 0) return line.state === 'CONFIRMED' ? [missingThere(line)] : [];
  return [...amountsOf(line, held), ...employeesOf(line, held)];
}

function amountsOf(line: OurLine, held: readonly Held[]): Difference[] {
  const [first] = held;
  if (held.length > 1) return [difference('PAID_TWICE', line, held)];
  const isSame = first?.currency === line.currency && first.amount === line.amount;
  return isSame ? [] : [difference('AMOUNT_DIFFERS', line, held)];
}

/** The right key on somebody else's payslip; a line that names nobody is not compared. */
function employeesOf(line: OurLine, held: readonly Held[]): Difference[] {
  const { employeeId: ours } = line;
  const others = held.filter(({ employeeId }) => employeeId !== null && employeeId !== ours);
  const theirs = [...new Set(others.map(({ employeeId }) => employeeId))].slice(0, MOST_SHOWN);
  return ours === null || others.length === 0
    ? []
    : [{ ...difference('EMPLOYEE_DIFFERS', line, others), ours, theirs: theirs.join(', ') }];
}

/**
 * Lines of people who were forgotten: their keys named them and are gone. Each takes the lines of a
 * key that nobody else has and that come to the same, each of them. Answers what differs.
 */
export function compareForgotten(lines: readonly OurLine[], theirs: HeldByKey): Difference[] {
  const worth = (line: Pick<Held, 'currency' | 'amount'> | undefined): string =>
    `${line?.currency} ${line?.amount}`;
  const byWorth = Map.groupBy(theirs, ([, [first]]) => worth(first));
  return lines.flatMap((line) => {
    const [key, held] = byWorth.get(worth(line))?.pop() ?? [];
    if (key === undefined || held === undefined) {
      return line.state === 'CONFIRMED' ? [missingThere(line)] : [];
    }
    theirs.delete(key);
    return amountsOf({ ...line, key }, held);
  });
}

const missingThere = (line: OurLine): Difference => difference('MISSING_THERE', line, []);

export const unknownHere = (held: Held): Difference => ({
  ...there([held]),
  kind: 'UNKNOWN_HERE',
  key: held.key,
  agentId: null,
  ours: null,
});

const difference = (
  kind: Difference['kind'],
  { key, agentId, amount, currency }: OurLine,
  held: readonly Held[],
): Difference => ({ ...there(held), kind, key, agentId, ours: printAmount(amount, currency) });

function there(held: readonly Held[]): Pick<Difference, 'employeeId' | 'theirs' | 'lines'> {
  const amounts = held.slice(0, MOST_SHOWN).map((one) => shownAmount(one) ?? 'no amount');
  const [first] = held;
  return {
    employeeId: first?.employeeId ?? null,
    theirs:
      held.length > 1
        ? `${amounts.join(' + ')}${held.length > MOST_SHOWN ? ' + …' : ''}`
        : first === undefined
          ? null
          : shownAmount(first),
    lines: held.length,
  };
}
