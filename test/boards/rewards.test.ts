import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { BoardsEnv } from '../../src/boards/client';
import { issueBoardRewards } from '../../src/boards/rewards/jobs';
import type { CommitAnswer } from '../../src/kernel/change-set';
import { commit } from '../../src/ledger/client';
import { balanceOf, readAgentBalances } from '../../src/ledger/entries/store';
import { makeKey, send } from '../http/caller';
import {
  api,
  DAY,
  HOUR,
  keyOf,
  must,
  newBoard,
  people,
  personRow,
  post,
  SEED_BOARD,
} from './stage';

const NOON = Date.UTC(2032, 8, 15, 12);
const OCTOBER = Date.UTC(2032, 9, 1);
/** The cron of the hour in which September has ended. */
const CRON = OCTOBER + 7 * 60_000;
vi.useFakeTimers({ toFake: ['Date'] });

const award = (agentId: string, points: number, category: string, at = NOON) => ({
  agentId,
  session: `${category}-${agentId}-${at}`,
  number: 1,
  points,
  at,
  category,
});

interface Rewarded {
  readonly id: string;
  readonly unit: string;
  readonly amount: number;
  readonly to_account: string;
  readonly recorded_at: number;
}

const rewards = async (boardId: string): Promise<Rewarded[]> => {
  const { results } = await env.DB.prepare(
    `SELECT * FROM entries WHERE kind = 'BOARD_REWARD' AND from_account = ? ORDER BY to_account, id`,
  )
    .bind(`funding:board:${boardId}`)
    .all<Rewarded>();
  return results;
};

const rewardsOfDay = async (boardId: string, day: string) =>
  (await rewards(boardId)).filter(({ id }) => id.includes(`.${day}.`));

const notices = async (boardId: string): Promise<Record<string, unknown>[]> => {
  const { results } = await env.DB.prepare(
    `SELECT content, destination FROM notices WHERE kind = 'board.reward.issued' AND subject = ?`,
  )
    .bind(`board:${boardId}`)
    .all<{ content: string; destination: string }>();
  return results.map(({ content, destination }) => ({ ...JSON.parse(content), destination }));
};

const audited = async (action: string, boardId: string): Promise<number> =>
  (await env.DB.prepare('SELECT count(*) AS n FROM audit WHERE action = ? AND subject LIKE ?')
    .bind(action, `config:board-run/${boardId}.%`)
    .first<number>('n')) ?? 0;

const boardAt = async (now: number, fields: object): Promise<string> => {
  vi.setSystemTime(now);
  return newBoard(fields);
};

beforeAll(async () => {
  vi.setSystemTime(NOON);
  await people(['ann', 'bob', 'cid', 'dan', 'eve'], NOON);
});

describe('rank rewards', () => {
  it('are posted once in their own units when a period has ended, ties included', async () => {
    const id = await boardAt(NOON, {
      pointCategory: 'Once',
      rewardTiers: [
        { rankRange: '1-2', rewardType: 'CASH_BONUS', value: 150 },
        { rankRange: '3-10', rewardType: 'EXTRA_PTO', value: '4.25' },
      ],
    });
    const scores: [string, number][] = [
      ['ann', 75],
      ['bob', 50],
      ['cid', 50],
      ['dan', 40],
    ];
    await post(
      scores.map(([agentId, points]) => award(agentId, points, 'Once')),
      NOON,
    );
    await issueBoardRewards(env, OCTOBER - HOUR);
    expect(await rewards(id)).toEqual([]);
    await issueBoardRewards(env, CRON);
    const posted = await rewards(id);
    expect(posted.map(({ to_account, unit, amount }) => [to_account, unit, amount])).toEqual([
      [`agent:${keyOf('ann')}:reward:pending`, 'USD', 15_000],
      [`agent:${keyOf('bob')}:reward:pending`, 'USD', 15_000],
      [`agent:${keyOf('cid')}:reward:pending`, 'USD', 15_000],
      [`agent:${keyOf('dan')}:reward:pending`, 'HOURS', 425],
    ]);
    expect(await balanceOf(env.DB, `funding:board:${id}`, 'USD')).toBe(-45_000n);
    const told = await notices(id);
    expect(told).toHaveLength(4);
    expect(told).toContainEqual(
      expect.objectContaining({
        destination: 'none',
        period: '2032-09',
        rank: 4,
        agentKey: keyOf('dan'),
        unit: 'HOURS',
        amount: 425,
      }),
    );
    for (const late of [0, HOUR, 5 * DAY]) await issueBoardRewards(env, CRON + late);
    expect(await rewards(id)).toEqual(posted);
    const { body } = await api('GET', `/v1/leaderboards/${id}/rewards`);
    expect(body.items).toEqual([
      expect.objectContaining({
        period: '2032-09',
        state: 'ISSUED',
        rewards: 4,
        totals: [
          { unit: 'HOURS', amount: '4.25' },
          { unit: 'USD', amount: '450.00' },
        ],
        unpayable: [],
      }),
    ]);
    expect(await audited('BOARD_REWARDS_ISSUED', id)).toBe(1);
  });

  it('are the same whoever starts them, however many at once', async () => {
    const id = await boardAt(NOON, { pointCategory: 'Twins' });
    await post([award('ann', 75, 'Twins'), award('bob', 50, 'Twins')], NOON);
    await Promise.all([0, 1, 2, 3, 4].map((late) => issueBoardRewards(env, CRON + late * 1000)));
    await issueBoardRewards(env, CRON + DAY);
    expect(await rewards(id)).toHaveLength(2);
    expect(await notices(id)).toHaveLength(2);
    expect(await audited('BOARD_REWARDS_ISSUED', id)).toBe(1);
    const { body } = await api('GET', `/v1/leaderboards/${id}/rewards`);
    expect(body.items).toHaveLength(1);
  });

  it('go on where a run was cut short, from the seal at which it began', async () => {
    const id = await boardAt(NOON, { pointCategory: 'Cut' });
    await post([award('ann', 75, 'Cut'), award('bob', 50, 'Cut')], NOON);
    let calls = 0;
    const cut = (allowed: number): BoardsEnv => ({
      ...env,
      JOURNAL: {
        getByName: (name: string) => ({
          commit: async (set: Parameters<typeof commit>[1], now: number): Promise<CommitAnswer> => {
            calls += 1;
            const answer = await env.JOURNAL.getByName(name).commit(set, now);
            return calls > allowed ? { verdict: 'retry' } : answer;
          },
        }),
      } as unknown as BoardsEnv['JOURNAL'],
    });
    for (let allowed = 0; allowed < 3; allowed += 1) {
      calls = 0;
      await issueBoardRewards(cut(allowed), CRON);
      // What was recorded after the run began belongs to the next period's standings.
      await post([award('cid', 500, 'Cut', NOON + allowed)], CRON + 60_000);
    }
    await issueBoardRewards(env, CRON + HOUR);
    const paid = (await rewards(id)).map(({ to_account }) => to_account.split(':')[1]);
    expect(paid).toEqual([keyOf('ann'), keyOf('bob')]);
    expect(await audited('BOARD_REWARDS_ISSUED', id)).toBe(1);
  });

  it('count nothing of the next period and nobody who may not stand on the board', async () => {
    const id = await boardAt(NOON, {
      pointCategory: 'Edges',
      eligibility: { statusFilter: 'ACTIVE', userGroups: ['Mentors'] },
    });
    await must(
      commit(
        env,
        {
          rows: [
            personRow(
              { agentId: 'eve', status: 'INACTIVE', version: 2, effectiveFrom: OCTOBER - 1 },
              NOON,
            ),
            personRow({ agentId: 'dan', status: 'LEFT', version: 2, effectiveFrom: OCTOBER }, NOON),
          ],
        },
        NOON,
      ),
    );
    await post(
      [
        award('ann', 10, 'Edges', OCTOBER - 1),
        award('bob', 500, 'Edges', OCTOBER),
        award('dan', 20, 'Edges'),
        award('eve', 30, 'Edges'),
        // 30 days: the first of September is the last that still counts.
        award('cid', 10, 'Edges', OCTOBER - 30 * DAY),
      ],
      OCTOBER + 60_000,
    );
    await issueBoardRewards(env, CRON);
    const paid = (await notices(id)).map(({ agentKey, rank, score }) => [agentKey, rank, score]);
    expect(paid.toSorted((a, b) => Number(a[1]) - Number(b[1])).map(([key]) => key)).toEqual([
      keyOf('dan'),
      keyOf('ann'),
      keyOf('cid'),
    ]);
    expect(paid.find(([key]) => key === keyOf('ann'))).toEqual([keyOf('ann'), 2, '10']);
  });

  it('stand when points are taken back later, and the audit log says so', async () => {
    const id = await boardAt(NOON, { pointCategory: 'Stands' });
    await post([award('ann', 75, 'Stands'), award('bob', 50, 'Stands')], NOON);
    await issueBoardRewards(env, CRON);
    const paid = await rewards(id);
    const lost = { ...award('ann', -75, 'Stands'), session: award('ann', 75, 'Stands').session };
    await post([{ ...lost, number: 2 }], CRON + DAY);
    // Nothing was paid for this one.
    const october = award('ann', 5, 'Stands', OCTOBER + DAY);
    await post([october], CRON + 2 * DAY);
    await post([{ ...october, points: -5, number: 2 }], CRON + 2 * DAY);
    for (const late of [1, 2, 3]) await issueBoardRewards(env, CRON + 3 * DAY + late * HOUR);
    expect(await rewards(id)).toEqual(paid);
    expect(await audited('BOARD_REWARD_STANDS', id)).toBe(1);
    const { body } = await api('GET', `/v1/leaderboards/${id}/standings`);
    expect((body.items as { agentId: string }[]).map(({ agentId }) => agentId)).toEqual(['bob']);
  });

  it('are caught up after missed firings, period by period', async () => {
    const id = await boardAt(NOON, { pointCategory: 'Missed', rewardPeriod: 'WEEKLY' });
    await post([award('ann', 75, 'Missed')], NOON);
    await issueBoardRewards(env, NOON + 16 * DAY + HOUR);
    const { body } = await api('GET', `/v1/leaderboards/${id}/rewards`);
    const periods = (body.items as { period: string }[]).map(({ period }) => period);
    expect(periods).toEqual(['2032-09-20', '2032-09-13']);
    expect(await rewardsOfDay(id, '20320919')).toHaveLength(1);
    expect(await rewardsOfDay(id, '20320926')).toHaveLength(1);
  });

  it('are not owed by a board that is disabled, has no tiers or is too young', async () => {
    const off = await boardAt(NOON, { pointCategory: 'Off', enabled: false });
    const bare = await boardAt(NOON, { pointCategory: 'Off', rewardTiers: [] });
    const young = await boardAt(OCTOBER + HOUR, { pointCategory: 'Off' });
    await post([award('ann', 75, 'Off')], NOON);
    await issueBoardRewards(env, OCTOBER + 2 * HOUR);
    for (const id of [off, bare, young]) expect(await rewards(id)).toEqual([]);
    const balances = await readAgentBalances(env.DB, keyOf('ann'));
    expect(balances.filter(({ account }) => account.includes(off))).toEqual([]);
  });

  it('come out of a pool that a board names, and wait until it holds enough', async () => {
    vi.setSystemTime(NOON);
    const { key } = await makeKey(['payroll']);
    const fund = (funded: string) =>
      send('PUT', '/v1/reward-pools/RANKS', { key, body: { funded, unit: 'USD' } });
    await fund('200.00');
    const tiers = [{ rankRange: '1-2', rewardType: 'CASH_BONUS', value: 150 }];
    const id = await boardAt(NOON, {
      pointCategory: 'Pooled',
      rewardTiers: tiers,
      rewardPoolId: 'RANKS',
    });
    await post([award('ann', 75, 'Pooled'), award('bob', 50, 'Pooled')], NOON);
    await issueBoardRewards(env, CRON);
    expect(await balanceOf(env.DB, 'pool:RANKS', 'USD')).toBe(20_000n);
    await fund('300.00');
    await issueBoardRewards(env, CRON + HOUR);
    await issueBoardRewards(env, CRON + 2 * HOUR);
    expect(await balanceOf(env.DB, 'pool:RANKS', 'USD')).toBe(0n);
    expect(await balanceOf(env.DB, `funding:board:${id}`, 'USD')).toBe(0n);
    const { body } = await api('GET', `/v1/leaderboards/${id}/rewards`);
    expect(body.items).toMatchObject([{ state: 'ISSUED', rewards: 2 }]);
  });

  it('are refused to a board whose pool is not there or holds another unit', async () => {
    const leave = [{ rankRange: '1', rewardType: 'EXTRA_PTO', value: 4 }];
    for (const fields of [
      { rewardPoolId: 'NOBODY' },
      { rewardPoolId: 'RANKS', rewardTiers: leave },
    ]) {
      const board = { ...SEED_BOARD, eligibility: {}, ...fields };
      expect((await api('POST', '/v1/leaderboards', board)).status).toBe(422);
    }
  });
});
