/**
 * `npm run sim:kill -- --rounds 10`: kills the served Worker with SIGKILL while senders are at it,
 * starts it again on the same directory, and holds what was acknowledged against what is there.
 * Nobody helps it: what it owes it must do by itself within five seconds of being ready. With
 * `--before DIR` every round begins anew by the code of another checkout, and goes on by this one's.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { temporaryDirectory } from './engine/temporary.ts';
import { readFlags, runCommand, UsageError } from './flags.ts';
import { Installation } from './kill/installation.ts';
import { type Kept, Round } from './kill/round.ts';

const USAGE = 'usage: npm run sim:kill -- [--rounds 10] [--before ../an-older-checkout]';
const MOST_ROUNDS = 1_000;
/** From being ready to having kept every promise. */
const RECOVERY_MS = 5_000;
/** Shortest and longest time under load before a kill. */
const [LEAST_LOAD_MS, MORE_LOAD_MS] = [250, 600];

function roundsOf(given: unknown): number {
  const rounds = Number(given ?? '10');
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MOST_ROUNDS) return rounds;
  throw new UsageError(`--rounds takes a number from 1 to ${MOST_ROUNDS}, not ${given}\n${USAGE}`);
}

/** Another checkout, installed; null: there is none. */
function checkoutOf(given: unknown): string | null {
  if (given === undefined) return null;
  const root = resolve(String(given));
  if (existsSync(join(root, 'src/cli/serve.ts'))) return root;
  throw new UsageError(`--before takes the directory of a checkout, and ${root} is none\n${USAGE}`);
}

/** A round's own time under load, so that the kills fall everywhere; the same in every run. */
const loadMs = (round: number): number => LEAST_LOAD_MS + ((round * 149) % MORE_LOAD_MS);

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

await runCommand(async () => {
  const options = { rounds: { type: 'string' }, before: { type: 'string' } } as const;
  const flags = readFlags(process.argv.slice(2), options, USAGE);
  const rounds = roundsOf(flags.rounds);
  const before = checkoutOf(flags.before);
  const state = mkdtempSync(join(temporaryDirectory(), 'guerdon-kill-'));
  let installation = new Installation(join(state, '1'), before);
  const began = performance.now();
  const all: Kept[] = [];
  try {
    await installation.start();
    for (let number = 1; number <= rounds; number += 1) {
      if (before !== null && number > 1) {
        await installation.mustBeWhole();
        installation.kill();
        installation = new Installation(join(state, String(number)), before);
        await installation.start();
      }
      const round = await Round.open(installation, number, before !== null || number === 1);
      await round.underLoad(loadMs(number), () => installation.kill());
      await installation.start();
      all.push(await round.keeps(RECOVERY_MS));
    }
    await installation.mustBeWhole();
  } finally {
    installation.kill();
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  }
  const wrong = all.flatMap(({ complaints }) => complaints);
  for (const complaint of wrong) console.error(complaint);
  const slowest = Math.max(...all.map(({ recoveredMs }) => recoveredMs));
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${wrong.length === 0 ? 'all kept' : 'BROKEN'}: ${rounds} kills in ${seconds.toFixed(0)} s, ` +
      `${sum(all.map(({ sent }) => sent))} events sent, ${sum(all.map(({ acknowledged }) => acknowledged))} acknowledged, ` +
      `${sum(all.map(({ cut }) => cut))} cut off and sent again; ` +
      `slowest recovery ${(slowest / 1000).toFixed(1)} s after being ready`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
});
