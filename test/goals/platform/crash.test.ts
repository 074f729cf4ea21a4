/**
 * The I/O of a goal that a platform evaluates, made to fail, each in a goal of its own: told, asked,
 * locked, promised, judged and paid once, whatever dies where. `npm test` plays some of it.
 */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { Canned } from '../../../src/sandbox/upstreams/upstream';
import type { Network } from '../../delivery/network';
import { pieceOf, type Strike } from '../../worker/crashes';
import { addTeam, byAlarm, byCron, strikesOf, type Wake, watched } from '../crashing';
import { cleanedUp, installedNetwork } from '../settlement/installed';
import { PERIOD, REWARDS } from '../settlement/treasury';
import { DAY, GoalStage, HOUR, OCTOBER, SEPTEMBER } from '../stage';
import { DETAILS, locked } from './platform';

cleanedUp();

const STABLE = OCTOBER + 3 * DAY;
const SLOW = { timeout: 600_000 };
const GOALS_AT_ONCE = 40;

interface Town {
  readonly stage: GoalStage;
  readonly network: Network;
}

async function opened(ids: readonly string[]): Promise<Town> {
  const network = installedNetwork();
  const stage = await GoalStage.bare(SEPTEMBER + HOUR);
  const { world } = stage;
  for (const [id, preset, host] of [
    ['hris', 'hris', 'hris'],
    ['platform', 'seed', 'genesys'],
  ]) {
    const url = `https://${host}.example.com`;
    await world.must('PUT', `/v1/destinations/${id}`, { preset, url, auth: { type: 'none' } });
  }
  for (const id of ids) {
    await addTeam(stage, id, [`${id}-a`]);
    await world.must('PUT', `/v1/reward-pools/${id}`, { funded: '5.00', destinationId: 'hris' });
    await world.must('PUT', `/v1/goals/${id}`, {
      name: id,
      teamId: `team-${id}`,
      metricId: 'calls.sum',
      evaluationFrequency: 'MONTHLY',
      evaluatedBy: 'PLATFORM',
      thresholds: [{ status: 'ACHIEVED', operator: 'LTE', value: 285 }],
      snapshotEvaluation: true,
      customFields: { rewardPoolId: id },
    });
  }
  const answers = ids.flatMap((id): Canned[] => [
    { match: `/goals/${id}/status`, status: 200, body: locked({ goalId: id }) },
    {
      match: DETAILS,
      contains: `team-${id}"`,
      status: 200,
      body: { results: [{ teamId: `team-${id}`, value: 278.4 }] },
    },
  ]);
  network.canned('genesys', answers);
  return { stage, network };
}

/** What the sender of all tidings in one body hears. */
async function told({ stage }: Town, ids: readonly string[]): Promise<number> {
  const { status } = await stage.post(
    ids.map((goalId) => ({
      goalId,
      previousStatus: 'ON_TRACK',
      currentStatus: 'ACHIEVED',
      evaluationPeriod: PERIOD,
      metricValue: 278.4,
      timestamp: '2032-10-01T00:00:00Z',
    })),
  );
  return status;
}

type Phase = 'close' | 'settle';
type Strikes = ReadonlyMap<string, { readonly strike: Strike; readonly phase: Phase }>;

/** Plays a town of goals, one struck in each; the points that the first of them met, by phase. */
async function played(ids: readonly string[], strikes: Strikes, wake: Wake) {
  const town = await opened(ids);
  const { stage, network } = town;
  const { board } = stage.world;
  await stage.pass(OCTOBER + HOUR / 2);
  const of = (wanted: Phase): Map<string, Strike> =>
    new Map(
      [...strikes].flatMap(([id, { strike, phase }]) => (phase === wanted ? [[id, strike]] : [])),
    );
  const close = await watched(board, 'platform-goal', of('close'), async () => {
    // A sender that heard no 200 comes again, and once more than it had to.
    let heard = 0;
    for (let tries = 0; tries <= ids.length && heard !== 200; tries += 1) {
      heard = await told(town, ids);
    }
    expect(heard).toBe(200);
    await told(town, ids);
    await wake(stage, OCTOBER + HOUR);
  });
  for (const hour of [2, 3]) await wake(stage, OCTOBER + hour * HOUR);
  const settle = await watched(board, 'platform-goal', of('settle'), () =>
    wake(stage, STABLE + HOUR),
  );
  for (const hour of [2, 3]) await wake(stage, STABLE + hour * HOUR);
  await stage.machine.cron('*/5 * * * *');
  await wake(stage, STABLE + 4 * HOUR);
  const first = ids[0] ?? '';
  const lines = network.lines(REWARDS);
  const wrong: string[] = [];
  for (const id of ids) {
    const { results } = await env.DB.prepare(
      `SELECT e.kind, e.amount FROM goal_rewards AS g CROSS JOIN entries AS e ON e.cause = g.id
       WHERE g.goal = ? ORDER BY e.kind`,
    )
      .bind(id)
      .all<{ kind: string; amount: number }>();
    const moved = results.map(({ kind, amount }) => `${kind} ${amount}`).join(', ');
    const paid = lines.filter(({ goal_id: goal }) => goal === id).map(({ amount }) => amount);
    const { strike, phase } = strikes.get(id) ?? {};
    const isMissed =
      phase !== undefined && !(phase === 'close' ? close : settle).get(id)?.hasStruck;
    const said = `${moved}; ${paid.join(' ')}${isMissed ? ', never struck' : ''}`;
    if (said === WHOLE) continue;
    wrong.push(`${id} ${phase} ${strike?.target} ${strike?.mode}: ${said}`);
  }
  const met = {
    close: [...(close.get(first)?.met ?? [])],
    settle: [...(settle.get(first)?.met ?? [])],
  };
  return { wrong, met };
}

const WHOLE = 'REWARD_CONFIRMED 500, REWARD_PROVISIONAL 500, REWARD_RESERVED 500; 5.00';

it.each([
  ['alarms go on', byAlarm, true],
  ['cron alone goes on', byCron, false],
] as const)('a goal ends the same whichever I/O fails, where %s', SLOW, async (_, wake, reads) => {
  const dry = await played(['dry'], new Map(), wake);
  expect(dry.wrong).toEqual([]);
  const all = (['close', 'settle'] as const).flatMap((phase) =>
    strikesOf(dry.met[phase], reads).map((strike) => ({ strike, phase })),
  );
  expect(all.length).toBeGreaterThan(1);
  const cases = pieceOf(all);
  const { close, settle } = dry.met;
  console.log(`${close.length + settle.length} I/O points of settling, ${cases.length} cases`);
  for (let from = 0; from < cases.length; from += GOALS_AT_ONCE) {
    const named = cases
      .slice(from, from + GOALS_AT_ONCE)
      .map((one, at): [string, (typeof all)[number]] => [`goal-${at}`, one]);
    const { wrong } = await played(
      named.map(([id]) => id),
      new Map(named),
      wake,
    );
    expect(wrong).toEqual([]);
  }
});
