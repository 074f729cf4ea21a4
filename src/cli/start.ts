/**
 * `npm start [-- --port 8787] [--once]`: an empty Worker in sandbox mode with the fakes beside it,
 * a month of signed events sent through its front door, and what became of them. Then it goes on
 * serving until Ctrl-C; with `--once` it ends, with 1 where something is not as it must be. Its folder
 * under `.guerdon` goes with it; what starts that were killed left there is removed by the next one.
 */
import { join } from 'node:path';
import process from 'node:process';
import type { Engine } from './engine/engine.ts';
import { endWith, removeDeadRuns, removeOwnRun } from './engine/processes.ts';
import { portOf, readFlags, runCommand } from './flags.ts';

const USAGE = 'usage: npm start -- [--port 8787] [--once]';
const FOLDER = join(import.meta.dirname, '../../.guerdon');
const STATE = 'start-';
/** Holds for this machine alone, and in sandbox mode; printed, so that you can look around. */
const TOKEN = 'sample-admin-token';

let engine: Engine | undefined;
let stopTicking: (() => void) | undefined;
let state: string | undefined;

endWith(
  async () => {
    stopTicking?.();
    await engine?.miniflare.dispose();
  },
  () => {
    if (state !== undefined) removeOwnRun(state);
  },
);

function lookAround(address: string): string[] {
  return [
    'Look around:',
    `  documentation   ${address}/docs`,
    `  OpenAPI         ${address}/openapi.json`,
    `  events          curl -H 'Authorization: Bearer ${TOKEN}' ${address}/v1/events`,
    `  one of them     curl -H 'Authorization: Bearer ${TOKEN}' ${address}/v1/coaching-sessions/cs-raised`,
    `  health          curl ${address}/v1/health`,
  ];
}

await runCommand(async () => {
  const options = { port: { type: 'string' }, once: { type: 'boolean' } } as const;
  const flags = readFlags(process.argv.slice(2), options, USAGE);
  const port = portOf(String(flags.port ?? '8787'));
  state = join(FOLDER, `${STATE}${port}`);
  console.log('starting an empty Worker in sandbox mode, with fakes instead of the network');
  const { startEngine } = await import('./engine/engine.ts');
  const { startTicking } = await import('./engine/tick.ts');
  const { apiOf, playMonth } = await import('./sample/month.ts');
  const { reportMonth } = await import('./sample/report.ts');
  const bindings = { ADMIN_TOKEN: TOKEN, SECRETS_KEY: 'sample-secrets-key' };
  await removeDeadRuns(FOLDER, STATE);
  engine = await startEngine({ port, state, sandbox: true, fresh: true, bindings, quiet: true });
  stopTicking = startTicking(engine);
  const api = apiOf(engine.address, TOKEN);
  console.log('sending a month of signed events: September 2024, 24 agents in 3 groups\n');
  const { lines, wrong } = await reportMonth(api, await playMonth(api));
  for (const line of lines) console.log(line);
  for (const complaint of wrong) console.error(complaint);
  if (flags.once === true) {
    await engine.miniflare.dispose();
    removeOwnRun(state);
    process.exit(wrong.length === 0 ? 0 : 1);
  }
  for (const line of ['', ...lookAround(engine.address)]) console.log(line);
  console.log(`\nready ${engine.address} (Ctrl-C ends it)`);
});
