/**
 * The I/O of closing and settling, made to fail, each in a goal of its own of one installation.
 * Whatever dies where, the alarm or cron goes on from there, and in the end every goal has promised
 * and paid its members once and its pool is empty. `npm test` plays all that writes or tells, one way
 * each in turn.
 */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../delivery/network';
import { pieceOf, type Strike } from '../../worker/crashes';
import { addTeam, byAlarm, byCron, strikesOf, type Wake, watched } from '../crashing';
import { DAY, GoalStage, HOUR, OCTOBER, SEPTEMBER } from '../stage';
import { cleanedUp, installedNetwork } from './installed';
import { REWARDS } from './treasury';

cleanedUp();

const STABLE = OCTOBER + 3 * DAY;
const SLOW = { timeout: 600_000 };
const AWARD = 1001;

/** A goal with a team of two and a pool, all named by it. */
async function addGoal(stage: GoalStage, id: string): Promise<void> {
  const { world } = stage;
  await addTeam(stage, id, [`${id}-a`, `${id}-b`]);
  await world.must('PUT', `/v1/reward-pools/${id}`, { funded: '10.01', destinationId: 'hris' });
  await world.must('PUT', `/v1/goals/${id}`, {
    name: id,
    teamId: `team-${id}`,
    metricId: 'calls.sum',
    evaluationFrequency: 'MONTHLY',
    thresholds: [{ status: 'ACHIEVED', operator: 'LTE', value: 285 }],
    snapshotEvaluation: true,
    customFields: { rewardPoolId: id },
  });
}

interface Town {
  readonly stage: GoalStage;
  readonly network: Network;
}

async function opened(ids: readonly string[]): Promise<Town> {
  const network = installedNetwork();
  const stage = await GoalStage.bare(SEPTEMBER + HOUR);
  const auth = { type: 'none' };
  const hris = { preset: 'hris', url: 'https://hris.example.com', auth };
  await stage.world.must('PUT', '/v1/destinations/hris', hris);
  for (const id of ids) await addGoal(stage, id);
  return { stage, network };
}

interface Phases {
  readonly close: readonly string[];
  readonly settle: readonly string[];
}

async function pointsOf(wake: Wake): Promise<Phases> {
  const { stage } = await opened(['dry']);
  const { board } = stage.world;
  const at = async (until: number): Promise<string[]> => {
    const met = await watched(board, 'goal', new Map(), () => wake(stage, until));
    return [...(met.get('dry')?.met ?? [])];
  };
  return { close: await at(OCTOBER + HOUR), settle: await at(STABLE + HOUR) };
}

async function moved(id: string): Promise<string> {
  const { results } = await env.DB.prepare(
    `SELECT e.kind, count(*) AS n, sum(e.amount) AS amount FROM goal_rewards AS g
       CROSS JOIN entries AS e ON e.cause = g.id WHERE g.goal = ? GROUP BY e.kind ORDER BY e.kind`,
  )
    .bind(id)
    .all<{ kind: string; n: number; amount: number }>();
  return results.map(({ kind, n, amount }) => `${kind} ${n} ${amount}`).join(', ');
}

const WHOLE = [
  `REWARD_CONFIRMED 2 ${AWARD}`,
  `REWARD_PROVISIONAL 2 ${AWARD}`,
  `REWARD_RESERVED 1 ${AWARD}`,
].join(', ');

/** Goals of one installation; what is configured is read as a whole. */
const GOALS_AT_ONCE = 24;

async function ended(wake: Wake, isThorough: boolean): Promise<string[]> {
  const { close, settle } = await pointsOf(wake);
  const strikes = [
    ...strikesOf(close, isThorough).map((strike) => ({ strike, phase: 'close' as const })),
    ...strikesOf(settle, isThorough).map((strike) => ({ strike, phase: 'settle' as const })),
  ];
  expect(strikes.length).toBeGreaterThan(2);
  const cases = pieceOf(strikes);
  console.log(`${close.length + settle.length} I/O points of settling, ${cases.length} cases`);
  const wrong: string[] = [];
  for (let from = 0; from < cases.length; from += GOALS_AT_ONCE) {
    const some = cases.slice(from, from + GOALS_AT_ONCE);
    const named = some.map((one, at): [string, (typeof some)[number]] => [`goal-${at}`, one]);
    wrong.push(...(await played(wake, new Map(named))));
  }
  return wrong;
}

async function played(
  wake: Wake,
  goals: ReadonlyMap<string, { readonly strike: Strike; readonly phase: keyof Phases }>,
): Promise<string[]> {
  const { stage, network } = await opened([...goals.keys()]);
  const of = (wanted: keyof Phases): Map<string, Strike> =>
    new Map(
      [...goals].flatMap(([id, { strike, phase }]) => (phase === wanted ? [[id, strike]] : [])),
    );
  const { board } = stage.world;
  const close = await watched(board, 'goal', of('close'), () => wake(stage, OCTOBER + HOUR));
  for (const hour of [2, 3]) await wake(stage, OCTOBER + hour * HOUR);
  const settle = await watched(board, 'goal', of('settle'), () => wake(stage, STABLE + HOUR));
  for (const hour of [2, 3]) await wake(stage, STABLE + hour * HOUR);
  // An order that was lost is found by the sweep alone.
  await stage.machine.cron('*/5 * * * *');
  await wake(stage, STABLE + 4 * HOUR);
  const lines = network.lines(REWARDS);
  const wrong: string[] = [];
  for (const [id, { strike, phase }] of goals) {
    const paid = lines.filter(({ goal_id: goal }) => goal === id).map(({ amount }) => amount);
    const hasStruck = (phase === 'close' ? close : settle).get(id)?.hasStruck === true;
    const said = `${await moved(id)}; ${paid.sort().join(' ')}${hasStruck ? '' : ', never struck'}`;
    if (said !== `${WHOLE}; 5.00 5.01`) {
      wrong.push(`${phase} ${strike.target} ${strike.mode}: ${said}`);
    }
  }
  return wrong;
}

describe('closing and settling', () => {
  it('end the same whichever I/O fails, where alarms go on', SLOW, async () => {
    expect(await ended(byAlarm, true)).toEqual([]);
  });

  it('end the same whichever I/O fails, where cron alone goes on', SLOW, async () => {
    expect(await ended(byCron, false)).toEqual([]);
  });
});
