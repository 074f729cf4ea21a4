/**
 * `npm run bench -- goals`: rows per metric event and events per second into one goal and into
 * fifty, through the signed intake in lists of 500. `--sizes 10000` chooses how many events. Every
 * goal's sum is compared with one computed here. Rows repeat from run to run; times are this
 * machine's.
 */
import { afterAll, expect, it } from 'vitest';
import { GOAL_EXAMPLE } from '../../src/goals/routes';
import { TEAM_EXAMPLE } from '../../src/goals/teams/routes';
import { billOf } from '../bill/meter';
import { DAY, GoalStage, MEMBERS, metric, SEPTEMBER, TEAM } from '../goals/stage';
import { quiet, removeBoard } from '../worker/io';
import { atMost, type Measure, reportLines } from './report';
import { sizesOf } from './sizes';

const LIST = 500;
const AT_ONCE = 4;
const GOALS = [1, 50];
const sizes = sizesOf([10_000]);
const lines: string[] = [];
const measures: Measure[] = [];
/** Rows of an event for one goal, and for each further. */
const [BAR_ONE, BAR_FURTHER] = [3.2, 1];

async function open(goals: number): Promise<GoalStage> {
  const stage = await GoalStage.bare();
  await stage.world.must('PUT', `/v1/teams/${TEAM}`, TEAM_EXAMPLE);
  for (let index = 0; index < goals; index += 1) {
    await stage.world.must('PUT', `/v1/goals/goal-${index}`, { ...GOAL_EXAMPLE, customFields: {} });
  }
  return stage;
}

const bodyOf = (index: number): object =>
  metric({
    eventId: `e${index}`,
    interactionId: `i${index}`,
    agentId: MEMBERS[index % MEMBERS.length],
    value: (index % 1000) / 10,
    occurredAt: new Date(SEPTEMBER + (index % 10) * DAY).toISOString(),
  });

async function bench(goals: number, events: number): Promise<void> {
  const stage = await open(goals);
  const lists = Array.from({ length: Math.ceil(events / LIST) }, (_, list) =>
    Array.from({ length: Math.min(LIST, events - list * LIST) }, (__, index) =>
      bodyOf(list * LIST + index),
    ),
  );
  let ms = 0;
  const bill = await billOf(stage.world.board, events, async () => {
    const begun = performance.now();
    for (let from = 0; from < lists.length; from += AT_ONCE) {
      await Promise.all(lists.slice(from, from + AT_ONCE).map((list) => stage.post(list)));
    }
    ms = performance.now() - begun;
    await quiet(stage.world.board);
  });
  const tenths = Array.from({ length: events }, (_, index) => index % 1000).reduce(
    (a, b) => a + b,
    0,
  );
  for (const goal of [0, goals - 1]) {
    expect((await stage.status('2032-09', `goal-${goal}`)).metricValue).toBe(tenths / 10);
  }
  const bar = Math.round((BAR_ONE + (goals - 1) * BAR_FURTHER) * 10) / 10;
  measures.push(
    atMost(`a metric event for ${goals} goals, ${events} events`, bill.total, bar, 'rows'),
  );
  const perSecond = Math.round(events / (ms / 1000));
  lines.push(
    [
      String(goals).padStart(5),
      String(events).padStart(8),
      String(bill.total).padStart(14),
      String(perSecond).padStart(13),
      String(perSecond * goals).padStart(15),
    ].join(' | '),
  );
  removeBoard();
}

for (const size of sizes) {
  for (const goals of GOALS) {
    it(`${size} events into ${goals} goals end at the right sum`, () => bench(goals, size));
  }
}

afterAll(() => {
  const head = 'goals |   events | rows per event | events/second | countings/second';
  reportLines('goals', head, lines, measures);
});
