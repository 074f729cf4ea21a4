/**
 * Local calendar days and daily hours in IANA zones. Decides which local day an instant belongs to,
 * at which instant a local day begins and whether hours of the day are open; days of 23 and 25
 * hours come out right because the offset is asked for, never assumed. Refuses unknown zones.
 */
import { civilDay, DAY_MS, daysFromCivil, parseDay } from './instant.ts';
import { invariant } from './result.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US-u-hc-h23', {
      timeZone: zone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** What the wall clock shows, counted as if it were UTC, in milliseconds; whole seconds. */
function wallClock(instant: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return daysFromCivil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** The local day of an instant as `YYYY-MM-DD`. */
export const localDay = (instant: number, zone: string): string =>
  civilDay(Math.floor(wallClock(instant, zone) / DAY_MS));

/** The first instant of a local day; of the next one where the zone skipped the day whole. */
export function startOfLocalDay(day: string, zone: string): number {
  const days = parseDay(day);
  invariant(days !== null, `a day, not ${day}`);
  const midnight = days * DAY_MS;
  const starts = [midnight - DAY_MS, midnight, midnight + DAY_MS]
    .map((near) => midnight - (wallClock(near, zone) - near))
    .filter((at) => localDay(at, zone) === day && localDay(at - 1, zone) !== day);
  return starts.length > 0 ? Math.min(...starts) : startOfLocalDay(civilDay(days + 1), zone);
}

/**
 * The instant at which the wall clock of a zone shows `HH:MM` on a day: the first of two where the
 * clock is set back, as much later as is skipped where it is set forward.
 */
function instantAt(day: string, clock: string, zone: string): number {
  const days = parseDay(day);
  invariant(days !== null, `a day, not ${day}`);
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  const shown = days * DAY_MS + (hour * 60 + minute) * 60_000;
  const near = [shown - DAY_MS, shown, shown + DAY_MS].map(
    (guess) => shown - (wallClock(guess, zone) - guess),
  );
  const exact = near.filter((at) => wallClock(at, zone) === shown);
  return exact.length > 0 ? Math.min(...exact) : Math.max(...near);
}

/** Open every day from `HH:MM` on, for so many minutes. */
export interface DailyHours {
  readonly start: string;
  readonly minutes: number;
  /** IANA name. */
  readonly timeZone: string;
}

/** Half-open, UTC ms. */
export interface Hours {
  readonly from: number;
  readonly until: number;
}

function hoursOn({ start, minutes, timeZone }: DailyHours, day: number): Hours {
  const from = instantAt(civilDay(day), start, timeZone);
  return { from, until: from + minutes * 60_000 };
}

/** Days since 1970-01-01 by the wall clock. */
const todayIn = ({ timeZone }: DailyHours, now: number): number =>
  Math.floor(wallClock(now, timeZone) / DAY_MS);

/** The hours that are open at an instant, or null. They may last over midnight. */
export function openHours(daily: DailyHours, now: number): Hours | null {
  const today = todayIn(daily, now);
  return (
    [today - 1, today]
      .map((day) => hoursOn(daily, day))
      .find(({ from, until }) => from <= now && now < until) ?? null
  );
}

/** When they open next after an instant, UTC ms. */
export function nextOpening(daily: DailyHours, now: number): number {
  const today = todayIn(daily, now);
  const starts = [today, today + 1, today + 2].map((day) => hoursOn(daily, day).from);
  return starts.find((from) => from > now) ?? now;
}
