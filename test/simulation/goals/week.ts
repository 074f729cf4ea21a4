/**
 * The weeks of a history's goals: from Monday to Monday at midnight by the wall clock of the
 * organisation's zone, named by the ISO calendar. Shares no code with the engine.
 */
import { dayOfNumber, localDayOf, numberOfDay, startOf } from '../../oracle/seasons';

const DAY = 86_400_000;
/** More than any history waits. */
const MOST_WEEKS = 60;

export interface Week {
  /** UTC ms, half-open. */
  readonly from: number;
  readonly until: number;
  /** `2031-W23`, by the ISO calendar. */
  readonly week: string;
}

/** Days since 1970-01-01, which was a Thursday. */
const mondayOf = (day: number): number => day - ((day + 3) % 7);

/** ISO year and week of the week that begins on a Monday. */
function nameOf(monday: number): string {
  const year = new Date((monday + 3) * DAY).getUTCFullYear();
  const fourthOfJanuary = Date.UTC(year, 0, 4) / DAY;
  const number = (monday - mondayOf(fourthOfJanuary)) / 7 + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

const weekFrom = (monday: number, zone: string): Week => ({
  from: startOf(dayOfNumber(monday), zone),
  until: startOf(dayOfNumber(monday + 7), zone),
  week: nameOf(monday),
});

const mondayAt = (instant: number, zone: string): number =>
  mondayOf(numberOfDay(localDayOf(instant, zone)));

/** The week in which an instant lies. */
export const weekAt = (instant: number, zone: string): Week =>
  weekFrom(mondayAt(instant, zone), zone);

/** The first week or one of those after it, by its name; null where it is none of them. */
export function weekNamed({ from, zone }: Week & { readonly zone: string }, name: string) {
  const first = mondayAt(from, zone);
  const mondays = Array.from({ length: MOST_WEEKS }, (_, weeks) => first + 7 * weeks);
  const found = mondays.find((monday) => nameOf(monday) === name);
  return found === undefined ? null : weekFrom(found, zone);
}
