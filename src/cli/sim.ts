/**
 * `npm run sim -- --seeds 500 --from 1`: the seeded simulation alone, over as many histories as
 * asked for, with one line of summary at the end. One seed is played again by
 * `npm run sim -- --seeds 1 --from 4711`; what is broken in it stands above the summary. `--only`
 * names a system and leaves out the histories in which it takes no part.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { readFlags, runCommand, UsageError } from './flags.ts';

const USAGE = 'usage: npm run sim -- [--seeds 500] [--from 1] [--only seasons]';
const ROOT = join(import.meta.dirname, '../..');
const COUNT = /^[1-9][0-9]{0,8}$/;

/** What each test file of the simulation prints when it ends. */
interface Share {
  readonly seeds: number;
  readonly troubles: Readonly<Record<string, number>>;
  readonly fired: Readonly<Record<string, number>>;
  /** What this file did not see, or saw without knowing it. */
  readonly missing: readonly string[];
}

/** From this many histories on a counter at zero is a failure: the draw itself has gone wrong. */
const LONG_RUN = 1000;
/** How a share says that it met something nobody had named. */
const UNNAMED = 'points.ts lacks';

/** What none of the shares has seen, and what any of them met without knowing it. */
function missingOf(shares: readonly Share[]): string[] {
  const all = [...new Set(shares.flatMap(({ missing }) => missing))];
  return all.filter(
    (name) => name.startsWith(UNNAMED) || shares.every(({ missing }) => missing.includes(name)),
  );
}

function count(name: string, given: unknown, otherwise: string): string {
  const text = String(given ?? otherwise);
  if (COUNT.test(text)) return text;
  throw new UsageError(`--${name} takes a whole number from 1 on, not ${text}\n${USAGE}`);
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);

/** What the runtime prints of every crash that a history asked for, stack included. */
const NOISE = /^(uncaught exception; |stack: |\[mf:error\] |\s{4}at )/;

/** Runs the histories; prints what the tests print, without the noise of asked-for crashes. */
function play(
  seeds: string,
  from: string,
  only: string,
): Promise<{ status: number; shares: Share[] }> {
  const shares: Share[] = [];
  const ran = spawn(
    join(ROOT, 'node_modules/.bin/vitest'),
    ['run', '--project', 'workers', 'test/simulation/seeds', '--disable-console-intercept'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: { ...process.env, SIM_SEEDS: seeds, SIM_FIRST: from, SIM_ONLY: only },
    },
  );
  for (const [stream, out] of [
    [ran.stdout, process.stdout],
    [ran.stderr, process.stderr],
  ] as const) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('simulation {')) shares.push(JSON.parse(line.slice(11)) as Share);
      else if (!NOISE.test(line)) out.write(`${line}\n`);
    });
  }
  return new Promise((done) => {
    ran.on('close', (code) => done({ status: code ?? 1, shares }));
  });
}

await runCommand(async () => {
  const flag = { type: 'string' } as const;
  const flags = readFlags(process.argv.slice(2), { seeds: flag, from: flag, only: flag }, USAGE);
  const seeds = count('seeds', flags.seeds, '500');
  const from = count('from', flags.from, '1');
  const began = performance.now();
  const { status, shares } = await play(seeds, from, String(flags.only ?? ''));
  const seconds = (performance.now() - began) / 1000;
  const played = shares.reduce((sum, share) => sum + share.seeds, 0);
  const troubles = shares.reduce((sum, share) => sum + sumOf(share.troubles), 0);
  const faults = shares.reduce((sum, share) => sum + sumOf(share.fired), 0);
  const kinds = new Set(shares.flatMap((share) => Object.keys(share.troubles)));
  console.log(
    `${status === 0 ? 'all held' : 'BROKEN'}: ${played} histories from seed ${from} in ${seconds.toFixed(0)} s ` +
      `(${(played / seconds).toFixed(1)}/s), ${troubles} troubles of ${kinds.size} kinds, ${faults} faults at I/O`,
  );
  const missing = missingOf(shares);
  for (const name of missing) console.log(`not covered: ${name}`);
  process.exitCode = status !== 0 || played < LONG_RUN || missing.length === 0 ? status : 1;
});
