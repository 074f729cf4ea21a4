/** The way of a reward over real HTTP: closed, provisional, stabilised, confirmed. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { balanceOf } from '../../../src/ledger/store';
import { removeBoard } from '../../worker/io';
import { DAY, GoalStage, HOUR, MEMBERS, metric, OCTOBER } from '../stage';

afterEach(removeBoard);

const POOL = '/v1/reward-pools/RPOOL_2024_Q3';
const held = (account: string) => balanceOf(env.DB, account, 'USD');

async function posted(): Promise<[string, number][]> {
  const { results } = await env.DB.prepare(
    "SELECT kind, sum(amount) AS amount FROM entries WHERE kind LIKE 'REWARD%' GROUP BY kind",
  ).all<{ kind: string; amount: number }>();
  return results.map(({ kind, amount }) => [kind, amount]);
}

describe('a team’s reward', () => {
  it('is provisional at the close and confirmed after the stabilisation window', async () => {
    const stage = await GoalStage.open();
    await stage.world.must('PUT', POOL, { funded: '100.00' });
    await stage.post([
      metric({ eventId: 'e1', interactionId: 'i1', value: 100.4 }),
      metric({ eventId: 'e2', interactionId: 'i2', value: 178, agentId: MEMBERS[1] }),
    ]);
    await stage.pass(OCTOBER + HOUR);
    expect(await posted()).toEqual([
      ['REWARD_PROVISIONAL', 10_000],
      ['REWARD_RESERVED', 10_000],
    ]);
    expect(await held('pool:RPOOL_2024_Q3')).toBe(0n);
    expect(await held('pool:RPOOL_2024_Q3:reserved')).toBe(0n);
    await stage.pass(OCTOBER + 3 * DAY - 1);
    expect((await posted()).map(([kind]) => kind)).not.toContain('REWARD_CONFIRMED');
    await stage.pass(OCTOBER + 3 * DAY);
    expect(await posted()).toContainEqual(['REWARD_CONFIRMED', 10_000]);
    const before = await posted();
    for (const cron of ['*/5 * * * *', '7 * * * *', '7 * * * *']) await stage.machine.cron(cron);
    await stage.pass(OCTOBER + 9 * DAY);
    expect(await posted()).toEqual(before);
  });
});
