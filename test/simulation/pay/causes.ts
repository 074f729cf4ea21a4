/** What makes a history come to the rare calls of pay runs, where it leans on them. */
import type { Timed } from '../plan';
import { firing } from '../platform';
import type { Frame } from '../system';
import type { PayPart } from './plan';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FIVE = '*/5 * * * *';
const MOST = 6;
/** A run that is begun, and one that is sent out and not settled, are found by cron. */
const SOUGHT = [
  ['worker', 'PAY_RUNS.calculate'],
  ['worker', 'PAY_RUNS.dispatch'],
  ['worker', 'PAY_RUNS.progress'],
  ['worker', 'PAY_RUNS.poke'],
  ['pay-run', 'DESTINATIONS.order'],
] as const;

/** Whole runs before anything else was done, and cron before their alarms and after them. */
export function causesOfPay(
  { leansOn, startAt }: Frame,
  { plans, periods }: Pick<PayPart, 'plans' | 'periods'>,
): Timed[] {
  if (!SOUGHT.some(([place, call]) => leansOn(place, call))) return [];
  const all = plans.flatMap((_, plan) => periods.map((_month, period) => ({ plan, period })));
  return all.slice(0, MOST).flatMap((which, nth): Timed[] => {
    const at = startAt + 2 * MINUTE + nth * HOUR;
    const run = (later: number) => ({
      at: at + later,
      operation: { system: 'pay', kind: 'run', of: [which] },
    });
    const crons = [1, 5 * MINUTE, 31 * MINUTE];
    return [
      run(0),
      ...crons.map((ms) => firing(at + ms, FIVE, true)),
      run(30 * MINUTE),
      firing(at + 40 * MINUTE, FIVE),
    ];
  });
}
