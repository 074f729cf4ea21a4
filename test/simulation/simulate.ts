/**
 * One seed from beginning to end: draw, play, heal, look. Captures what the Worker logs, because a
 * secret may stand in no line, and because a crash-ridden history would bury the answer in noise.
 */
import { env } from 'cloudflare:workers';
import { removeBoard, tally } from '../worker/io';
import { type Books, readBooks } from './books';
import { absorb, type Coverage } from './coverage';
import { loadedDice } from './dice';
import { draw } from './draw';
import { History } from './history';
import { broken, stateHash } from './invariants';
import { settleLongAfter } from './long-after';
import type { Plan } from './plan';

export interface Report {
  readonly seed: number;
  readonly broken: readonly string[];
  readonly state: string;
}

/** With SIM_TELL a history prints what it does and what the Worker logs. */
const telling = (): boolean => (env as { readonly SIM_TELL?: string }).SIM_TELL === 'true';

type Line = 'log' | 'warn' | 'error' | 'info' | 'debug';
const LINES: readonly Line[] = ['log', 'warn', 'error', 'info', 'debug'];

/** Runs with the console captured; answers what was written to it beside the result. */
async function captured<T>(run: () => Promise<T>): Promise<{ value: T; lines: string[] }> {
  const lines: string[] = [];
  const before = LINES.map((line) => console[line]);
  const show = console.log;
  for (const line of LINES) {
    console[line] = (...told) => {
      lines.push(told.join(' '));
      if (telling()) show(told.join(' '));
    };
  }
  try {
    return { value: await run(), lines };
  } finally {
    for (const [index, line] of LINES.entries()) {
      const kept = before[index];
      if (kept !== undefined) console[line] = kept;
    }
  }
}

async function lookedAt(history: History): Promise<Books> {
  for (const player of history.players.values()) await player.look?.();
  return readBooks();
}

/** Plays the history of a seed. A thrown error is a finding like any other. */
export const simulate = (seed: number, coverage: Coverage): Promise<Report> =>
  simulatePlan(draw(seed), coverage);

export async function simulatePlan(plan: Plan, coverage: Coverage): Promise<Report> {
  const restore = loadedDice(plan.seed);
  const { value, lines } = await captured(async () => {
    const history = await History.of(plan);
    try {
      await history.play();
      await history.heal();
      const atRest = broken(history, await lookedAt(history)).map((what) => `at rest: ${what}`);
      const later = await settleLongAfter(history);
      const books = await lookedAt(history);
      const wrong = [...atRest, ...later, ...broken(history, books)];
      for (const player of history.players.values()) {
        for (const name of player.transitions(books)) tally(coverage.transitions, name);
        absorb(coverage.counted, new Map(Object.entries(player.counts?.(books) ?? {})));
      }
      return { wrong, state: stateHash(history, books) };
    } finally {
      absorb(coverage.troubles, history.troubles);
      absorb(coverage.met, history.world.board.met);
      absorb(coverage.fired, history.world.board.fired);
      removeBoard();
    }
  }).finally(restore);
  const leaked = lines.filter((line) => line.includes('canary-'));
  return {
    seed: plan.seed,
    broken: [...value.wrong, ...leaked.map((line) => `INV-19 in the log: ${line.slice(0, 200)}`)],
    state: value.state,
  };
}

/** The one line by which a failing seed is played again. */
export const replayOf = (seed: number): string => `npm run sim -- --seeds 1 --from ${seed}`;
