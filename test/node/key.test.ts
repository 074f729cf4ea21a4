/** The key of a reward from the command line: the published vectors, and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, ran, type Said } from './run.ts';

interface Vector {
  readonly goalId: string;
  readonly period: string;
  readonly status: string;
  readonly key: string;
  readonly keyOfEpoch2: string;
}

const { vectors } = JSON.parse(readFileSync(join(ROOT, 'test/vectors/goal-keys.json'), 'utf8')) as {
  vectors: Vector[];
};

const key = (...args: string[]): Promise<Said> => ran(['src/cli/cli.ts', 'key', ...args]);

const flagsOf = ({ goalId, period, status }: Vector): string[] => [
  'goal',
  ...['--goal', goalId],
  ...['--period', period],
  ...['--status', status],
];

describe('cli key goal', () => {
  it('prints the published keys', async () => {
    const [first, , , , , last] = vectors;
    for (const vector of [first, last]) {
      if (vector === undefined) throw new Error('a vector');
      expect(await key(...flagsOf(vector))).toMatchObject({ code: 0, out: `${vector.key}\n` });
      const { out } = await key(...flagsOf(vector), '--epoch', '2', '--json');
      expect(JSON.parse(out)).toMatchObject({ epoch: 2, key: vector.keyOfEpoch2 });
    }
  });

  it('says what is missing and ends with 2', async () => {
    const { code, err } = await key('goal', '--goal', 'g', '--period', '2024-09');
    expect([code, err.split('\n')[0]]).toEqual([2, '--status is missing']);
    expect((await key('purse')).code).toBe(2);
    const bogus = ['goal', '--goal', 'g', '--period', '2024-W37', '--status', 'BOGUS'];
    expect(await key(...bogus)).toMatchObject({
      code: 2,
      out: '',
      err: '--status takes ACHIEVED, ON_TRACK, AT_RISK, BEHIND, not BOGUS\n',
    });
    const nonsense = ['goal', '--goal', 'g', '--period', '2024-W54', '--status', 'ACHIEVED'];
    expect(await key(...nonsense)).toMatchObject({
      code: 2,
      out: '',
      err: '--period takes a month, a quarter or a week, e.g. 2024-09, 2024-Q3 or 2024-W37, not 2024-W54\n',
    });
    const wrong = await key(
      'goal',
      '--goal',
      'g',
      '--epoch',
      '0',
      '--period',
      '2024-09',
      '--status',
      'ACHIEVED',
    );
    expect(wrong.code).toBe(2);
  });
});
