import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SeasonDates, type SeasonVersion, seasonsAt, spanOf } from '../../src/calendar/season';
import { copiesDue, isHistory, withCopies } from '../../src/calendar/succession';
import { civilDay, DAY_MS } from '../../src/kernel/instant';

const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);

const version = (
  name: string,
  startDay: string,
  endDay: string,
  {
    content,
    ...more
  }: Partial<Omit<SeasonVersion, 'content'>> & { content?: Partial<SeasonDates> } = {},
): SeasonVersion => ({
  kind: 'season',
  name,
  version: 1,
  effectiveFrom: null,
  writtenAt: 0,
  author: 'a',
  ...more,
  content: { categories: ['M'], startDay, endDay, timeZone: 'Etc/UTC', ...content },
});

const names = (copies: ReturnType<typeof copiesDue>) => copies.map(({ version }) => version.name);

describe('the copies that are due', () => {
  const Q3 = version('2024-Q3', '2024-07-01', '2024-09-30');

  it('begin a day before the end, and go on for as long as the clock has jumped', () => {
    expect(copiesDue([Q3], at('2024-09-29'), DAY_MS)).toEqual([]);
    expect(names(copiesDue([Q3], at('2024-09-30'), DAY_MS))).toEqual(['2024-Q4']);
    expect(names(copiesDue([Q3], at('2025-04-02'), DAY_MS))).toEqual([
      '2024-Q4',
      '2025-Q1',
      '2025-Q2',
    ]);
  });

  it('are none where a season follows, also after some days without one', () => {
    const next = version('Autumn', '2024-10-05', '2024-12-31');
    expect(copiesDue([Q3, next], at('2024-10-02'), DAY_MS)).toEqual([]);
    const other = version('Other', '2024-10-01', '2024-12-31', { content: { categories: ['N'] } });
    expect(names(copiesDue([Q3, other], at('2024-10-02'), DAY_MS))).toEqual(['2024-Q4']);
  });

  it('are none of a season that had ended when it was written', () => {
    const late = version('2024-Q3', '2024-07-01', '2024-09-30', { writtenAt: at('2024-10-01') });
    expect(isHistory([late], { id: late.name, span: spanOf(late.content) })).toBe(true);
    expect(copiesDue([late], at('2024-12-01'), DAY_MS)).toEqual([]);
  });

  it('come to the same whether they are made one by one or all at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 0, max: 90 }), (days, on) => {
        const first = version('S', '2024-07-01', civilDay(at('2024-07-01') / DAY_MS + days - 1));
        const now = at('2024-07-01') + on * DAY_MS;
        let step = [first];
        for (let day = 0; day <= on; day += 7) {
          step = withCopies(step, at('2024-07-01') + day * DAY_MS);
        }
        step = withCopies(step, now);
        expect(step).toEqual(withCopies([first], now));
        const { M: own = 'none' } = seasonsAt(step, now);
        const span = step.find(({ name }) => name === own);
        return span !== undefined && spanOf(span.content).from <= now;
      }),
      { numRuns: 40 },
    );
  });
});
