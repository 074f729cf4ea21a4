/**
 * Absences of an agent as days: leave, illness, whatever: only that somebody was away, never why.
 * Decides how many days of a span they were away; what overlaps counts once. Refuses days in the
 * wrong order. Clocks that an absence pauses (decay, grace) ask here.
 */
import * as z from 'zod';
import { isDay } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';

export const ABSENCES_KIND = 'absences';

const day = z.string().refine(isDay, 'a day, YYYY-MM-DD');

export const absenceSchema = z
  .strictObject({ from: day, to: day })
  .refine(({ from, to }) => !isDay(from) || !isDay(to) || from <= to, {
    path: ['to'],
    message: 'the last day is not before the first',
  })
  .meta({ id: 'Absence', description: 'First and last day, both included.' });

export const absencesSchema = z.strictObject({
  absences: z.array(absenceSchema).max(200),
});

export type Absences = z.output<typeof absencesSchema>;

/** Days away as spans of day numbers: first, last; apart and in order. */
export type DaysAway = readonly (readonly [number, number])[];

/** Absences as spans that do not overlap. */
export function daysAway({ absences }: Absences): DaysAway {
  const spans: [number, number][] = [];
  const sorted = absences
    .map(({ from, to }): [number, number] => [dayNumber(from), dayNumber(to)])
    .toSorted((a, b) => a[0] - b[0]);
  for (const [from, to] of sorted) {
    const last = spans.at(-1);
    if (last === undefined || from > last[1] + 1) spans.push([from, to]);
    else last[1] = Math.max(last[1], to);
  }
  return spans;
}

export const NEVER_AWAY: DaysAway = [];

/** Days away after one day up to and including another. */
export function awayBetween(away: DaysAway, after: number, upTo: number): number {
  let days = 0;
  for (const [from, to] of away) {
    days += Math.max(0, Math.min(to, upTo) - Math.max(from, after + 1) + 1);
  }
  return days;
}

/** The day on which so many days of presence have passed since the beginning of `first`. */
export function afterPresentDays(away: DaysAway, first: number, days: number): number {
  let day = first;
  for (let left = days; left > 0; day += 1) {
    if (awayBetween(away, day - 1, day) === 0) left -= 1;
    // Who is away for longer than any season is back for this.
    if (day - first > 2000) return day;
  }
  return day;
}
