import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import type { BoardsEnv } from '../../src/boards/client';
import { issueBoardRewards } from '../../src/boards/rewards/jobs';
import type { CommitAnswer } from '../../src/kernel/change-set';
import type { commit } from '../../src/ledger/client';
import { awake } from '../worker/evict';
import { api, keyOf, newBoard, people, post, standings } from './stage';

const NOON = Date.UTC(2032, 8, 15, 12);
const CRON = Date.UTC(2032, 9, 1, 0, 7);

it(
  'a person who was forgotten stands on no board, rebuilt or not, and what was paid stands',
  awake(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(NOON);
    const ids = ['ann', 'bob', 'cid'];
    await people(ids, NOON);
    await post(
      ids.map((agentId, index) => ({
        agentId,
        session: agentId,
        number: 1,
        points: 90 - index,
        at: NOON,
      })),
      NOON,
    );
    const tiers = [
      { rankRange: '1-2', rewardType: 'CASH_BONUS', value: 150 },
      { rankRange: '3', rewardType: 'EXTRA_PTO', value: 4 },
    ];
    const id = await newBoard({ rewardTiers: tiers });
    const names = async () => (await standings(id)).items.map(({ agentId }) => agentId);
    expect(await names()).toEqual(['ann', 'bob', 'cid']);

    // The run posts everything and is cut off before it can close.
    let calls = 0;
    const cut = {
      ...env,
      JOURNAL: {
        getByName: (name: string) => ({
          commit: async (set: Parameters<typeof commit>[1], now: number): Promise<CommitAnswer> => {
            calls += 1;
            return calls > 2 ? { verdict: 'retry' } : env.JOURNAL.getByName(name).commit(set, now);
          },
        }),
      } as unknown as BoardsEnv['JOURNAL'],
    };
    vi.setSystemTime(CRON);
    await issueBoardRewards(cut, CRON);
    const asked = await api('POST', '/v1/agents/ann/pseudonymise', { reason: 'asked to be' });
    expect(asked.status).toBe(202);
    expect(await names()).toEqual(['bob', 'cid']);
    await evictDurableObject(env.BOARDS.getByName(id) as never);
    expect(await names()).toEqual(['bob', 'cid']);

    await issueBoardRewards(env, CRON + 3_600_000);
    const { results } = await env.DB.prepare(
      "SELECT id, unit, amount FROM entries WHERE kind = 'BOARD_REWARD' ORDER BY id",
    ).all<{ id: string; unit: string; amount: number }>();
    expect(results.map((row) => [row.id.split('.')[0], row.unit, row.amount])).toEqual([
      [keyOf('ann'), 'USD', 15_000],
      [keyOf('bob'), 'USD', 15_000],
      [keyOf('cid'), 'HOURS', 400],
    ]);
    const { body } = await api('GET', `/v1/leaderboards/${id}/rewards`);
    expect((body.items as { state: string }[]).map(({ state }) => state)).toEqual(['ISSUED']);
  }),
);
