/** Names and bounds of the periods of goals, across changes of the clocks and of the year. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calendar, periodAt, periodOfLabel } from '../../src/goals/period';
import { CADENCES } from '../../src/kernel/period';

const BERLIN: Calendar = { timeZone: 'Europe/Berlin', weekStart: 'MONDAY' };
const CHICAGO: Calendar = { timeZone: 'America/Chicago', weekStart: 'SUNDAY' };
const HOUR = 3_600_000;
const hours = ({ from, until }: { from: number; until: number }): number => (until - from) / HOUR;

describe('a period', () => {
  it('begins and ends at local midnight, an hour shorter or longer where the clocks change', () => {
    const march = periodAt('MONTHLY', Date.UTC(2024, 2, 15), BERLIN);
    expect([march.label, hours(march)]).toEqual(['2024-03', 31 * 24 - 1]);
    const october = periodAt('MONTHLY', Date.UTC(2024, 9, 15), BERLIN);
    expect([october.label, hours(october)]).toEqual(['2024-10', 31 * 24 + 1]);
    expect(periodAt('MONTHLY', Date.UTC(2024, 8, 30, 21, 59), BERLIN).label).toBe('2024-09');
    expect(periodAt('MONTHLY', Date.UTC(2024, 8, 30, 22), BERLIN).label).toBe('2024-10');
    const week = periodAt('WEEKLY', Date.UTC(2024, 10, 3, 12), CHICAGO);
    expect([week.label, hours(week)]).toEqual(['2024-W45', 7 * 24 + 1]);
  });

  it('of a week is named by ISO 8601, also around the new year', () => {
    const label = (day: string): string =>
      periodAt('WEEKLY', Date.parse(`${day}T12:00:00Z`), BERLIN).label;
    expect(label('2024-09-12')).toBe('2024-W37');
    expect(label('2024-12-30')).toBe('2025-W01');
    expect(label('2027-01-03')).toBe('2026-W53');
    expect(periodOfLabel('WEEKLY', '2025-W53', BERLIN)).toBeNull();
  });

  it('is found again by its name, whatever the cadence, the zone and the first day of the week', () => {
    const instants = fc.integer({ min: Date.UTC(2001, 0, 2), max: Date.UTC(2098, 0, 1) });
    fc.assert(
      fc.property(
        fc.constantFrom(...CADENCES),
        instants,
        fc.constantFrom(BERLIN, CHICAGO),
        (cadence, at, calendar) => {
          const period = periodAt(cadence, at, calendar);
          expect(period.from <= at && at < period.until).toBe(true);
          expect(periodOfLabel(cadence, period.label, calendar)).toEqual(period);
          expect(periodAt(cadence, period.until, calendar).from).toBe(period.until);
        },
      ),
    );
  });
});
