/** `npm start` from nothing: the sample month ends as it must. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
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

const stateOf = (name: number | string): string => join(ROOT, '.guerdon', `start-${name}`);

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
      expect(existsSync(stateOf(port))).toBe(false);
    },
  );

  it('leaves no folder when it is ended, and removes those of starts that were killed', async () => {
    const [port, dead, nameless] = [await freePort(), 'dead', 'nameless'];
    for (const name of [dead, nameless]) mkdirSync(stateOf(name), { recursive: true });
    const gone = spawn(process.execPath, ['--version']);
    await once(gone, 'close');
    writeFileSync(join(stateOf(dead), 'serve.pid'), `${gone.pid}\n`);
    const child = spawn(process.execPath, ['src/cli/start.ts', '--port', String(port)], {
      cwd: ROOT,
      stdio: 'ignore',
    });
    const claimed = () => existsSync(join(stateOf(port), 'serve.pid'));
    await expect.poll(claimed, { timeout: 60_000 }).toBe(true);
    expect([dead, nameless].filter((name) => existsSync(stateOf(name)))).toEqual([]);
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(existsSync(stateOf(port))).toBe(false);
  }, 120_000);
});
