/**
 * When a source looked at which days. Decides which ended months are due: the last one every night,
 * until it was walked to its end every hour; those before it, as far back as plans correct what was
 * paid, in turn, one a night. A month that was never walked is not begun, so that a source that is
 * new does not bring a year of things nobody waits for. Says also whether a period was looked at
 * since it ended. Pure.
 */
import { type Period, periodOf } from '../../kernel/period';
import { localDay } from '../../kernel/zone';
import { monthOf, type PullKind, type Wish } from './pull';
import { endedEarly, isSameWish, type PullRun } from './run';

/** One pull that ended, whether it found anything new or not. */
export interface Look extends Wish {
  /** UTC ms: the instant the pull was named by. */
  readonly asOf: number;
  /** False where it did not come to its last page. */
  readonly isWhole: boolean;
}

/** Months that are looked at again: as many as the periods that a plan corrects unless it says otherwise. */
export const MONTHS_BACK = 12;
/** What pay reads; a coaching is told once and never changes. */
const CHANGING: ReadonlySet<PullKind> = new Set(['results', 'actuals']);
/** Months of all kinds, and two months of days that were looked at every hour. */
const MAX_LOOKS = 200;

/** The looks with that of a run that ended, the latest first; of the same days only the last is kept. */
export const withLook = (looks: readonly Look[], run: PullRun): readonly Look[] => {
  const { kind, firstDay, lastDay, asOf } = run;
  const look = { kind, firstDay, lastDay, asOf, isWhole: !endedEarly(run) };
  return [look, ...looks.filter((one) => !isSameWish(one, run))].slice(0, MAX_LOOKS);
};

export const lookAt = (looks: readonly Look[], wish: Wish): Look | null =>
  looks.find((one) => isSameWish(one, wish)) ?? null;

/** Today in a zone, and what was looked at. */
export interface Tonight {
  readonly today: string;
  readonly zone: string;
  readonly looks: readonly Look[];
}

const wasToday = ({ today, zone }: Tonight, look: Look | null): boolean =>
  look !== null && localDay(look.asOf, zone) === today;

/** The month that ended last, unless it was walked to its end since midnight. */
export function lastMonthDue(kind: PullKind, tonight: Tonight): Wish | null {
  const month = monthOf(kind, tonight.today);
  const look = lookAt(tonight.looks, month);
  return look?.isWhole === true && wasToday(tonight, look) ? null : month;
}

/** The months before the last one, the latest first; none once one of them had its turn tonight. */
export function olderMonths(kind: PullKind, tonight: Tonight): readonly Wish[] {
  if (!CHANGING.has(kind)) return [];
  const months: Wish[] = [];
  for (let last = monthOf(kind, tonight.today); months.length < MONTHS_BACK - 1; ) {
    last = monthOf(kind, last.firstDay);
    months.push(last);
  }
  const hadTurn = months.some((month) => wasToday(tonight, lookAt(tonight.looks, month)));
  return hadTurn ? [] : months;
}

/** Of these months the one that was looked at longest ago; null where there is none. */
export function longestUnseen(months: readonly Wish[], looks: readonly Look[]): Wish | null {
  const seenAt = (month: Wish): number => lookAt(looks, month)?.asOf ?? 0;
  return months.toSorted((one, other) => seenAt(one) - seenAt(other))[0] ?? null;
}

/**
 * True where results of a period were looked at, to the last page, since it ended: its last day, and
 * where a month ends with it, that month as far as it is the period's.
 *
 * @param end first instant after the period, UTC ms
 */
export function isLookedAt(looks: readonly Look[], period: Period, end: number): boolean {
  const { firstDay, lastDay } = period;
  const month = periodOf('MONTHLY', lastDay);
  const monthPart = month.firstDay > firstDay ? month.firstDay : firstDay;
  const from = month.lastDay === lastDay ? monthPart : lastDay;
  return looks.some(
    (look) =>
      look.kind === 'results' &&
      look.isWhole &&
      look.asOf >= end &&
      look.firstDay <= from &&
      look.lastDay >= lastDay,
  );
}
