/** Bugs of what happens by the calendar: nights and ends of seasons, months of pay. */
import type { PlantedBug } from './bug.ts';

const DECAY = 'src/seasons/decay/decay.ts';
const AMOUNTS = 'src/pay/calculation/formula.ts';

export const ofSeasons: readonly PlantedBug[] = [
  {
    id: 'BUG-11',
    what: 'the slot of a cron job is the time at which it runs',
    planted: 'every firing is a night of its own, and takes its share of what is left',
    systems: ['seasons'],
    edits: [
      {
        file: DECAY,
        right: 'last.day === day',
        wrong: 'last.day === day && last.done === undefined',
      },
      {
        file: DECAY,
        right: 'valueAt(lots, valued, asOf.factor, asOf.away) - balance',
        wrong: '(balance * asOf.factor.numerator) / asOf.factor.denominator - balance',
      },
    ],
  },
  {
    id: 'BUG-12',
    what: 'the reset comes before the archive',
    planted: 'what is archived of a season is what the agent holds when all is reset',
    systems: ['seasons'],
    edits: [
      {
        file: 'src/seasons/reset/plan.ts',
        right: 'basis.points',
        within: 'run: runId(run),\n    points: basis.points,',
        wrong: 'RIGHT - RIGHT',
      },
    ],
  },
  {
    id: 'BUG-24',
    what: 'a day has 24 hours, always',
    planted: 'a season ends so many times 24 hours after it begins',
    systems: ['seasons'],
    edits: [
      {
        file: 'src/calendar/season.ts',
        right: 'startOfLocalDay(dayAfter({ lastDay: endDay }), timeZone)',
        wrong: `startOfLocalDay(startDay, timeZone) +
          Date.parse(dayAfter({ lastDay: endDay })) - Date.parse(startDay)`,
      },
    ],
  },
];

export const ofPay: readonly PlantedBug[] = [
  {
    id: 'BUG-14',
    what: 'rounded at each factor',
    planted: 'the quality part and the productivity part are rounded before they are added',
    systems: ['pay'],
    edits: [
      {
        file: AMOUNTS,
        right: 'roundHalfUp(unrounded(ready, partsOf(ready, quality, productivity)))',
        wrong: `(({ quality: one, time }: Parts) =>
          roundHalfUp(multiply(fraction(ready.base), one)) +
          roundHalfUp(multiply(fraction(ready.base), time)))(
          partsOf(ready, quality, productivity))`,
      },
    ],
  },
  {
    id: 'BUG-15',
    what: 'Math.floor on a negative delta',
    planted: 'what was paid too much is rounded down, away from zero',
    systems: ['pay'],
    edits: [
      {
        file: 'src/pay/runs/dispatch/sending.ts',
        right: 'BigInt(line.payAmount) - dueOf(root, known, run.period)',
        wrong: '((by) => (by < 0n ? BigInt(Math.floor(Number(by) - 0.5)) : by))(RIGHT)',
      },
      {
        file: 'src/pay/runs/reread/client.ts',
        right: 'worth - before',
        wrong: '(worth < before ? BigInt(Math.floor(Number(worth - before) - 0.5)) : RIGHT)',
      },
    ],
  },
  {
    id: 'BUG-16',
    what: 'the key of a payment does not hold the month',
    planted: 'the key names the year of the period alone',
    systems: ['pay'],
    edits: [
      {
        file: 'src/pay/runs/dispatch/payload.ts',
        right: "period.replaceAll('-', '_')",
        wrong: 'period.slice(0, 4)',
      },
    ],
  },
];
