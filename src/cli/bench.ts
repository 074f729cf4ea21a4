/**
 * `npm run bench`: plays every bench of `test/bench`, `npm run bench -- boards` one of them; each
 * prints its table and leaves its results as JSON under `.guerdon/bench`, and in the end one table
 * says of each measure whether it holds its bar. `--sizes 1000,100000` chooses how many; a bench has
 * its own sizes when none are given, the largest only where it is played alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
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
  const usage = [
    `usage: npm run bench -- [${[...known.keys()].join(' | ')}] [--sizes 1000,10000]`,
    'without a name: all, and of boards, pay and seasons not the largest size, which they take alone',
    '(pay and seasons 100000 agents, boards 1000000 awards)',
  ].join('\n');
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

/** As `test/bench/report.ts` writes it. */
interface Measure {
  readonly operation: string;
  readonly measure: string;
  readonly bar: string | null;
  readonly holds: boolean | null;
  readonly remark?: string;
}

const machine = () => ({
  commit: commit(),
  node: process.version,
  cores: availableParallelism(),
  load: loadavg().map((load) => Math.round(load * 10) / 10),
  storage: storageOf(temporaryDirectory()),
});

/** Rates on a disk say more of the disk than of this code. */
const storageOf = (directory: string): string =>
  `${directory} (${directory.startsWith('/dev/shm') ? 'memory' : 'perhaps a disk'})`;

function write(name: string, found: object): void {
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `${name}.json`);
  writeFileSync(file, `${JSON.stringify({ ...machine(), ...found }, null, 2)}\n`);
  console.log(`results: ${relative(process.cwd(), file)}`);
}

/** Keeps what a bench found, with what it was found on; answers its lines of the summary. */
function keep(result: string): readonly Measure[] {
  const found = JSON.parse(result) as {
    readonly name: string;
    readonly summary: readonly Measure[];
  };
  write(found.name, found);
  return found.summary;
}

const verdictOf = ({ holds }: Measure): string => {
  if (holds === null) return '-';
  return holds ? 'holds' : 'MISSES';
};

/** The table over all benches, for people and as JSON. */
function summarise(measures: readonly Measure[], minutes: string): void {
  const head = ['operation', 'measure', 'bar', 'verdict'];
  const rows = measures.map((one) => [
    one.operation,
    one.measure,
    one.bar ?? '-',
    verdictOf(one) + (one.remark === undefined ? '' : `: ${one.remark}`),
  ]);
  const widths = head.map((_, place) =>
    Math.max(...[head, ...rows].map((row) => row[place]?.length ?? 0)),
  );
  console.log('\n# summary\n');
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((text, place) => text.padEnd(widths[place] ?? 0))
        .join(' | ')
        .trimEnd(),
    );
  }
  const { commit: sha, node, cores, load, storage } = machine();
  const missed = measures.filter(({ holds }) => holds === false).length;
  console.log(
    `\n${missed} of ${measures.length} measures miss; commit ${sha}, node ${node}, ${cores} cores, load ${load.join(' ')}, storage ${storage}, ${minutes} minutes\n`,
  );
  write('summary', { minutes, summary: measures });
}

/** Plays one bench; null when it did not end well or left no results. */
function play(path: string, { names, sizes }: Asked): Promise<readonly Measure[] | null> {
  let found: readonly Measure[] | null = null;
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
        ...(names.length > 1 && { BENCH_ALL: 'true' }),
      },
    },
  );
  createInterface({ input: ran.stdout }).on('line', (line) => {
    if (!line.startsWith(MARK)) return console.log(line);
    found = [...(found ?? []), ...keep(line.slice(MARK.length))];
  });
  return new Promise((done) => {
    ran.on('close', (code) => done(code === 0 ? found : null));
  });
}

await runCommand(async () => {
  const known = benches();
  const wanted = asked(process.argv.slice(2), known);
  const begun = performance.now();
  const failed: string[] = [];
  const measures: Measure[] = [];
  console.log(`storage: ${storageOf(temporaryDirectory())}`);
  for (const name of wanted.names) {
    console.log(`\n# ${name}`);
    const found = await play(known.get(name) ?? '', wanted);
    if (found === null) failed.push(name);
    else measures.push(...found);
  }
  summarise(measures, ((performance.now() - begun) / 60_000).toFixed(1));
  if (failed.length > 0) console.error(`failed, or left no results: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
});
