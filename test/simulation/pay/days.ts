/**
 * When the facts of a history of pay happened, and to which days what is posted belongs, all by the
 * wall clock of the organisation's zone. In UTC results are made on the fifteenth and time passes on
 * the third; in other zones many are made at the edges of a month or of the week of the fifteenth,
 * on either side. Shares no code with the engine.
 */
import { dayOfNumber, localDayOf, numberOfDay, startOf } from '../../oracle/seasons';
import { type Books, dayOfEntry } from '../books';
import { unitOf } from '../chance';
import { UTC } from '../zones';
import { labelOf, labelOfDay, type PlannedRules } from './rules';

const SECOND = 1000;
const HOUR = 3_600_000;

/** Of whom and where. */
export interface Place {
  readonly seed: number;
  readonly zone: string;
}

/** The days of a period: the first, and the first after it. */
function boundsOf(cadence: PlannedRules['cadence'], label: string): [first: string, next: string] {
  if (cadence === 'WEEKLY') return [label, dayOfNumber(numberOfDay(label) + 7)];
  const [year = 0, part = 1] = label.replace('Q', '').split('-').map(Number);
  const months = cadence === 'QUARTERLY' ? 3 : 1;
  const day = (month: number): string =>
    new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
  return [day((part - 1) * months), day(part * months)];
}

/** The instants of a period in a zone, half-open. */
function spanOf(
  cadence: PlannedRules['cadence'],
  label: string,
  zone: string,
): [from: number, until: number] {
  const [first, next] = boundsOf(cadence, label);
  return [startOf(first, zone), startOf(next, zone)];
}

const picked = <T>(name: string, from: readonly T[]): T | undefined =>
  from[Math.floor(unitOf(name) * from.length)];

/** The same in every word on a result. */
export function createdAt({ seed, zone }: Place, result: string, month: string): number {
  const noon = Date.parse(`${month}-15T12:00:00Z`);
  if (zone === UTC || unitOf(`${seed} ${result} is made at an edge`) < 0.4) return noon;
  const week = labelOf({ cadence: 'WEEKLY' }, month);
  const edges = [
    ...spanOf('MONTHLY', month, zone),
    ...spanOf('MONTHLY', month, zone),
    ...spanOf('WEEKLY', week, zone),
  ];
  const edge = picked(`${seed} edge of ${result}`, edges) ?? noon;
  return unitOf(`${seed} ${result} is before it`) < 0.5 ? edge : edge - SECOND;
}

/** When the twelve hours of somebody's month begin: what a month counts begins in it. */
export function startsAt({ seed, zone }: Place, agent: string, month: string): number {
  const third = Date.parse(`${month}-03T08:00:00Z`);
  if (zone === UTC) return third;
  const [from, until] = spanOf('MONTHLY', month, zone);
  return picked(`${seed} time of ${agent} ${month}`, [third, from, until - 12 * HOUR]) ?? third;
}

const ACCOUNT = /^agent:[^:]+:(?:pay|paid):([^:]+):([^:]+)$/;

/**
 * INV-18: what is posted for a period stands under the last day of some period of its plan, that of
 * the line that settled it, and never under the day on which somebody sent it out.
 */
export function daysAreRight(
  plans: readonly (PlannedRules & { readonly id: string })[],
  books: Books,
  zone: string,
): string[] {
  return books.entries.flatMap((entry) => {
    const { kind, tx, from_account, to_account, occurred_at: at } = entry;
    const [, planId, period = ''] = ACCOUNT.exec(to_account) ?? ACCOUNT.exec(from_account) ?? [];
    const plan = plans.find(({ id }) => id === planId);
    if (plan === undefined) return [];
    const found = dayOfEntry(entry);
    const day = localDayOf(at, zone);
    const label = labelOfDay(plan, day);
    const [, until] = spanOf(plan.cadence, label, zone);
    const isOwn = kind !== 'PAY_EARNED' || label === period;
    return found === day && at === until - 1 && isOwn
      ? []
      : [`INV-18 ${kind} ${tx} of ${period}: stands under ${found}, occurred at ${at}`];
  });
}
