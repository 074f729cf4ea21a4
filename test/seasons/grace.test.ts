/** The length of grace: while it may change, and that nobody's has ended then (S8, DEC-18). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysAway, NEVER_AWAY } from '../../src/agents/absences/absence';
import { checkSeason } from '../../src/seasons/season';
import { graceOf } from '../../src/seasons/standing/evaluation';
import { DEFAULT_TIERS as TABLE } from '../../src/seasons/tier';
import { season } from './live';

const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);
const Q4 = season('2024-Q4', { startDay: '2024-10-01', endDay: '2024-12-31' });

describe('a season', () => {
  it('changes the length of its grace until that is over, and not after', () => {
    const errors = (graceDays: number, instant: string) => {
      const { startDay, endDay } = Q4;
      const changed = season('2024-Q4', { startDay, endDay, graceDays });
      return checkSeason(changed, { table: TABLE, others: [], before: Q4, now: at(instant) });
    };
    expect(errors(20, '2024-10-14T23:59:59.999Z')).toEqual([]);
    expect(errors(3, '2024-10-14T23:59:59.999Z')).toEqual([]);
    for (const graceDays of [3, 20]) {
      expect(errors(graceDays, '2024-10-15T00:00:00Z')).toEqual([
        {
          pointer: '#/graceDays',
          code: 'begun',
          detail: 'the grace of 2024-Q4 is over; its length stays as it is',
        },
      ]);
    }
    expect(errors(14, '2024-12-01T00:00:00Z')).toEqual([]);
  });

  it('is refused another length of grace whenever anybody’s can have ended, whatever the leave', () => {
    const days = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(days, days, fc.array(fc.tuple(days, days)), days, (from, to, leave, today) => {
        fc.pre(from !== to);
        const { startDay, endDay } = Q4;
        const [before, changed] = [from, to].map((graceDays) =>
          season('2024-Q4', { startDay, endDay, graceDays }),
        );
        if (before === undefined || changed === undefined) throw new Error('seasons');
        const now = Q4.span.from + today * DAY;
        const dayOf = (nth: number) =>
          new Date(Q4.span.from + nth * DAY).toISOString().slice(0, 10);
        const absences = leave.map(([first, more]) => ({
          from: dayOf(first),
          to: dayOf(first + more),
        }));
        const errors = checkSeason(changed, { table: TABLE, others: [], before, now });
        const hasEnded = graceOf(before, daysAway({ absences })) <= now;
        if (hasEnded) expect(errors.map(({ pointer }) => pointer)).toEqual(['#/graceDays']);
        // Nobody waits for longer than it takes who is never away.
        if (errors.length > 0) expect(graceOf(before, NEVER_AWAY)).toBeLessThanOrEqual(now);
      }),
    );
  });
});
