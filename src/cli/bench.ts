/**
 * `npm run bench`: plays every bench of `test/bench`, `npm run bench -- boards` one of them; each
 * prints its table and leaves its results as JSON under `.guerdon/bench`. `--sizes 1000,100000`
 * chooses how many; a bench has its own sizes when none are given.
 */
import { spawn, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { temporaryDirectory } from './engine/temporary.ts';
import { runCommand, UsageError } from './flags.ts';

const ROOT = join(import.meta.dirname, '../..');
const BENCHES = join(ROOT, 'test/bench');
const RESULTS = join(ROOT, '.guerdon/bench');
const SIZES = /^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*$/;
const MARK = 'bench-result ';

/** Paths by name; those under `node/` run outside the Worker. */
const benches = (): Map<string, string> =>
  new Map(
    globSync('{.,node}/*.bench.ts', { cwd: BENCHES })
      .map((path): [string, string] => [basename(path, '.bench.ts'), join(BENCHES, path)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

interface Asked {
  readonly names: readonly string[];
  readonly sizes: string | null;
}

function asked(args: readonly string[], known: ReadonlyMap<string, string>): Asked {
  const usage = `usage: npm run bench -- [${[...known.keys()].join(' | ')}] [--sizes 1000,10000]`;
  const isNamed = args[0] !== undefined && !args[0].startsWith('--');
  const isOracles = isNamed && args[1] === '--oracles';
  const [flag, sizes, ...rest] = args.slice(Number(isNamed) + Number(isOracles));
  const isWellFormed = flag === undefined || (flag === '--sizes' && SIZES.test(sizes ?? ''));
  if (!isWellFormed || rest.length > 0) throw new UsageError(usage);
  const name = isOracles ? `${args[0]}-oracles` : args[0];
  if (isNamed && !known.has(name ?? ''))
    throw new UsageError(`there is no bench ${name}\n${usage}`);
  return { names: isNamed ? [name ?? ''] : [...known.keys()], sizes: sizes ?? null };
}

const commit = (): string =>
  spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).stdout?.trim();

/** Keeps what a bench found, with what it was found on. */
function keep(result: string): void {
  const found = JSON.parse(result) as { readonly name: string };
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${found.name}.json`);
  const machine = {
    commit: commit(),
    node: process.version,
    cores: availableParallelism(),
    storage: temporaryDirectory(),
  };
  writeFileSync(file, `${JSON.stringify({ ...machine, ...found }, null, 2)}\n`);
  console.log(`results: ${relative(process.cwd(), file)}`);
}

/** Plays one bench; true when it ended well and left results. */
function play(path: string, sizes: string | null): Promise<boolean> {
  let kept = 0;
  const ran = spawn(
    join(ROOT, 'node_modules/.bin/vitest'),
    [
      'run',
      relative(ROOT, path),
      '--config',
      'test/bench/vitest.config.ts',
      '--disable-console-intercept',
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
      env: {
        ...process.env,
        TMPDIR: temporaryDirectory(),
        ...(sizes !== null && { BENCH_SIZES: sizes }),
      },
    },
  );
  createInterface({ input: ran.stdout }).on('line', (line) => {
    if (!line.startsWith(MARK)) return console.log(line);
    kept += 1;
    keep(line.slice(MARK.length));
  });
  return new Promise((done) => {
    ran.on('close', (code) => done(code === 0 && kept > 0));
  });
}

await runCommand(async () => {
  const known = benches();
  const { names, sizes } = asked(process.argv.slice(2), known);
  const failed: string[] = [];
  for (const name of names) {
    console.log(`\n# ${name}`);
    if (!(await play(known.get(name) ?? '', sizes))) failed.push(name);
  }
  if (failed.length > 0) console.error(`failed, or left no results: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
});
