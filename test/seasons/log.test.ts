import { describe, expect, it } from 'vitest';
import { historicalField, LOG_SEASONS, logOf } from '../../src/seasons/archive/entry';
import { NOTHING_MEASURED } from '../../src/seasons/standing/words';

const archived = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    season: `S${index + 1}`,
    points: (index + 1) * 10_000,
    tier: 'BRONZE',
    measures: NOTHING_MEASURED,
  }));
const endOf = (season: string): number => Number(season.slice(1)) * 86_400_000;

describe('the log of seasons on a platform', () => {
  it('holds twelve, the open one included: the thirteenth pushes out the first', () => {
    const names = (count: number) =>
      logOf(archived(count), `S${count + 1}`, endOf).map((one) => one.season_id);
    expect(names(11)).toHaveLength(LOG_SEASONS);
    expect(names(11)[0]).toBe('S1');
    expect(names(12)).toHaveLength(LOG_SEASONS);
    expect([names(12)[0], names(12).at(-1)]).toEqual(['S2', 'S13']);
    expect(names(40)).toEqual(Array.from({ length: 12 }, (_, index) => `S${index + 30}`));
  });

  it('stands in the order in which seasons ended, whatever order they are found in', () => {
    const found = logOf(archived(13).toReversed(), 'S14', endOf);
    expect(found.map((one) => one.season_id)).toEqual(
      Array.from({ length: 12 }, (_, index) => `S${index + 3}`),
    );
    expect(found.at(-1)).toMatchObject({ season_id: 'S14', points_accumulated: 0, metrics: {} });
  });

  it('has one attribute a quarter, and twelve in turn for other seasons', () => {
    const quarter = { startDay: '2024-07-01', endDay: '2024-09-30' };
    expect(historicalField(quarter, 2)).toBe('historical_tier_q3');
    const week = { startDay: '2024-07-01', endDay: '2024-07-07' };
    const names = Array.from({ length: 13 }, (_, index) => historicalField(week, index));
    expect(new Set(names).size).toBe(12);
    expect(names[12]).toBe(names[0]);
  });
});
