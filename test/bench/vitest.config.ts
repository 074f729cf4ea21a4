import { join } from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

const ROOT = join(import.meta.dirname, '../..');

/** The benches: the deployed Worker in workerd, as the tests have it, with room for a million rows. */
export default defineConfig({
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
    include: ['test/bench/*.bench.ts'],
    setupFiles: ['./test/worker/setup.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
});
