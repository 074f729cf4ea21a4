/**
 * `cli key goal`: the key under which a goal's reward is paid once, computed with nothing but its
 * fields, so that whoever receives rewards can compare. Sends nothing. Refuses fields that are
 * missing, periods and statuses that no goal has, and epochs that are no counting number.
 */
import { GOAL_STATUSES } from '../../goals/goal.ts';
import { goalKey } from '../../goals/keys/key.ts';
import { periodOfLabel } from '../../goals/period.ts';
import { isDay } from '../../kernel/instant.ts';
import { CADENCES } from '../../kernel/period.ts';
import { readFlags, UsageError } from '../flags.ts';

export const USAGE = `usage: npm run cli -- key goal --goal ID --period PERIOD --status STATUS [--epoch N]
  --period       as the goal writes it: 2024-09, 2024-Q3, 2024-W37
  --status       ACHIEVED is the one that is paid
  --epoch        1 unless a re-evaluation was approved
  --json         one JSON value instead of the key alone`;

const OPTIONS = {
  goal: { type: 'string' },
  period: { type: 'string' },
  status: { type: 'string' },
  epoch: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export async function run([what, ...args]: readonly string[]): Promise<number> {
  if (what !== 'goal') throw new UsageError(`a key of what?\n${USAGE}`);
  const values = readFlags(args, OPTIONS, USAGE);
  const named = (name: 'goal' | 'period' | 'status'): string => {
    const value = values[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new UsageError(`--${name} is missing\n${USAGE}`);
  };
  const epoch = epochOf(String(values.epoch ?? '1'));
  checkPeriod(named('period'));
  checkStatus(named('status'));
  const fields = { goalId: named('goal'), period: named('period'), status: named('status'), epoch };
  const key = goalKey(fields);
  console.log(values.json === true ? JSON.stringify({ ...fields, key }) : key);
  return 0;
}

/** Which days a week has is the organisation's; that the year has it is not. */
const CALENDAR = { timeZone: 'UTC', weekStart: 'MONDAY' } as const;

/** A day stands for the week that begins on it. */
function checkPeriod(label: string): void {
  if (isDay(label)) return;
  if (CADENCES.some((cadence) => periodOfLabel(cadence, label, CALENDAR) !== null)) return;
  throw new UsageError(
    `--period takes a month, a quarter or a week, e.g. 2024-09, 2024-Q3 or 2024-W37, not ${label}`,
  );
}

function checkStatus(status: string): void {
  if (GOAL_STATUSES.some((one) => one === status)) return;
  throw new UsageError(`--status takes ${GOAL_STATUSES.join(', ')}, not ${status}`);
}

function epochOf(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--epoch counts from 1, not ${text}\n${USAGE}`);
}
