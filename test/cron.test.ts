/** What a trigger runs, and what one job's failure does to the others. */
import { describe, expect, it } from 'vitest';
import { CRONS, type Jobs, runCron, scheduledBy } from '../src/cron';
import type { SandboxEnv } from '../src/durable/sandbox';

interface Log {
  readonly lines: string[];
}

const job = (name: string) => ({
  name,
  run: async ({ lines }: Log, now: number) => void lines.push(`${name} ${now}`),
});

const JOBS: Jobs<Log> = {
  [CRONS[0]]: [
    job('first'),
    {
      name: 'broken',
      run: () => {
        throw new Error('broken on purpose');
      },
    },
    job('last'),
  ],
  [CRONS[1]]: [job('hourly')],
  [CRONS[2]]: [],
};

describe('a trigger', () => {
  it('runs its jobs in order; one that fails stops no other and is counted', async () => {
    const env: Log = { lines: [] };
    expect(await runCron(CRONS[0], env, 5, JOBS)).toEqual({ done: 2, failed: ['broken'] });
    expect(env.lines).toEqual(['first 5', 'last 5']);
  });

  it('that nobody knows runs nothing', async () => {
    const env: Log = { lines: [] };
    expect(await runCron('0 0 * * *', env, 5, JOBS)).toEqual({ done: 0, failed: [] });
    expect(env.lines).toEqual([]);
  });

  it('tells its jobs the time for which it was set', async () => {
    const env: Log = { lines: [] };
    await scheduledBy<Log & SandboxEnv>(JOBS)({ cron: CRONS[1], scheduledTime: 420_000 }, env);
    expect(env.lines).toEqual(['hourly 420000']);
  });
});
