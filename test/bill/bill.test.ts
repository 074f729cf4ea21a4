import { runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, NOON, Stage } from '../conformance/stage';
import { quiet, removeBoard } from '../worker/io';
import { type Bill, billOf, printed } from './meter';

/** Rows written for each subject from creation to emptying; design section 7. */
const BARS = { award: 9, lone: 11, failedGate: 6, duplicate: 1.2 };
const MANY = 400;
const LONE = 200;
/** As many as are under way at one time. */
const AT_ONCE = 100;
const DAY = 24 * 60 * MINUTE;
/** Kept for three days and one more, after which the sweep empties an object. */
const DAYS_UNTIL_EMPTIED = 6;
const SLOW = { timeout: 600_000 };

afterEach(removeBoard);

async function inChunks(
  count: number,
  size: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += size) {
    const chunk = Array.from({ length: Math.min(size, count - from) }, (_, index) => from + index);
    await Promise.all(chunk.map(work));
  }
}

/** Fires everything that is due by now, as many at a time as the platform would. */
async function fireDue(stage: Stage, atOnce: number): Promise<void> {
  const { board } = stage.world;
  for (let turn = 0; turn < 20; turn += 1) {
    const due = [...board.alarms].filter(([, at]) => at <= stage.world.now).map(([key]) => key);
    if (due.length === 0) return;
    for (const key of due) board.alarms.delete(key);
    await inChunks(due.length, atOnce, async (index) => {
      const name = (due[index] ?? '').split(' ')[1] ?? '';
      await stage.machine.fire('session', name);
    });
    await quiet(board);
  }
}

async function pass(stage: Stage, ms: number, atOnce: number): Promise<void> {
  stage.world.advanceTo(stage.world.now + ms);
  await fireDue(stage, atOnce);
}

async function untilEmptied(stage: Stage, atOnce: number): Promise<void> {
  await pass(stage, 2 * MINUTE, atOnce);
  for (let day = 0; day < DAYS_UNTIL_EMPTIED; day += 1) {
    await pass(stage, DAY, atOnce);
    for (const cron of ['*/5 * * * *', '7 * * * *', '23 2 * * *']) await stage.machine.cron(cron);
    await pass(stage, 10 * MINUTE, atOnce);
    await stage.machine.cron('*/5 * * * *');
  }
}

/** Coaching sessions whose object still holds something. */
async function stillHeld(stage: Stage): Promise<number> {
  let held = 0;
  for (const [place, name] of stage.machine.objects()) {
    if (place !== 'session') continue;
    held += await runInDurableObject(stage.machine.stub(place, name), (_, state) =>
      Math.min(1, [...state.storage.kv.list()].length),
    );
    await stage.machine.evict(place, name);
  }
  return held;
}

/** Coachings of one mentor, one after the other, so that none overlaps with another. */
const PER_MENTOR = 40;
const MENTORS = MANY / PER_MENTOR;
const APART = 25 * MINUTE;

const nth = (index: number, fields: object = {}): object => ({
  eventId: `completed-${index}`,
  coachingSessionId: `coaching-${index}`,
  mentorId: `mentor-of-many-${Math.floor(index / PER_MENTOR)}`,
  occurredAt: new Date(NOON - ((index % PER_MENTOR) + 1) * APART).toISOString(),
  ...fields,
});

async function openBusy(): Promise<Stage> {
  const stage = await Stage.open();
  for (let index = 0; index < MENTORS; index += 1) {
    const agentId = `mentor-of-many-${index}`;
    await stage.world.addPerson({ agentId, groups: [], attributes: {} });
  }
  return stage;
}

/** `count` coaching sessions from creation to emptying. */
async function lifeOf(count: number, atOnce: number, fields: object): Promise<[Stage, Bill]> {
  const stage = await openBusy();
  // What a source and the journal write once, with their first event.
  await stage.completed({ eventId: 'the-first', coachingSessionId: 'the-first' });
  await pass(stage, 2 * MINUTE, 1);
  const bill = await billOf(stage.world.board, count, async () => {
    await inChunks(count, atOnce, (index) => stage.completed(nth(index, fields)));
    await quiet(stage.world.board);
    await untilEmptied(stage, atOnce);
  });
  return [stage, bill];
}

describe('rows written from creation to emptying', () => {
  it(`are at most ${BARS.award} for an award among many`, SLOW, async () => {
    const [stage, bill] = await lifeOf(MANY, AT_ONCE, {});
    console.log(printed('an award', bill));
    expect((await stage.books()).entries).toHaveLength(MANY + 1);
    expect(await stillHeld(stage)).toBe(0);
    expect(bill.rows).toBeLessThanOrEqual(BARS.award * MANY);
  });

  it(`are at most ${BARS.lone} for each further lone award`, SLOW, async () => {
    // What a week writes once, however much is awarded: marks of the nets, the journal's own head.
    const [, one] = await lifeOf(1, 1, {});
    const [stage, bill] = await lifeOf(LONE + 1, 1, {});
    console.log(printed('a week with one lone award', one));
    console.log(printed('a lone award', bill));
    expect((await stage.books()).entries).toHaveLength(LONE + 2);
    expect(await stillHeld(stage)).toBe(0);
    expect(bill.rows - one.rows).toBeLessThanOrEqual(BARS.lone * LONE);
  });

  it(`are at most ${BARS.failedGate} for a failed gate`, SLOW, async () => {
    const [stage, bill] = await lifeOf(MANY, AT_ONCE, { sessionDurationSeconds: 300 });
    console.log(printed('a failed gate', bill));
    const { entries, decisions } = await stage.books();
    expect([entries.length, decisions.length]).toEqual([1, MANY + 1]);
    expect(await stillHeld(stage)).toBe(0);
    expect(bill.rows).toBeLessThanOrEqual(BARS.failedGate * MANY);
  });

  it(`are at most ${BARS.duplicate} for a duplicate`, SLOW, async () => {
    const stage = await openBusy();
    const body = nth(0);
    await stage.completed(body);
    await pass(stage, 2 * MINUTE, 1);
    const bill = await billOf(stage.world.board, MANY, async () => {
      await inChunks(MANY, AT_ONCE, async () => {
        const heard = await stage.completed(body);
        expect(heard.verdicts).toEqual(['duplicate']);
      });
      await quiet(stage.world.board);
    });
    console.log(printed('a duplicate', bill));
    expect(bill.rows).toBeLessThanOrEqual(BARS.duplicate * MANY);
  });
});
