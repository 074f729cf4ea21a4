/**
 * Every I/O of one small story, made to fail in every way, once each: the list of I/O calls is the
 * list of crash points. The story is an award and its reversal; whatever fails, it ends the same.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, NOON, Stage } from '../conformance/stage';
import type { IoPoint, Mode } from '../worker/io';
import { quiet, removeBoard } from '../worker/io';
import { PLAYS_ALL, pieceOf } from './crashes';
import type { Heard } from './sender';

const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];
const SLOW = { timeout: 600_000 };
const HOUR = 60 * MINUTE;
/** A sender gives up after so many tries in a row and comes back when all is well. */
const TRIES = 3;

afterEach(removeBoard);

const nameOf = ({ place, call, phase, nth }: IoPoint): string => `${place} ${call} ${phase} ${nth}`;

/** Sends until it is heard, as a sender does. */
async function insist(stage: Stage, send: () => Promise<Heard>): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const heard = await send();
    await quiet(stage.world.board);
    if (heard.status === 200) return true;
  }
  return false;
}

const at = (minutes: number) => ({ occurredAt: new Date(NOON + minutes * MINUTE).toISOString() });

/** The story. With `retry` the senders try again at once, else only after the last faults. */
async function story(stage: Stage, retry: boolean): Promise<(() => Promise<Heard>)[]> {
  const sends = [
    () => stage.completed(at(0)),
    () => stage.scored(85, 70, { ...at(5), eventId: 'lowered' }),
  ];
  const unheard: (() => Promise<Heard>)[] = [];
  for (const send of sends) {
    const heard = retry ? await insist(stage, send) : (await send()).status === 200;
    await quiet(stage.world.board);
    if (!heard) unheard.push(send);
    await stage.pass(5 * MINUTE);
    await stage.machine.cron('*/5 * * * *');
  }
  return unheard;
}

async function heal(stage: Stage, unheard: readonly (() => Promise<Heard>)[]): Promise<void> {
  stage.world.board.decide = () => null;
  await stage.machine.recount();
  for (const send of unheard) expect(await insist(stage, send)).toBe(true);
  for (let third = 0; third < 3; third += 1) {
    await stage.machine.cron('*/5 * * * *');
    await stage.pass(HOUR / 3);
  }
}

async function end(stage: Stage): Promise<string> {
  const { entries, events } = await stage.books();
  const kinds = entries.toSorted((a, b) => a.seal - b.seal).map(({ kind }) => kind);
  return `${events.length} events, ${kinds.join(' ')}, ${await stage.points('mentor-1')} points`;
}

/** Both events settled apart, or together where the first had to wait for the second. */
const ENDS = ['2 events, AWARD REVERSAL, 0 points', '2 events, , 0 points'];

async function points(): Promise<string[]> {
  const stage = await Stage.open();
  const met = new Set<string>();
  stage.world.board.decide = (point) => {
    met.add(nameOf(point));
    return null;
  };
  await story(stage, true);
  return [...met];
}

async function played(target: string, mode: Mode, retry: boolean): Promise<string | null> {
  const stage = await Stage.open();
  let struck = false;
  stage.world.board.decide = (point) => {
    if (struck || nameOf(point) !== target) return null;
    struck = true;
    return mode;
  };
  const unheard = await story(stage, retry);
  await heal(stage, unheard);
  const ended = await end(stage);
  return ENDS.includes(ended) ? null : `${target} ${mode}${retry ? '' : ', no retry'}: ${ended}`;
}

/** Every way for each point, retried or not in turn; with SIM_CRASHES=all both. */
const casesOf = (points: readonly string[]): (readonly [string, Mode, boolean])[] =>
  points.flatMap((target, index) => {
    const modes = target.startsWith('worker') ? MODES.slice(0, 1) : MODES;
    return modes.flatMap((mode, turn) => {
      const retries = PLAYS_ALL ? [true, false] : [(index + turn) % 2 === 0];
      return retries.map((retry) => [target, mode, retry] as const);
    });
  });

describe('an award and its reversal', () => {
  it('end the same whichever I/O fails, and however', SLOW, async () => {
    const all = await points();
    expect(all.length).toBeGreaterThan(10);
    const cases = pieceOf(casesOf(all));
    const wrong: string[] = [];
    for (const [target, mode, retry] of cases) {
      const ended = await played(target, mode, retry);
      if (ended !== null) wrong.push(ended);
      removeBoard();
    }
    console.log(`${all.length} I/O points, ${cases.length} cases: ${all.join(', ')}`);
    expect(wrong).toEqual([]);
  });
});
