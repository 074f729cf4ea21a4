/**
 * The Worker on one machine: Miniflare with the options of `wrangler.toml`, in sandbox mode with
 * those of `src/sandbox/wrangler.toml` laid over them. Everything it keeps is in one directory.
 * In sandbox mode no request leaves the machine: the fakes take the place of the network.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { UsageError } from '../flags.ts';
import { bundle } from './bundle.ts';
import { showLog } from './logs.ts';
import { migrate } from './migrate.ts';
import { claim, endFormerRun, noteOwnRun } from './processes.ts';
import { QUIET_TOOLS } from './quiet.ts';

export const WORKER = 'guerdon';
const ROOT = join(import.meta.dirname, '../../..');
const NOTE_EVERY_MS = 100;
const FREEING_POLL_MS = 100;
const FREEING_POLLS = 100;
const HOST = '127.0.0.1';
/** The entrypoint of the sandbox that answers instead of the network. */
const FAKES = 'Upstreams';

export interface EngineOptions {
  readonly port: number;
  /** Absolute path. */
  readonly state: string;
  readonly sandbox: boolean;
  /** True: what the directory holds is thrown away first. */
  readonly fresh: boolean;
  /** Secrets and variables, laid over those of the files. */
  readonly bindings: Readonly<Record<string, string>>;
  /** True: of the Worker's own lines only faults are shown. */
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
  const ended = await endFormerRun(options.state);
  if (options.fresh) rmSync(options.state, { recursive: true, force: true });
  claim(options.state);
  await refuseTakenPort(options.port, ended ? FREEING_POLLS : 0);
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

/**
 * workerd would say it too, but only after half a minute of tries and without a name for it. The
 * port of a run that was just ended is free when the last thread of its engine is gone: `polls`.
 */
async function refuseTakenPort(port: number, polls: number): Promise<void> {
  const error = await bindError(port);
  if (error === null) return;
  if (error.code !== 'EADDRINUSE' || polls === 0) {
    const why = `port ${port} cannot be used (${error.code})`;
    throw new UsageError(`${why}; choose another with --port`);
  }
  await pause(FREEING_POLL_MS);
  await refuseTakenPort(port, polls - 1);
}

/** What listening on the port is answered with; null when it can be done. */
function bindError(port: number): Promise<NodeJS.ErrnoException | null> {
  const probe = createServer();
  return new Promise((answer) => {
    probe.once('error', answer);
    probe.listen(port, HOST, () => probe.close(() => answer(null)));
  });
}
