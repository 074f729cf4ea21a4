import { describe, expect, it } from 'vitest';
import { type SeasonDates, seasonOf, seasonsAt, spanOf } from '../../src/calendar/season';

const version = (
  name: string,
  dates: Partial<SeasonDates>,
  more: { version?: number; effectiveFrom?: number | null } = {},
) => ({
  kind: 'season',
  name,
  version: more.version ?? 1,
  effectiveFrom: more.effectiveFrom ?? null,
  writtenAt: 0,
  author: 'pat',
  content: {
    categories: ['Mentorship'],
    startDay: '2024-07-01',
    endDay: '2024-09-30',
    timeZone: 'America/New_York',
    ...dates,
  },
});

const at = (text: string): number => Date.parse(text);

describe('the season of a point', () => {
  const q3 = version('2024-Q3', {});
  const q4 = version('2024-Q4', { startDay: '2024-10-01', endDay: '2024-12-31' });

  it('is the one whose days hold the instant in its own zone', () => {
    const seasons = [q3, q4];
    const of = (text: string) => seasonOf(seasonsAt(seasons, at(text)), 'Mentorship');
    expect(of('2024-07-01T03:59:59.999Z')).toBe('none');
    expect(of('2024-07-01T04:00:00Z')).toBe('2024-Q3');
    expect(of('2024-10-01T03:59:59.999Z')).toBe('2024-Q3');
    expect(of('2024-10-01T04:00:00Z')).toBe('2024-Q4');
    expect(of('2025-01-01T05:00:00Z')).toBe('none');
  });

  it('is none for a category that no season lists, whatever it is called', () => {
    const seasons = seasonsAt([q3], at('2024-08-01T00:00:00Z'));
    expect(seasonOf(seasons, 'Sales')).toBe('none');
    expect(seasonOf(seasons, 'constructor')).toBe('none');
  });

  it('follows the version in force at the instant', () => {
    const wider = version(
      '2024-Q3',
      { categories: ['Mentorship', 'Sales'] },
      { version: 2, effectiveFrom: at('2024-08-01T00:00:00Z') },
    );
    const of = (text: string) => seasonOf(seasonsAt([q3, wider], at(text)), 'Sales');
    expect(of('2024-07-31T23:59:59Z')).toBe('none');
    expect(of('2024-08-01T00:00:00Z')).toBe('2024-Q3');
  });

  it('holds days of 23 and 25 hours', () => {
    const autumn = { startDay: '2024-11-03', endDay: '2024-11-03', timeZone: 'America/New_York' };
    const spring = { startDay: '2024-03-10', endDay: '2024-03-10', timeZone: 'America/New_York' };
    const hours = (dates: typeof autumn) => (spanOf(dates).until - spanOf(dates).from) / 3_600_000;
    expect([hours(autumn), hours(spring)]).toEqual([25, 23]);
  });
});
