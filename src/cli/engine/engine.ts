/**
 * The Worker on one machine: Miniflare with the options of `wrangler.toml`, in sandbox mode with
 * those of `src/sandbox/wrangler.toml` laid over them. Everything it keeps is in one directory.
 * In sandbox mode no request leaves the machine: the fakes take the place of the network.
 */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { UsageError } from '../flags.ts';
import { bundle } from './bundle.ts';
import { showLog } from './logs.ts';
import { migrate } from './migrate.ts';
import { endFormerRun, noteOwnRun } from './processes.ts';
import { QUIET_TOOLS } from './quiet.ts';

export const WORKER = 'guerdon';
const ROOT = join(import.meta.dirname, '../../..');
const NOTE_EVERY_MS = 100;
const HOST = '127.0.0.1';
/** The entrypoint of the sandbox that answers instead of the network. */
const FAKES = 'Upstreams';

export interface EngineOptions {
  readonly port: number;
  /** Absolute path. */
  readonly state: string;
  readonly sandbox: boolean;
  /** Secrets and variables, laid over those of the files. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Level below which log lines of the Worker are not shown. */
  readonly quiet: boolean;
}

export interface Engine {
  /** `http://127.0.0.1:8787` */
  readonly address: string;
  readonly crons: readonly string[];
  readonly miniflare: Miniflare;
}

/** Starts the Worker on a port with all migrations applied. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  Object.assign(process.env, QUIET_TOOLS);
  mkdirSync(options.state, { recursive: true });
  await endFormerRun(options.state);
  await refuseTakenPort(options.port);
  const worker = await workerOptions(options);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: HOST,
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      resourcePersistencePath: options.state,
      handleStructuredLogs: (line) => showLog(line, options.quiet),
      workers: [worker],
    }),
  );
  await readyAndNoted(miniflare, options.state);
  await migrate(await miniflare.getD1Database('DB', WORKER), join(ROOT, 'migrations'));
  return {
    address: `http://${HOST}:${options.port}`,
    crons: worker.cronTriggers ?? [],
    miniflare,
  };
}

/** Ids are noted while it starts too: a kill in that moment must not leave an unknown workerd. */
async function readyAndNoted(miniflare: Miniflare, state: string): Promise<void> {
  const noting = setInterval(() => noteOwnRun(state), NOTE_EVERY_MS);
  try {
    await miniflare.ready;
  } finally {
    clearInterval(noting);
    noteOwnRun(state);
  }
}

/** What is read of a `wrangler.toml`; the rest of Wrangler's answer is passed on as it is. */
interface WranglerOptions {
  readonly modulesRules?: unknown;
  readonly cronTriggers?: string[];
  readonly durableObjects?: Record<string, { className: string; useSQLite?: boolean }>;
  readonly bindings?: Record<string, string>;
}

async function workerOptions({ port, sandbox, bindings }: EngineOptions) {
  const { unstable_getMiniflareWorkerOptions: read } = await import('wrangler');
  const base = read(join(ROOT, 'wrangler.toml'));
  const over = sandbox ? read(join(ROOT, 'src/sandbox/wrangler.toml')) : null;
  const { modulesRules: _rules, ...deployed } = base.workerOptions as WranglerOptions;
  const added = (over?.workerOptions ?? {}) as WranglerOptions;
  const main = over?.main ?? base.main;
  if (main === undefined) throw new Error('wrangler.toml names no main file');
  return {
    ...deployed,
    name: WORKER,
    modules: [
      { type: 'ESModule' as const, path: 'worker.mjs', contents: await bundle(main, base.define) },
    ],
    durableObjects: { ...deployed.durableObjects, ...added.durableObjects },
    bindings: { ...deployed.bindings, ...added.bindings, ...bindings },
    unsafeDirectSockets: [{ host: HOST, port }],
    ...(sandbox && { outboundService: { name: WORKER, entrypoint: FAKES } }),
  };
}

/** workerd would say it too, but only after half a minute of tries and without a name for it. */
async function refuseTakenPort(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((free, taken) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      taken(
        new UsageError(`port ${port} cannot be used (${error.code}); choose another with --port`),
      ),
    );
    probe.listen(port, HOST, () => probe.close(() => free()));
  });
}
