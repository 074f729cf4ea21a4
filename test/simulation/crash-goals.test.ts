/**
 * Every I/O of a goal's way (taken in, closed, promised, settled, paid by the HRIS), made to fail in
 * every way, once each. Whatever fails, whoever comes back first, it ends the same: the pool's award
 * is earned once and the HRIS has committed each part once.
 */

import { afterEach, describe, expect, it } from 'vitest';
import { DAY, GoalStage, HOUR, MEMBERS, metric, OCTOBER } from '../goals/stage';
import { database } from '../worker/database';
import type { IoPoint, Mode } from '../worker/io';
import { quiet, removeBoard } from '../worker/io';
import { PLAYS_ALL, pieceOf } from './crashes';
import { Hris } from './delivery/hris';
import type { Heard } from './sender';

const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];
const SLOW = { timeout: 900_000 };
const SECRET = 'canary-hris-of-the-crash-points';
const TRIES = 3;

afterEach(removeBoard);

const nameOf = ({ place, call, phase, nth }: IoPoint): string => `${place} ${call} ${phase} ${nth}`;

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

/** The story; with `sweeps` cron comes at each stop, else alarms are alone until the end. */
async function story({ stage }: Scene, sweeps: boolean): Promise<void> {
  const events = [
    metric({ eventId: 'e1', interactionId: 'i1', value: 100.4 }),
    metric({ eventId: 'e2', interactionId: 'i2', value: 178, agentId: MEMBERS[1] }),
  ];
  await insist(stage, () => stage.post(events));
  for (const stop of STOPS) {
    await stage.machine.runDue(stop);
    stage.world.advanceTo(stop);
    if (!sweeps) continue;
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

async function played(target: string | null, mode: Mode, sweeps: boolean) {
  const scene = await opened();
  const met = new Set<string>();
  let struck = false;
  scene.stage.world.board.decide = (point) => {
    met.add(nameOf(point));
    if (struck || nameOf(point) !== target) return null;
    struck = true;
    return mode;
  };
  await story(scene, sweeps);
  await healed(scene);
  const ended = await end(scene);
  removeBoard();
  return { ended, met: [...met] };
}

/** Later calls of one kind are as the first, as far as `npm test` looks. */
const FIRST_CALLS = 1;

/** One way to fail for each point, in turn; with SIM_CRASHES=all every way, with and without sweeps. */
function casesOf(met: readonly string[]): (readonly [string, Mode, boolean])[] {
  const points = met.filter((name) => PLAYS_ALL || Number(name.split(' ').at(-1)) <= FIRST_CALLS);
  return points.flatMap((target, index) => {
    const modes = target.startsWith('worker') ? MODES.slice(0, 1) : MODES;
    if (PLAYS_ALL)
      return modes.flatMap((mode) =>
        [true, false].map((sweeps) => [target, mode, sweeps] as const),
      );
    return [[target, modes[index % modes.length] ?? 'throw', index % 2 === 0] as const];
  });
}

describe('a goal that is closed, settled and paid', () => {
  it('ends the same whichever I/O fails, and however', SLOW, async () => {
    const whole = await played(null, 'throw', true);
    expect(whole.ended).toMatch(/REWARD_CONFIRMED 10000/);
    expect(whole.met.length).toBeGreaterThan(40);
    const cases = pieceOf(casesOf(whole.met));
    console.log(`${whole.met.length} I/O points, ${cases.length} cases; ends: ${whole.ended}`);
    const wrong: string[] = [];
    for (const [target, mode, sweeps] of cases) {
      const { ended } = await played(target, mode, sweeps);
      if (ended !== whole.ended) wrong.push(`${target} ${mode} ${sweeps}: ${ended}`);
    }
    expect(wrong).toEqual([]);
  });
});
