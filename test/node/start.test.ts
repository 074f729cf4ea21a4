/** `npm start` from nothing: the sample month ends as it must. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { GOAL_TITLES } from '../../src/cli/sample/goals.ts';
import { PAY_TITLES } from '../../src/cli/sample/pay.ts';
import { SEASON_TITLES } from '../../src/cli/sample/season.ts';
import { CASES } from '../../src/sandbox/sample/month.ts';
import { freePort } from './port.ts';

/** A month of deliveries, one after the other, beside everything else a run does. */
const SLOW = { timeout: 300_000 };
const ROOT = join(import.meta.dirname, '../..');

describe('start', () => {
  it(
    'sends the sample month, finds every case as it must be and the books whole',
    SLOW,
    async () => {
      const port = await freePort();
      const args = ['src/cli/start.ts', '--once', '--port', String(port)];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
      expect(stderr).toBe('');
      const titles = [
        ...CASES.map(({ title }) => title),
        ...GOAL_TITLES,
        ...PAY_TITLES,
        ...SEASON_TITLES,
      ];
      expect(stdout.match(/^ {2}ok /gm)).toHaveLength(titles.length);
      for (const title of titles) expect(stdout).toContain(title);
      expect(stdout).toMatch(/^Trial balance of POINTS\/Mentorship: .* together 0$/m);
      expect(stdout).toMatch(/^Trial balance of USD: .* together 0.00$/m);
      expect(stdout).toMatch(/^Chain of seals: INTACT, \d+ rows under \d+ seals$/m);
      // Nothing answers there any more.
      expect(stdout).not.toContain(`http://127.0.0.1:${port}`);
    },
  );
});
