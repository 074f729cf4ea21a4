import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

const ROOT = join(import.meta.dirname, '../..');
const HOUR = 3_600_000;
const MEMORY_HOST = 'memory.bench';

/** Resident MiB of each workerd below this process, by Linux's own tables; 0 elsewhere. */
function residentMiB(): number {
  const statuses = globSync('/proc/[0-9]*/status').map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return ''; // It has ended meanwhile.
    }
  });
  const numberOf = (status: string, field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const kib = statuses
    .filter((status) => status.startsWith('Name:\tworkerd\n'))
    .filter((status) => numberOf(status, 'PPid') === process.pid)
    .reduce((sum, status) => sum + numberOf(status, 'VmRSS'), 0);
  return Math.round(kib / 1024);
}

/**
 * The benches: most of them the deployed Worker in workerd, as the tests have it, with room for a
 * million rows; those under `node/` look at it from outside.
 */
export default defineConfig({
  root: ROOT,
  test: {
    testTimeout: HOUR,
    hookTimeout: HOUR,
    projects: [
      {
        root: ROOT,
        plugins: [
          cloudflareTest(async () => ({
            main: './test/bench/worker.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              durableObjects: {
                NOTHING: { className: 'NothingObject', useSQLite: true },
                ONES: { className: 'JournalOfOnes', useSQLite: true },
              },
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(join(ROOT, 'migrations')),
                ADMIN_TOKEN: 'admin-token-of-the-tests-0123456789',
                SECRETS_KEY: 'secrets-key-of-the-tests-0123456789',
                TEST_D1: 'emulator',
                BENCH_SIZES: process.env.BENCH_SIZES ?? '',
                BENCH_ALL: process.env.BENCH_ALL ?? '',
              },
              outboundService: ({ url }) =>
                new URL(url).hostname === MEMORY_HOST
                  ? new Response(String(residentMiB()))
                  : new Response('nothing dials out in benches', { status: 599 }),
            },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/bench/*.bench.ts'],
          setupFiles: ['./test/worker/setup.ts'],
          testTimeout: HOUR,
          hookTimeout: HOUR,
        },
      },
      {
        root: ROOT,
        test: {
          name: 'node',
          include: ['test/bench/node/*.bench.ts'],
          environment: 'node',
          testTimeout: HOUR,
          hookTimeout: HOUR,
        },
      },
    ],
  },
});
