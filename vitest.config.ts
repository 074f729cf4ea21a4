import { globSync } from 'node:fs';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { temporaryDirectory } from './src/cli/engine/temporary.ts';
import { plantedBugs } from './test/simulation/planted/plugin.ts';
import { pureTests } from './test/tidy/pure.ts';

process.env.TMPDIR = temporaryDirectory();

/** Lines of the Worker's own log; a run has some ten thousand of them. `SHOW_LOGS=1` shows them. */
const isOwnLog = (text: string): boolean => /^\s*\{"level":"(info|warn|error)"/.test(text);

const PLANTED = 'test/simulation/planted/*.test.ts';
const OF_NO_WORKER = ['test/node/**', 'test/sandbox/**', 'test/tidy.test.ts', PLANTED];
const PURE = pureTests(globSync('test/**/*.test.ts', { exclude: OF_NO_WORKER }));

/** What stands for D1 in most tests; `test/worker/database.ts` says why. */
const DATABASE_OF_TESTS = {
  durableObjects: {
    DATABASE: { className: 'DatabaseObject', scriptName: 'database', useSQLite: true },
  },
  workers: [
    {
      name: 'database',
      compatibilityDate: '2026-10-01',
      modules: [{ type: 'ESModule' as const, path: './test/worker/sqlite.mjs' }],
      durableObjects: { DATABASE: { className: 'DatabaseObject', useSQLite: true } },
    },
  ],
};

/** Some 400 modules of other people's, which a file would otherwise fetch one by one into its workerd. */
const inOnePiece = {
  optimizer: {
    ssr: {
      enabled: true,
      include: [
        'canonicalize',
        'decimal.js',
        'drizzle-orm',
        'drizzle-orm/d1',
        'drizzle-orm/sqlite-core',
        'hono',
        'jose',
        'papaparse',
        'zod',
      ],
    },
  },
};

/** The deployed Worker with its I/O wrapped, in workerd. */
const workerUnderTest = () =>
  cloudflareTest(async () => ({
    main: './test/worker/entry.ts',
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      ...DATABASE_OF_TESTS,
      bindings: {
        TEST_MIGRATIONS: await readD1Migrations('./migrations'),
        ADMIN_TOKEN: 'admin-token-of-the-tests-0123456789',
        SECRETS_KEY: 'secrets-key-of-the-tests-0123456789',
        // Which histories the simulation plays; `npm run sim` sets them.
        SIM_SEEDS: process.env.SIM_SEEDS ?? '',
        SIM_PAY_RUNS: process.env.SIM_PAY_RUNS ?? '',
        SIM_FIRST: process.env.SIM_FIRST ?? '',
        SIM_ONLY: process.env.SIM_ONLY ?? '',
        SIM_SHRINK: process.env.SIM_SHRINK ?? '',
        SIM_TELL: process.env.SIM_TELL ?? '',
        SIM_CRASHES: process.env.SIM_CRASHES ?? '',
        SIM_PLANTED: process.env.SIM_PLANTED ?? '',
        // The suite again on the emulator's D1.
        TEST_D1: process.env.TEST_D1 ?? '',
        // The suite again with every object evicted after every call.
        EVICT: process.env.EVICT ?? '',
      },
      outboundService: () => new Response('nothing dials out in tests', { status: 599 }),
    },
  }));

/**
 * Five projects: the deployed Worker, the same with bugs planted in it, and the sandbox's parts, all
 * in workerd against real SQLite; pure decisions, in workerd as well, but in one worker together;
 * and what reads this repository's files on Node.
 */
export default defineConfig({
  test: {
    onConsoleLog: (text) =>
      process.env.SHOW_LOGS === undefined && isOwnLog(text) ? false : undefined,
    // A file waits for its own workerd half of the time; two at once halve the whole.
    maxWorkers: '100%',
    projects: [
      {
        plugins: [workerUnderTest()],
        test: {
          name: 'workers',
          include: ['test/**/*.test.ts'],
          exclude: [...OF_NO_WORKER, ...PURE],
          setupFiles: ['./test/worker/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          deps: inOnePiece,
        },
      },
      {
        plugins: [plantedBugs(), workerUnderTest()],
        test: {
          name: 'planted',
          include: [PLANTED],
          setupFiles: ['./test/worker/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          deps: inOnePiece,
        },
      },
      {
        plugins: [
          cloudflareTest({
            miniflare: {
              compatibilityDate: '2026-10-01',
              compatibilityFlags: ['nodejs_compat'],
              outboundService: () => new Response('nothing dials out in tests', { status: 599 }),
            },
          }),
        ],
        test: { name: 'pure', include: PURE, isolate: false, testTimeout: 120_000 },
      },
      {
        plugins: [
          cloudflareTest({
            main: './test/sandbox/worker/entry.ts',
            wrangler: { configPath: './src/sandbox/wrangler.toml' },
            miniflare: {
              durableObjects: { PROBES: { className: 'ProbeObject', useSQLite: true } },
              outboundService: () => new Response('nothing dials out in tests', { status: 599 }),
            },
          }),
        ],
        test: {
          name: 'sandbox',
          include: ['test/sandbox/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'tidy',
          include: ['test/tidy.test.ts', 'test/node/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
        },
      },
    ],
  },
});
