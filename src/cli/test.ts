/**
 * `npm test`: everything a change must pass. Format and lint, types, then all tests; the last line
 * is `N passed, N failed`. A test file that did not run, a test that was skipped and an error
 * outside any test count as failures, so that nothing passes by not being there.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { temporaryDirectory } from './engine/temporary.ts';
import { checked, closingLine, countOf, readReport, type Tally } from './tally.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Everything that the run leaves lying about, removed at its end. */
const directory = mkdtempSync(join(temporaryDirectory(), 'guerdon-test-'));

/** Runs a tool of node_modules/.bin; true when it ended well. */
function tool(name: string, args: readonly string[]): boolean {
  console.log(`\n> ${name} ${args.join(' ')}`);
  const ran = spawnSync(join(ROOT, 'node_modules/.bin', name), args, {
    cwd: ROOT,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: {
      ...process.env,
      TMPDIR: directory,
      CI: '1',
      ...(process.stdout.isTTY !== true && { NO_COLOR: '1' }),
    },
  });
  return ran.status === 0;
}

function runTests(): Tally {
  const file = join(directory, 'report.json');
  const endedWell = tool('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const wanted = globSync('test/**/*.test.ts', { cwd: ROOT });
  return countOf(readReport(file), endedWell, wanted);
}

const checks: Tally[] = [
  checked(tool('biome', ['check', '.']), 'format and lint'),
  checked(tool('tsc', ['--noEmit']), 'types'),
];
const tests = runTests();
rmSync(directory, { recursive: true, force: true });

const all = [...checks, tests];
for (const { complaints } of all) for (const complaint of complaints) console.error(complaint);
const failed = all.reduce((sum, tally) => sum + tally.failed, 0);
console.log(`\n${closingLine(all)}`);
process.exit(failed === 0 ? 0 : 1);
