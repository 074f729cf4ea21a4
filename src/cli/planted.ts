/**
 * `npm run sim -- --planted`: hunts every bug that is planted in a build of the tests, each from seed
 * 1 on, and writes what found it: `found.json` for the tests, `PLANTED.md` for people. Names of bugs
 * after the flag hunt those alone and leave what is known of the others.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'test/simulation/planted');
const FOUND = join(FOLDER, 'found.json');
const TABLE = join(FOLDER, 'PLANTED.md');
const MARK = 'planted {';

/** A bug, the first history that broke with it, and the first thing that broke in it. */
interface Found {
  readonly what: string;
  readonly planted: string;
  /** Null: no history found it. */
  readonly seed: number | null;
  readonly by: string;
  /** The commit at which it was hunted. */
  readonly at: string;
}

type AllFound = Readonly<Record<string, Found>>;

const known = (): AllFound => JSON.parse(readFileSync(FOUND, 'utf8')) as AllFound;

const commit = (): string =>
  spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).stdout?.trim();

/** How much of what vitest says of its own failure is shown. */
const LAST_WORDS = 2_000;

/** Hunts; answers what was found, and vitest's own status. */
function hunt(names: string): Promise<{ status: number; found: AllFound }> {
  const found: Record<string, Found> = {};
  const at = commit();
  const ran = spawn(
    join(ROOT, 'node_modules/.bin/vitest'),
    ['run', '--project', 'planted', '--disable-console-intercept'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: { ...process.env, SIM_PLANTED: names },
    },
  );
  createInterface({ input: ran.stdout }).on('line', (line) => {
    if (!line.startsWith(MARK)) return;
    const { id, ...own } = JSON.parse(line.slice(MARK.length - 1)) as Found & {
      readonly id: string;
    };
    found[id] = { ...own, at };
    const said = own.seed === null ? 'NOT FOUND' : `seed ${own.seed}, ${own.by.slice(0, 160)}`;
    console.log(`${id}: ${said}`);
  });
  let complaint = '';
  ran.stderr.setEncoding('utf8').on('data', (part: string) => {
    complaint = (complaint + part).slice(-LAST_WORDS);
  });
  return new Promise((done) => {
    ran.on('close', (code) => {
      if (code !== 0) console.error(complaint);
      done({ status: code ?? 1, found });
    });
  });
}

/** The number of the invariant or decision that broke; what it says begins with it. */
const invariantOf = ({ by }: Found): string =>
  /\b(?:INV|DEC)-\d+|\b[A-Z]\d{1,2}\b/.exec(by)?.[0] ?? by.slice(0, 40);

const table = (found: AllFound): string =>
  [
    '# Planted bugs and what finds them',
    '',
    'Written by `npm run sim -- --planted`. All are planted in a build that only tests make',
    '(`plugin.ts`), each is woken alone, and histories are played from seed 1 until one breaks an',
    'invariant that holds in the same history while the bug sleeps.',
    '',
    '| bug | what it is | how it is planted here | found at seed | by | at commit |',
    '|---|---|---|---|---|---|',
    ...Object.entries(found).map(
      ([id, own]) =>
        `| ${id} | ${own.what} | ${own.planted} | ${own.seed ?? 'not found'} | ${invariantOf(own)} | \`${own.at}\` |`,
    ),
    '',
  ].join('\n');

/** Runs the hunt and writes both files; answers the exit code. */
export async function huntPlanted(names: readonly string[]): Promise<number> {
  const { status, found } = await hunt(names.length === 0 ? 'all' : names.join());
  // Of a hunt that could not run, or that was cut off, the rest stays what it was.
  const all = { ...known(), ...found };
  const numberOf = (id: string): number => Number(id.slice('BUG-'.length));
  const inOrder = Object.fromEntries(
    Object.entries(all).toSorted(([a], [b]) => numberOf(a) - numberOf(b)),
  );
  writeFileSync(FOUND, `${JSON.stringify(inOrder, null, 2)}\n`);
  writeFileSync(TABLE, table(inOrder));
  const lost = Object.values(inOrder).filter(({ seed }) => seed === null);
  const count = Object.keys(inOrder).length;
  console.log(`found ${count - lost.length} of ${count}: ${relative(process.cwd(), TABLE)}`);
  // A name that is none of a bug's hunts nothing.
  return status !== 0 || names.every((name) => name in found) ? status : 1;
}
