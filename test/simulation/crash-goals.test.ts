/**
 * Every I/O of a goal's way (taken in, closed, promised, settled, paid by the HRIS), made to fail in
 * every way, once each. Whatever fails, whoever comes back first, it ends the same: the pool's award
 * is earned once and the HRIS has committed each part once.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { DAY, GoalStage, HOUR, MEMBERS, metric, OCTOBER } from '../goals/stage';
import {
  type Case,
  casesOf,
  crashesOf,
  inTurn,
  mostOf,
  PLAYS_ALL,
  pieceOf,
  Striker,
} from '../worker/crashes';
import { database } from '../worker/database';
import { quiet, removeBoard } from '../worker/io';
import { Hris } from './delivery/hris';
import type { Heard } from './sender';

const SLOW = { timeout: 900_000 };
const SECRET = 'canary-hris-of-the-crash-points';
const TRIES = 3;

afterEach(removeBoard);

interface Scene {
  readonly stage: GoalStage;
  readonly hris: Hris;
}

async function opened(): Promise<Scene> {
  const stage = await GoalStage.open();
  const habits = { fates: {}, honoursKeys: true, keyLifeHours: 24 };
  const hris = new Hris(1, habits, SECRET, () => stage.now);
  stage.world.board.outside = (_, request) => hris.answer(request);
  await stage.world.must('PUT', '/v1/destinations/hris', {
    preset: 'hris',
    url: 'https://hris.example.com',
    auth: { type: 'bearer', token: SECRET },
  });
  const pool = { funded: '100.00', destinationId: 'hris' };
  await stage.world.must('PUT', '/v1/reward-pools/RPOOL_2024_Q3', pool);
  for (const agentId of MEMBERS) {
    const body = { name: agentId, platformIds: { hris: `employee-of-${agentId}` } };
    await stage.world.operator('PUT', `/v1/agents/${agentId}`, body);
  }
  return { stage, hris };
}

async function insist(stage: GoalStage, send: () => Promise<Heard>): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const heard = await send();
    await quiet(stage.world.board);
    if (heard.status === 200) return true;
  }
  return false;
}

const STOPS = [OCTOBER + HOUR, OCTOBER + 2 * HOUR, OCTOBER + 3 * DAY, OCTOBER + 3 * DAY + HOUR];

/** Who comes back first: cron at each stop of the story, or alarms, alone until the end of it. */
const RETRIERS = ['cron', 'alarm'] as const;
type Retrier = (typeof RETRIERS)[number];

async function story({ stage }: Scene, by: Retrier): Promise<void> {
  const events = [
    metric({ eventId: 'e1', interactionId: 'i1', value: 100.4 }),
    metric({ eventId: 'e2', interactionId: 'i2', value: 178, agentId: MEMBERS[1] }),
  ];
  await insist(stage, () => stage.post(events));
  for (const stop of STOPS) {
    await stage.machine.runDue(stop);
    stage.world.advanceTo(stop);
    if (by === 'alarm') continue;
    for (const cron of ['*/5 * * * *', '7 * * * *']) await stage.machine.cron(cron);
  }
}

async function healed({ stage }: Scene): Promise<void> {
  const events = [
    metric({ eventId: 'e1', interactionId: 'i1', value: 100.4 }),
    metric({ eventId: 'e2', interactionId: 'i2', value: 178, agentId: MEMBERS[1] }),
  ];
  stage.world.board.decide = () => null;
  expect(await insist(stage, () => stage.post(events))).toBe(true);
  await stage.machine.recount();
  for (let third = 1; third <= 3; third += 1) {
    for (const cron of ['*/5 * * * *', '7 * * * *']) await stage.machine.cron(cron);
    const until = stage.now + HOUR / 3;
    await stage.machine.runDue(until);
    stage.world.advanceTo(until);
  }
}

async function end({ hris }: Scene): Promise<string> {
  const { results } = await database()
    .prepare(
      "SELECT kind, sum(amount) AS n FROM entries WHERE kind LIKE 'REWARD%' GROUP BY kind ORDER BY kind",
    )
    .all<{ kind: string; n: number }>();
  const outcomes = await database().prepare('SELECT outcome FROM delivery_outcomes').all();
  const paid = hris.commits.map(({ body }) => (JSON.parse(body) as { amount: string }).amount);
  const keys = new Set(hris.commits.map(({ key }) => key));
  return [
    ...results.map(({ kind, n }) => `${kind} ${n}`),
    `paid ${paid.toSorted().join(' ')} under ${keys.size} keys`,
    outcomes.results.map(({ outcome }) => outcome).join(' '),
  ].join(', ');
}

async function played(one: Case<Retrier> | null, by: Retrier) {
  const scene = await opened();
  const striker = new Striker(one);
  scene.stage.world.board.decide = striker.decide;
  await story(scene, by);
  await healed(scene);
  const ended = await end(scene);
  removeBoard();
  return { ended, met: [...striker.met], hasStruck: striker.hasStruck };
}

/** Later calls of one kind are as the first, as far as `npm test` looks. */
const isFirst = (name: string): boolean => name.endsWith(' 1');

/** One way to fail for each first point, by both in turn; with SIM_CRASHES every way by each. */
async function casesOfRun(met: readonly string[]): Promise<readonly Case<Retrier>[]> {
  const alone = await played(null, 'alarm');
  if (PLAYS_ALL) return pieceOf([...casesOf(met, 'cron'), ...casesOf(alone.met, 'alarm')]);
  return met.filter(isFirst).flatMap((target, index) => {
    const ways = crashesOf(target);
    const by = alone.met.includes(target) ? inTurn(RETRIERS, index) : 'cron';
    return ways.length === 0 ? [] : [{ target, mode: inTurn(ways, index), by }];
  });
}

describe('a goal that is closed, settled and paid', () => {
  it('ends the same whichever I/O fails, and however', SLOW, async () => {
    const whole = await played(null, 'cron');
    expect(whole.ended).toMatch(/REWARD_CONFIRMED 10000/);
    expect(whole.met.length).toBeGreaterThan(40);
    const cases = await casesOfRun(whole.met);
    const wrong: string[] = [];
    let strikes = 0;
    for (const one of cases) {
      const { ended, hasStruck } = await played(one, one.by);
      if (hasStruck) strikes += 1;
      if (ended !== whole.ended) wrong.push(`${one.target} ${one.mode} by ${one.by}: ${ended}`);
    }
    const { length } = cases;
    console.log(`${whole.met.length} I/O points, ${length} cases, ${strikes} strikes`);
    expect(wrong).toEqual([]);
    expect(strikes).toBeGreaterThanOrEqual(mostOf(length));
  });
});
