/**
 * `npm run bench -- boards`: plays one bench of `test/bench` in workerd and prints its table.
 * `--sizes 1000,100000` chooses how many; a bench has its own sizes when none are given.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { runCommand, UsageError } from './flags.ts';

const ROOT = join(import.meta.dirname, '../..');
const BENCHES = join(ROOT, 'test/bench');
const SIZES = /^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*$/;

const names = (): string[] =>
  globSync('*.bench.ts', { cwd: BENCHES }).map((file) => basename(file, '.bench.ts'));

await runCommand(async () => {
  const [first, ...others] = process.argv.slice(2);
  const isOracles = others[0] === '--oracles';
  const name = isOracles ? `${first}-oracles` : first;
  const [flag, sizes, ...rest] = isOracles ? others.slice(1) : others;
  const usage = `usage: npm run bench -- ${names().join(' | ')} [--sizes 1000,10000]`;
  const wellFormed = flag === undefined || (flag === '--sizes' && SIZES.test(sizes ?? ''));
  if (name === undefined || !wellFormed || rest.length > 0) throw new UsageError(usage);
  if (!/^[a-z-]+$/.test(name) || !existsSync(join(BENCHES, `${name}.bench.ts`))) {
    throw new UsageError(`there is no bench ${name}\n${usage}`);
  }
  const { status } = spawnSync(
    join(ROOT, 'node_modules/.bin/vitest'),
    ['run', '--config', 'test/bench/vitest.config.ts', `test/bench/${name}.bench.ts`],
    {
      cwd: ROOT,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, ...(sizes !== undefined && { BENCH_SIZES: sizes }) },
    },
  );
  process.exitCode = status ?? 1;
});
