import { join } from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

const ROOT = join(import.meta.dirname, '../..');
const HOUR = 3_600_000;

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
              durableObjects: { NOTHING: { className: 'NothingObject', useSQLite: true } },
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(join(ROOT, 'migrations')),
                ADMIN_TOKEN: 'admin-token-of-the-tests-0123456789',
                SECRETS_KEY: 'secrets-key-of-the-tests-0123456789',
                BENCH_SIZES: process.env.BENCH_SIZES ?? '1000,10000,100000,1000000',
              },
              outboundService: () => new Response('nothing dials out in benches', { status: 599 }),
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
