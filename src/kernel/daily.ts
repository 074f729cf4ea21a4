/**
 * Hours of the day by the wall clock of a zone. Decides whether they are open at an instant and when
 * they open next, on days of 23 and 25 hours too. Refuses nothing: zones and clocks are checked
 * where they come in.
 */
import { civilDay } from './instant';
import { dayNumber } from './period';
import { instantAt, localDay } from './zone';

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

/** The hours that are open at an instant, or null. They may last over midnight. */
export function openHours(daily: DailyHours, now: number): Hours | null {
  const today = dayNumber(localDay(now, daily.timeZone));
  return (
    [today - 1, today]
      .map((day) => hoursOn(daily, day))
      .find(({ from, until }) => from <= now && now < until) ?? null
  );
}

/** When they open next after an instant, UTC ms. */
export function nextOpening(daily: DailyHours, now: number): number {
  const today = dayNumber(localDay(now, daily.timeZone));
  const starts = [today, today + 1, today + 2].map((day) => hoursOn(daily, day).from);
  return starts.find((from) => from > now) ?? now;
}
