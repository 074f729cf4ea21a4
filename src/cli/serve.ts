/**
 * `npm run serve -- --port 8787 --state DIR`: the Worker on one machine, with migrations applied
 * and no data of its own. An empty directory is a new installation; the same directory after a
 * kill goes on where it was. `SANDBOX=true` adds the clock and the fakes.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from './engine/engine.ts';
import { endWith, forgetOwnRun } from './engine/processes.ts';
import { readSecrets, readServeFlags, runCommand } from './flags.ts';

const USAGE = 'usage: npm run serve -- [--port 8787] [--state .guerdon/state]';
const ANSWER_POLL_MS = 50;
const ANSWER_POLLS = 400;

let engine: Engine | undefined;
let stopTicking: (() => void) | undefined;
let state: string | undefined;

endWith(
  async () => {
    stopTicking?.();
    await engine?.miniflare.dispose();
  },
  () => {
    if (engine !== undefined && state !== undefined) forgetOwnRun(state);
  },
);

/** Resolves when the Worker answers anything at all. */
async function answering(address: string): Promise<void> {
  for (let polls = 0; ; polls += 1) {
    try {
      await fetch(`${address}/v1/health`);
      return;
    } catch (thrown) {
      if (polls === ANSWER_POLLS) throw thrown;
      await pause(ANSWER_POLL_MS);
    }
  }
}

await runCommand(async () => {
  const flags = readServeFlags(process.argv.slice(2), USAGE);
  const bindings = readSecrets(process.env);
  state = flags.state;
  const { startEngine } = await import('./engine/engine.ts');
  const { startTicking } = await import('./engine/tick.ts');
  const sandbox = process.env.SANDBOX === 'true';
  engine = await startEngine({ ...flags, sandbox, fresh: false, bindings, quiet: false });
  stopTicking = startTicking(engine);
  await answering(engine.address);
  console.log(`ready ${engine.address}`);
});
