/** Rewards of a leaderboard that names who pays them: delivered like any other, earned when the HRIS has them. */
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { issueBoardRewards } from '../../src/boards/rewards/jobs';
import { balanceOf } from '../../src/ledger/entries/store';
import { destinationOf, keep, work } from '../delivery/depot';
import { Network } from '../delivery/network';
import { api, HOUR, keyOf, newBoard, people, post } from './stage';

const NOON = Date.UTC(2032, 8, 15, 12);
const OCTOBER = Date.UTC(2032, 9, 1);
const CRON = OCTOBER + 7 * 60_000;
vi.useFakeTimers({ toFake: ['Date'] });

const network = new Network().install();
afterAll(() => network.remove());

const tiers = [{ rankRange: '1-2', rewardType: 'CASH_BONUS', value: 150 }];

beforeAll(async () => {
  vi.setSystemTime(NOON);
  await people(['ann', 'bob'], NOON);
  await keep('hris', destinationOf('hris', 'https://hris.example.com'));
  await keep('genesys', destinationOf('genesys-cloud', 'https://genesys.example.com'));
});

it('are paid once, and earned or returned as the HRIS says', async () => {
  const id = await newBoard({ pointCategory: 'Paid', rewardTiers: tiers, destinationId: 'hris' });
  await post(
    [
      { agentId: 'ann', session: 'a', number: 1, points: 75, at: NOON, category: 'Paid' },
      { agentId: 'bob', session: 'b', number: 1, points: 50, at: NOON, category: 'Paid' },
    ],
    NOON,
  );
  network.canned('hris', [
    { match: '/rewards', contains: '"bob"', status: 404, body: { error: 'no such employee' } },
  ]);
  for (const late of [0, HOUR]) await issueBoardRewards(env, CRON + late);
  await work('hris', CRON + HOUR, CRON + 2 * HOUR);
  const lines = network.lines('/api/v1/rewards');
  expect(lines).toMatchObject([
    { employee_id: 'ann', amount: '150.00', unit: 'USD', leaderboard_id: id, rank: 1 },
  ]);
  const of = (agent: string, state: string) =>
    balanceOf(env.DB, `agent:${keyOf(agent)}:reward:${state}`, 'USD');
  expect([await of('ann', 'pending'), await of('ann', 'earned')]).toEqual([0n, 15_000n]);
  expect([await of('bob', 'pending'), await of('bob', 'earned')]).toEqual([0n, 0n]);
  expect(await balanceOf(env.DB, `funding:board:${id}`, 'USD')).toBe(-15_000n);
});

it('need a destination that is there and pays rewards', async () => {
  for (const destinationId of ['nowhere', 'genesys']) {
    const body = { name: 'x', pointCategory: 'Paid', evaluationWindow: { type: 'STATIC' } };
    const answer = await api('POST', '/v1/leaderboards', { ...body, destinationId });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toMatchObject([{ pointer: '#/destinationId' }]);
  }
});
