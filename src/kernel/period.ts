/**
 * Weeks, months and quarters of the civil calendar, and where they begin in a zone. A period is
 * days; its instants follow from the zone, so one that holds a change of the clocks is an hour
 * shorter or longer. Refuses days that do not exist.
 */
import { civilDay, DAY_MS, daysFromCivil, isDay, parseDay } from './instant.ts';
import { invariant } from './result.ts';
import { startOfLocalDay } from './zone.ts';

export const CADENCES = ['WEEKLY', 'MONTHLY', 'QUARTERLY'] as const;
export type Cadence = (typeof CADENCES)[number];
export type WeekStart = 'MONDAY' | 'SUNDAY';

export interface Period {
  readonly cadence: Cadence;
  /** `2024-09`, `2024-Q3`, or for a week the day it begins on. */
  readonly label: string;
  /** First and last day, `YYYY-MM-DD`. */
  readonly firstDay: string;
  readonly lastDay: string;
}

/** Instants from one (UTC ms, included) until another (not included). */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** The period that holds a day. */
export function periodOf(cadence: Cadence, day: string, weekStart: WeekStart = 'MONDAY'): Period {
  const days = dayNumber(day);
  if (cadence === 'WEEKLY') {
    // 1970-01-01 was a Thursday.
    const into = (days + (weekStart === 'MONDAY' ? 3 : 4)) % 7;
    return spanOf(cadence, days - into, days - into + 7, civilDay(days - into));
  }
  const [year = 0, month = 1] = day.split('-').map(Number);
  const months = cadence === 'MONTHLY' ? 1 : 3;
  const first = month - ((month - 1) % months);
  const next = first + months;
  const label = months === 1 ? day.slice(0, 7) : `${day.slice(0, 4)}-Q${(first + 2) / 3}`;
  return spanOf(
    cadence,
    daysFromCivil(year, first, 1),
    daysFromCivil(next > 12 ? year + 1 : year, next > 12 ? next - 12 : next, 1),
    label,
  );
}

/** `from` is the first day, `until` the first day after it. */
const spanOf = (cadence: Cadence, from: number, until: number, label: string): Period => ({
  cadence,
  label,
  firstDay: civilDay(from),
  lastDay: civilDay(until - 1),
});

/** The day after the last one: the first day of the next period of this cadence. */
export const dayAfter = (period: Pick<Period, 'lastDay'>): string =>
  civilDay(dayNumber(period.lastDay) + 1);

const LABEL = /^(\d{4})-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?)$/;

/** First and last day of what a label names: `2024-Q3`, `2024-09`, or one day; null for none of these. */
export function daysOfLabel(label: string): Pick<Period, 'firstDay' | 'lastDay'> | null {
  const [, year, quarter, month, day] = LABEL.exec(label) ?? [];
  if (year === undefined) return null;
  const inside =
    day !== undefined
      ? label
      : `${year}-${month ?? String(Number(quarter) * 3 - 2).padStart(2, '0')}-01`;
  if (!isDay(inside)) return null;
  if (day !== undefined) return { firstDay: label, lastDay: label };
  const { firstDay, lastDay } = periodOf(quarter === undefined ? 'MONTHLY' : 'QUARTERLY', inside);
  return { firstDay, lastDay };
}

/** First instant of a period in a zone, UTC ms. */
export const periodStart = (period: Pick<Period, 'firstDay'>, zone: string): number =>
  startOfLocalDay(period.firstDay, zone);

/** First instant after a period in a zone, UTC ms: periods are half-open. */
export const periodEnd = (period: Pick<Period, 'lastDay'>, zone: string): number =>
  startOfLocalDay(dayAfter(period), zone);

/** The instants of a period in a zone. */
export const instantsOf = (period: Pick<Period, 'firstDay' | 'lastDay'>, zone: string): Span => ({
  from: periodStart(period, zone),
  until: periodEnd(period, zone),
});

/** A day as ids write it: `20240915`. */
export const compactDay = (day: string): string => day.replaceAll('-', '');

/** The day that a place in ids begins with, as people write it: `2024-09-15`. */
export const dashedDay = (place: string): string =>
  `${place.slice(0, 4)}-${place.slice(4, 6)}-${place.slice(6, 8)}`;

/** The UTC day of an instant as ids write it. */
export const keyDay = (instant: number): string =>
  compactDay(civilDay(Math.floor(instant / DAY_MS)));

/** Days since 1970-01-01 of a day that exists. */
export function dayNumber(day: string): number {
  const days = parseDay(day);
  invariant(days !== null, `a day, not ${day}`);
  return days;
}
