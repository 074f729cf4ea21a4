/**
 * `cli key goal`: the key under which a goal's reward is paid once, computed with nothing but its
 * fields, so that whoever receives rewards can compare. Sends nothing. Refuses fields that are
 * missing and epochs that are no counting number.
 */
import { goalKey } from '../../goals/keys/key.ts';
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
  const fields = { goalId: named('goal'), period: named('period'), status: named('status'), epoch };
  const key = goalKey(fields);
  console.log(values.json === true ? JSON.stringify({ ...fields, key }) : key);
  return 0;
}

function epochOf(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--epoch counts from 1, not ${text}\n${USAGE}`);
}
