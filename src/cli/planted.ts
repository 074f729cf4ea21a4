/**
 * `npm run sim -- --planted`: hunts every bug that is planted in a build of the tests, each from seed
 * 1 on, and writes what found it: `found.json` for the tests, `PLANTED.md` for people. Names of bugs
 * after the flag hunt those alone and leave what is known of the others.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { BUGS } from '../../test/simulation/planted/bugs.ts';
import { UsageError } from './flags.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'test/simulation/planted');
const FOUND = join(FOLDER, 'found.json');
const TABLE = join(FOLDER, 'PLANTED.md');
const MARK = 'planted {';

/** What found a bug: the first history that broke, and the first thing that broke in it. */
interface Found {
  readonly seed: number;
  readonly by: string;
}

type AllFound = Readonly<Record<string, Found>>;

const known = (): AllFound => JSON.parse(readFileSync(FOUND, 'utf8')) as AllFound;

/** Hunts; answers what was found, and vitest's own status. */
function hunt(names: string): Promise<{ status: number; found: AllFound }> {
  const found: Record<string, Found> = {};
  const ran = spawn(
    join(ROOT, 'node_modules/.bin/vitest'),
    ['run', '--project', 'planted', '--disable-console-intercept'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
      env: { ...process.env, SIM_PLANTED: names },
    },
  );
  createInterface({ input: ran.stdout }).on('line', (line) => {
    if (!line.startsWith(MARK)) return;
    const { id, seed, by } = JSON.parse(line.slice(MARK.length - 1)) as Partial<Found> & {
      readonly id: string;
    };
    const isFound = seed !== undefined && by !== undefined;
    if (isFound) found[id] = { seed, by };
    console.log(isFound ? `${id}: seed ${seed}, ${by.slice(0, 160)}` : `${id}: NOT FOUND`);
  });
  return new Promise((done) => {
    ran.on('close', (code) => done({ status: code ?? 1, found }));
  });
}

/** The number of the invariant or decision that broke; what it says begins with it. */
const invariantOf = ({ by }: Found): string =>
  /\b(?:INV|DEC)-\d+|\b[A-Z]\d{1,2}\b/.exec(by)?.[0] ?? by.slice(0, 40);

const table = (found: AllFound): string =>
  [
    '# Planted bugs and what finds them',
    '',
    'Written by `npm run sim -- --planted`. Each bug is planted alone in a build that only tests make',
    '(`plugin.ts`), and histories are played from seed 1 until one breaks an invariant.',
    '',
    '| bug | what it is | how it is planted here | found at seed | by |',
    '|---|---|---|---|---|',
    ...BUGS.map(({ id, what, planted }) => {
      const own = found[id];
      const by = own === undefined ? '-' : invariantOf(own);
      return `| ${id} | ${what} | ${planted} | ${own?.seed ?? 'not found'} | ${by} |`;
    }),
    '',
  ].join('\n');

/** Runs the hunt and writes both files; answers the exit code. */
export async function huntPlanted(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !BUGS.some(({ id }) => id === name));
  if (unknown.length > 0) throw new UsageError(`there is no planted ${unknown.join(', ')}`);
  const { status, found } = await hunt(names.length === 0 ? 'all' : names.join());
  const all = names.length === 0 ? found : { ...known(), ...found };
  const inOrder = Object.fromEntries(
    BUGS.flatMap(({ id }) => (all[id] === undefined ? [] : [[id, all[id]]])),
  );
  writeFileSync(FOUND, `${JSON.stringify(inOrder, null, 2)}\n`);
  writeFileSync(TABLE, table(inOrder));
  console.log(
    `found ${Object.keys(inOrder).length} of ${BUGS.length}: ${relative(process.cwd(), TABLE)}`,
  );
  return status;
}
