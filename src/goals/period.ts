/**
 * Labels of the periods of goals: `2024-09`, `2024-Q3`, `2024-W37` (ISO week; where weeks begin on
 * Sunday, the week of the Monday in it), and where each begins and ends in a zone. Refuses labels
 * of another cadence and weeks that do not exist.
 */
import { civilDay, daysFromCivil, isDay } from '../kernel/instant.ts';
import {
  type Cadence,
  dayNumber,
  periodEnd,
  periodOf,
  periodStart,
  type WeekStart,
} from '../kernel/period.ts';
import { localDay } from '../kernel/zone.ts';

/** How an organisation counts its days. */
export interface Calendar {
  readonly timeZone: string;
  readonly weekStart: WeekStart;
}

/** Half-open, UTC ms. */
export interface GoalPeriod {
  readonly label: string;
  readonly from: number;
  readonly until: number;
}

/** The period that holds an instant. */
export const periodAt = (cadence: Cadence, instant: number, calendar: Calendar): GoalPeriod =>
  periodOfDay(cadence, localDay(instant, calendar.timeZone), calendar);

function periodOfDay(cadence: Cadence, day: string, calendar: Calendar): GoalPeriod {
  const { timeZone, weekStart } = calendar;
  const period = periodOf(cadence, day, weekStart);
  const label = cadence === 'WEEKLY' ? weekLabel(period.firstDay, weekStart) : period.label;
  return { label, from: periodStart(period, timeZone), until: periodEnd(period, timeZone) };
}

const mondayOf = (firstDay: string, weekStart: WeekStart): number =>
  dayNumber(firstDay) + (weekStart === 'SUNDAY' ? 1 : 0);

/** ISO 8601: a week belongs to the year of its Thursday. */
function weekLabel(firstDay: string, weekStart: WeekStart): string {
  const thursday = mondayOf(firstDay, weekStart) + 3;
  const year = civilDay(thursday).slice(0, 4);
  const week = Math.floor((thursday - daysFromCivil(Number(year), 1, 1)) / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

const MONTH = /^\d{4}-\d{2}$/;
const QUARTER = /^(\d{4})-Q([1-4])$/;
const WEEK = /^(\d{4})-W(\d{2})$/;

/** Some day of the period that a label names, or null. */
function dayOfLabel(cadence: Cadence, label: string): string | null {
  if (cadence === 'MONTHLY') return MONTH.test(label) ? `${label}-01` : null;
  if (cadence === 'QUARTERLY') {
    const [, year = '', quarter = ''] = QUARTER.exec(label) ?? [];
    return year === '' ? null : `${year}-${String(Number(quarter) * 3).padStart(2, '0')}-01`;
  }
  const [, year = '', week = ''] = WEEK.exec(label) ?? [];
  if (year === '') return null;
  const fourth = daysFromCivil(Number(year), 1, 4);
  const firstThursday = fourth - ((fourth + 3) % 7) + 3;
  return civilDay(firstThursday + (Number(week) - 1) * 7);
}

/** The period of a label, or null where the cadence has none of that name. */
export function periodOfLabel(
  cadence: Cadence,
  label: string,
  calendar: Calendar,
): GoalPeriod | null {
  const day = dayOfLabel(cadence, label);
  if (day === null || !isDay(day)) return null;
  const period = periodOfDay(cadence, day, calendar);
  return period.label === label ? period : null;
}
