/**
 * `npm run sim -- --seeds 500 --from 1`: the seeded simulation alone, over as many histories as
 * asked for, with one line of summary at the end. One seed is played again by
 * `npm run sim -- --seeds 1 --from 4711`; what is broken in it stands above the summary. `--only`
 * names a system and leaves out the histories in which it takes no part; `--counters` names a file
 * for what struck how often. A thousand histories at a time are played in processes of their own.
 * `npm run sim -- --pay-runs 10000`: histories of pay alone, until so many runs were calculated.
 * `npm run sim -- --planted` hunts the bugs that are planted on purpose instead.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { readFlags, runCommand, UsageError } from './flags.ts';
import { huntPlanted } from './planted.ts';
import { countersOf } from './sim/counters.ts';
import { type Counts, missingOf, type Share, summed, total } from './sim/share.ts';

const USAGE = `usage: npm run sim -- [--seeds 500 [--only seasons] [--counters FILE] | --pay-runs 10000] [--from 1]
       npm run sim -- --planted [BUG-1,BUG-2]`;
const ROOT = join(import.meta.dirname, '../..');
const COUNT = /^[1-9][0-9]{0,8}$/;

/** From this many histories on a counter at zero is a failure: the draw itself has gone wrong. */
const LONG_RUN = 1000;
/** A long run says how far it is. */
const TOLD_EVERY = 100;
/** So many histories, and what they leave behind, are one process's. */
const PLAYED_TOGETHER = 1000;

function count(name: string, given: unknown, otherwise: string): string {
  const text = String(given ?? otherwise);
  if (COUNT.test(text)) return text;
  throw new UsageError(`--${name} takes a whole number from 1 on, not ${text}\n${USAGE}`);
}

/** What the runtime prints of every crash that a history asked for, stack included. */
const NOISE = /^(uncaught exception; |stack: |\[mf:error\] |\s{4}at )/;

/**
 * Runs the files of a path; prints what the tests print, without the noise of asked-for crashes and
 * the lines that `hears` has taken. Answers what they sum up in lines that begin with `word`.
 */
function play<T>(
  path: string,
  word: string,
  setting: Readonly<Record<string, string>>,
  hears: (line: string) => boolean = () => false,
): Promise<{ status: number; shares: T[] }> {
  const shares: T[] = [];
  const ran = spawn(
    join(ROOT, 'node_modules/.bin/vitest'),
    ['run', '--project', 'workers', path, '--disable-console-intercept'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: { ...process.env, ...setting },
    },
  );
  for (const [stream, out] of [
    [ran.stdout, process.stdout],
    [ran.stderr, process.stderr],
  ] as const) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith(`${word} {`)) shares.push(JSON.parse(line.slice(word.length)) as T);
      else if (!hears(line) && !NOISE.test(line)) out.write(`${line}\n`);
    });
  }
  return new Promise((done) => {
    ran.on('close', (code) => done({ status: code ?? 1, shares }));
  });
}

/** Histories of pay alone, and one line that says what was paid in them. */
async function playPayRuns(runs: string, from: string): Promise<void> {
  const began = performance.now();
  const setting = { SIM_PAY_RUNS: runs, SIM_FIRST: from };
  const { status, shares } = await play<Counts>('test/simulation/pay/runs', 'pay-runs', setting);
  const seconds = (performance.now() - began) / 1000;
  const sum = (name: string): number => shares.reduce((all, share) => all + (share[name] ?? 0), 0);
  const isEnough = sum('runs') >= Number(runs);
  const held = status === 0 && isEnough;
  console.log(
    `${held ? 'none double, none missing, none unexplained' : 'BROKEN'}: ${sum('runs')} pay runs ` +
      `with ${sum('lines')} lines, ${sum('payments')} payments and ${sum('deltas')} deltas ` +
      `in ${sum('histories')} histories from seed ${from}, ${sum('faults')} faults at I/O, ` +
      `${seconds.toFixed(0)} s (${(sum('runs') / seconds).toFixed(1)} runs/s)`,
  );
  process.exitCode = held ? 0 : status || 1;
}

/** Takes what the files say of their share and tells, every hundred histories, how far all are. */
function progressOf(seeds: number): (line: string) => boolean {
  const began = performance.now();
  let played = 0;
  return (line) => {
    const some = Number(/^played (\d+)$/.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(some)) return false;
    const hundreds = Math.floor(played / TOLD_EVERY);
    played += some;
    if (Math.floor(played / TOLD_EVERY) > hundreds) {
      const rate = (played * 1000) / (performance.now() - began);
      console.log(`${played} of ${seeds} histories, ${rate.toFixed(1)}/s`);
    }
    return true;
  };
}

interface Range {
  readonly seeds: number;
  readonly from: number;
}

/** A long range in pieces. */
const piecesOf = ({ seeds, from }: Range): Range[] =>
  Array.from({ length: Math.ceil(seeds / PLAYED_TOGETHER) }, (_, piece) => ({
    seeds: Math.min(PLAYED_TOGETHER, seeds - piece * PLAYED_TOGETHER),
    from: from + piece * PLAYED_TOGETHER,
  }));

async function playSeeds(range: Range, only: string, counters: string): Promise<void> {
  const began = performance.now();
  const hears = progressOf(range.seeds);
  const shares: Share[] = [];
  let status = 0;
  for (const { seeds, from } of piecesOf(range)) {
    const setting = { SIM_SEEDS: String(seeds), SIM_FIRST: String(from), SIM_ONLY: only };
    const piece = await play<Share>('test/simulation/seeds', 'simulation', setting, hears);
    shares.push(...piece.shares);
    status ||= piece.status;
    if (counters !== '') writeFileSync(counters, countersOf(shares));
  }
  const seconds = (performance.now() - began) / 1000;
  const played = shares.reduce((sum, share) => sum + share.seeds, 0);
  const troubles = summed(shares.map((share) => share.troubles));
  const faults = total(summed(shares.map((share) => share.fired)));
  console.log(
    `${status === 0 ? 'all held' : 'BROKEN'}: ${played} histories from seed ${range.from} in ${seconds.toFixed(0)} s ` +
      `(${(played / seconds).toFixed(1)}/s), ${total(troubles)} troubles of ${Object.keys(troubles).length} kinds, ${faults} faults at I/O`,
  );
  const missing = missingOf(shares);
  for (const name of missing) console.log(`not covered: ${name}`);
  process.exitCode = status !== 0 || played < LONG_RUN || missing.length === 0 ? status : 1;
}

await runCommand(async () => {
  const [first, names, ...rest] = process.argv.slice(2);
  if (first === '--planted') {
    if (rest.length > 0) throw new UsageError(USAGE);
    process.exitCode = await huntPlanted(names?.split(',') ?? []);
    return;
  }
  const flag = { type: 'string' } as const;
  const options = { seeds: flag, from: flag, only: flag, counters: flag, 'pay-runs': flag };
  const flags = readFlags(process.argv.slice(2), options, USAGE);
  const from = count('from', flags.from, '1');
  const runs = flags['pay-runs'];
  const others = [flags.seeds, flags.only, flags.counters];
  if (runs !== undefined && others.some((flag) => flag !== undefined)) throw new UsageError(USAGE);
  if (runs !== undefined) return playPayRuns(count('pay-runs', runs, '10000'), from);
  const range = { seeds: Number(count('seeds', flags.seeds, '500')), from: Number(from) };
  return playSeeds(range, String(flags.only ?? ''), String(flags.counters ?? ''));
});
