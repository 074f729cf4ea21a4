/** Rows written for a metric event, from its arrival until its period can change no more. */
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it } from 'vitest';
import { GOAL_EXAMPLE } from '../../src/goals/routes';
import { KEEP_DAYS } from '../../src/goals/tracking/state';
import { DAY, GOAL, GoalStage, HOUR, MEMBERS, metric, OCTOBER } from '../goals/stage';
import { quiet, removeBoard } from '../worker/io';
import { type Bill, billOf, printed } from './meter';

/** Design section 7: for one goal, and for each further one. */
const BAR = 3.2;
const FURTHER = 1;
/**
 * What a goal writes of a period whatever the number of its events: its lock with audit and notice,
 * the snapshot it keeps, the steps of closing, alarms and marks, the period's table made and dropped.
 * They are 50; seals fall by chance, a few more or fewer.
 */
const PERIOD = 55;
const MANY = 1000;
const AT_ONCE = 100;
const GOALS = 3;
const SLOW = { timeout: 300_000 };

afterEach(removeBoard);

async function openWith(goals: number): Promise<GoalStage> {
  const stage = await GoalStage.open();
  for (let index = 1; index < goals; index += 1) {
    await stage.world.must('PUT', `/v1/goals/${GOAL}-${index}`, {
      ...GOAL_EXAMPLE,
      customFields: {},
    });
  }
  // What a source and the journal write once, with their first event.
  await stage.post(metric({ eventId: 'the-first', value: 1 }));
  await quiet(stage.world.board);
  return stage;
}

async function lifeOf(goals: number): Promise<[GoalStage, Bill]> {
  const stage = await openWith(goals);
  const { board } = stage.world;
  const bill = await billOf(board, MANY, async () => {
    for (let from = 0; from < MANY; from += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          stage.post(
            metric({
              eventId: `e${from + index}`,
              interactionId: `i${from + index}`,
              agentId: MEMBERS[(from + index) % MEMBERS.length],
              value: 1,
            }),
          ),
        ),
      );
      await quiet(board);
      await stage.machine.cron('*/5 * * * *');
    }
    await stage.pass(OCTOBER + HOUR);
    await stage.machine.cron('7 * * * *');
    expect(await stage.status()).toMatchObject({ metricValue: MANY + 1, snapshotLocked: true });
    stage.world.advanceTo(OCTOBER + (KEEP_DAYS + 1) * DAY);
    await stage.machine.cron('7 * * * *');
  });
  return [stage, bill];
}

/** Tables of facts that a goal's object still has. */
const tables = (stage: GoalStage): Promise<string[]> =>
  runInDurableObject(stage.machine.stub('goal', GOAL), (_, state) =>
    state.storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name LIKE 'facts%'")
      .toArray()
      .map(({ name }) => name),
  );

describe('rows written from arrival to dropping', () => {
  it(
    `are at most ${BAR} for a metric event, and ${FURTHER} more for each further goal`,
    SLOW,
    async () => {
      const [, one] = await lifeOf(1);
      console.log(printed('a metric event for one goal', one));
      const [stage, many] = await lifeOf(GOALS);
      console.log(printed(`a metric event for ${GOALS} goals`, many));
      expect(await tables(stage)).not.toContain('facts_2032_09');
      expect(one.total).toBeLessThanOrEqual(BAR);
      const further = (many.total - one.total) / (GOALS - 1);
      expect(further).toBeLessThanOrEqual(FURTHER + PERIOD / MANY);
    },
  );
});
