/**
 * Every I/O of one small story, made to fail in every way, once each: the list of I/O calls is the
 * list of crash points. The story is an award and its reversal; whatever fails, it ends the same.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, NOON, Stage } from '../conformance/stage';
import {
  type Case,
  casesOf,
  crashesOf,
  mostOf,
  PLAYS_ALL,
  pieceOf,
  Striker,
} from '../worker/crashes';
import { awake } from '../worker/evict';
import { quiet, removeBoard } from '../worker/io';
import type { Heard } from './sender';

const SLOW = { timeout: 600_000 };
const HOUR = 60 * MINUTE;
/** A sender gives up after so many tries in a row and comes back when all is well. */
const TRIES = 3;

afterEach(removeBoard);

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

/** Who sends again: the sender at once, or only when all is well, so that alarm and cron come first. */
type Retrier = 'sender' | 'alarm';

/** How a story with one failure ended, and which I/O it met. */
async function played(one: Case<Retrier> | null) {
  const stage = await Stage.open();
  const striker = new Striker(one);
  stage.world.board.decide = striker.decide;
  const unheard = await story(stage, one?.by !== 'alarm');
  await heal(stage, unheard);
  const ended = await end(stage);
  removeBoard();
  return { ended, met: [...striker.met], hasStruck: striker.hasStruck };
}

/** Every way for each point, retried by both in turn; with SIM_CRASHES by each. */
function casesOfRun(met: readonly string[]): readonly Case<Retrier>[] {
  if (PLAYS_ALL) return pieceOf([...casesOf(met, 'sender'), ...casesOf(met, 'alarm')]);
  return met.flatMap((target, index) =>
    crashesOf(target).map((mode, turn) => {
      const by = (index + turn) % 2 === 0 ? 'sender' : 'alarm';
      return { target, mode, by };
    }),
  );
}

describe('an award and its reversal', () => {
  // Evictions would have other points met from story to story, and be no cases of their own.
  it(
    'end the same whichever I/O fails, and however',
    SLOW,
    awake(async () => {
      const { met, ended: whole } = await played(null);
      expect(ENDS[0]).toBe(whole);
      expect(met.length).toBeGreaterThan(10);
      const cases = casesOfRun(met);
      const wrong: string[] = [];
      let strikes = 0;
      for (const one of cases) {
        const { ended, hasStruck } = await played(one);
        if (hasStruck) strikes += 1;
        if (!ENDS.includes(ended)) wrong.push(`${one.target} ${one.mode} by ${one.by}: ${ended}`);
      }
      console.log(`${met.length} I/O points, ${cases.length} cases, ${strikes} strikes`);
      expect(wrong).toEqual([]);
      expect(strikes).toBeGreaterThanOrEqual(mostOf(cases.length));
    }),
  );
});
