import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysAway } from '../../src/agents/absences/absence';
import { fraction, fractionOfDecimal } from '../../src/kernel/fraction';
import { civilDay } from '../../src/kernel/instant';
import { dueRun, type Lot, nightlyEntries, valueAt } from '../../src/seasons/decay/decay';

const FACTOR = fractionOfDecimal('0.95');
const START = 19_905; // 2024-07-01
const DAYS = 365;

/**
 * The oracle: day by day and lot by lot with a scaled integer of 60 places, not a closed form; exact
 * to far more than the last place that is kept.
 */
function slowly(lots: readonly Lot[], day: number, isAway: (day: number) => boolean): bigint {
  const scale = 10n ** 60n;
  let sum = 0n;
  for (const lot of lots) {
    let left = lot.amount * scale;
    for (let at = lot.day + 1; at <= day; at += 1) if (!isAway(at)) left = (left * 95n) / 100n;
    sum += left;
  }
  const half = scale / 2n;
  return sum < 0n ? -((-sum + half) / scale) : (sum + half) / scale;
}

const awards = fc.array(
  fc.record({
    earned: fc.integer({ min: 0, max: DAYS - 1 }),
    late: fc.integer({ min: 0, max: 20 }),
    amount: fc.integer({ min: 1, max: 1_500_000 }),
    revokedAfter: fc.option(fc.integer({ min: 0, max: 120 }), { nil: null }),
  }),
  { maxLength: 30 },
);
const absences = fc.array(
  fc.record({ from: fc.integer({ min: 0, max: DAYS }), days: fc.integer({ min: 0, max: 20 }) }),
  { maxLength: 4 },
);

describe('a year of decay', () => {
  const season = {
    id: 'S',
    startDay: civilDay(START),
    endDay: civilDay(START + DAYS),
    timeZone: 'Etc/UTC',
  };

  it('is what its nights posted, at every day, whatever was late, taken back, missed or doubled (DEC-16)', () => {
    fc.assert(
      fc.property(
        awards,
        absences,
        fc.array(fc.constantFrom('run', 'run', 'run', 'twice', 'miss'), {
          minLength: 5,
          maxLength: 40,
        }),
        (made, gone, habit) => {
          const away = daysAway({
            absences: gone.map(({ from, days }) => ({
              from: civilDay(START + from),
              to: civilDay(START + from + days),
            })),
          });
          const isAway = (day: number) => away.some(([from, to]) => from <= day && day <= to);
          let balance = 0n;
          let number = 0;
          const lots: Lot[] = [];
          for (let day = 1; day <= DAYS; day += 1) {
            // What becomes known on the day before this night.
            for (const { earned, late, amount, revokedAfter } of made) {
              const lot = { day: START + earned, amount: BigInt(amount) };
              if (earned + late === day - 1) {
                lots.push(lot);
                balance += lot.amount;
              }
              if (revokedAfter !== null && earned + late + revokedAfter === day - 1) {
                lots.push({ ...lot, amount: -lot.amount });
                balance -= lot.amount;
              }
            }
            const act = habit[day % habit.length];
            if (act === 'miss') continue;
            number += 1;
            const run = { season: 'S', number, day: civilDay(START + day) };
            const holding = { category: 'C', unit: 'POINTS/C', lots, balance };
            const night = () =>
              nightlyEntries(run, season, 'agentkey', [holding], { factor: FACTOR, away, at: 0 });
            const entries = night();
            if (act === 'twice') expect(night()).toEqual(entries);
            expect(entries.length).toBeLessThanOrEqual(1);
            for (const { from, amount } of entries) {
              balance += from.startsWith('agent:') ? -BigInt(amount) : BigInt(amount);
            }
            expect(balance).toBe(slowly(lots, START + day, isAway));
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('decay', () => {
  it('leaves 21 % after thirty days and one point of a hundred after ninety', () => {
    const lots = [{ day: 0, amount: 1_000_000n }];
    expect(valueAt(lots, 0, FACTOR)).toBe(1_000_000n);
    expect(valueAt(lots, 1, FACTOR)).toBe(950_000n);
    expect(valueAt(lots, 30, FACTOR)).toBe(214_639n);
    expect(valueAt(lots, 90, FACTOR)).toBe(9_888n);
  });

  it('is rounded once: a hundred points are 0.9888 after ninety days and never stop at ten (DEC-16)', () => {
    const days = Array.from({ length: 400 }, (_, day) =>
      valueAt([{ day: 0, amount: 100n }], day, FACTOR),
    );
    expect(days[45]).toBe(10n);
    expect(days.at(-1)).toBe(0n);
  });

  it('takes nothing off on the day of the award and nothing with a factor of one (DEC-16)', () => {
    expect(valueAt([{ day: 5, amount: 7n }], 5, FACTOR)).toBe(7n);
    expect(valueAt([{ day: 5, amount: 7n }], 4, FACTOR)).toBe(7n);
    expect(valueAt([{ day: 5, amount: 7n }], 300, fraction(1n))).toBe(7n);
  });

  it('rests while an agent is away', () => {
    const away = daysAway({ absences: [{ from: civilDay(10), to: civilDay(19) }] });
    const lots = [{ day: 5, amount: 1_000_000n }];
    expect(valueAt(lots, 9, FACTOR, away)).toBe(valueAt(lots, 19, FACTOR, away));
    expect(valueAt(lots, 25, FACTOR, away)).toBe(valueAt(lots, 15, FACTOR));
  });
});

describe('the run that is due', () => {
  const season = {
    id: 'S',
    startDay: '2024-07-01',
    endDay: '2024-09-30',
    timeZone: 'America/New_York',
  };
  const due = (text: string, last: Parameters<typeof dueRun>[1] = null) =>
    dueRun(season, last, Date.parse(text));

  it('is that of the day that has begun in the zone of the season', () => {
    expect(due('2024-07-02T03:59:59Z')).toBeNull();
    expect(due('2024-07-02T04:00:00Z')).toEqual({ season: 'S', number: 1, day: '2024-07-02' });
  });

  it('goes on with a run of today and overtakes one of an earlier day', () => {
    const open = { season: 'S', number: 4, day: '2024-07-05' };
    expect(due('2024-07-05T10:00:00Z', open)).toEqual(open);
    const done = { ...open, done: { entries: 0, amount: 0 } };
    expect(due('2024-07-05T10:00:00Z', done)).toBeNull();
    expect(due('2024-07-08T10:00:00Z', open)?.number).toBe(5);
    expect(due('2024-07-08T10:00:00Z', done)?.day).toBe('2024-07-08');
    expect(due('2024-07-04T10:00:00Z', done)).toBeNull();
  });
});
