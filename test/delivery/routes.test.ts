/** Operators and destinations: written, read, resumed, released, abandoned, each by whom it may be. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliveryIdOf, deliveryRow } from '../../src/delivery/intent';
import { pokeDestinations, sweepDeliveries } from '../../src/delivery/jobs';
import { agentReward, fundingAccount, suspenseAccount } from '../../src/ledger/account';
import { commit } from '../../src/ledger/client';
import { errorsOf, itemsOf, makeKey, send } from '../http/caller';
import { installBoard, removeBoard } from '../worker/io';
import {
  agentKey,
  audited,
  balance,
  HOUR,
  NOON,
  outcomesOf,
  promise,
  rewardIntent,
  SECOND,
  stubOf,
  turn,
  work,
} from './depot';
import { Network } from './network';
import { scene } from './scene';

let network: Network;
const keys: Record<string, string> = {};

beforeAll(async () => {
  for (const role of ['admin', 'payroll', 'compliance', 'viewer'] as const) {
    keys[role] = (await makeKey([role])).key;
  }
});
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const as = (role: string, body?: unknown) => ({
  key: keys[role],
  ...(body !== undefined && { body }),
});

const HRIS = {
  preset: 'hris',
  url: 'https://hris.example.com/base/',
  auth: { type: 'bearer', token: 'canary-of-the-hris-0123456789' },
};

describe('a destination', () => {
  it('is written by an admin, keeps its secret sealed, and shows a fingerprint', async () => {
    const made = await send('PUT', '/v1/destinations/shown', as('admin', HRIS));
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      url: 'https://hris.example.com/base',
      hosts: ['hris.example.com'],
      auth: { type: 'bearer', secret: { fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) } },
      concurrency: 5,
      probeSeconds: 300,
      keyLifeHours: 24,
      honoursKeys: true,
    });
    const kept = await send('PUT', '/v1/destinations/shown', {
      ...as('admin', { ...HRIS, auth: { type: 'bearer' }, probeSeconds: null }),
      headers: { 'If-Match': '"1"' },
    });
    expect([kept.status, kept.body.auth]).toEqual([200, made.body.auth]);
    const read = await send('GET', '/v1/destinations/shown', as('viewer'));
    expect(read.body).toMatchObject({ version: 2, probeSeconds: null, status: null });
    const { results } = await env.DB.prepare('SELECT * FROM config').all();
    const all = made.text + kept.text + read.text + JSON.stringify(results);
    expect(all).not.toContain(HRIS.auth.token);
  });

  it('is refused with pointers where it could not be spoken to', async () => {
    for (const [change, pointer] of [
      [{ url: 'http://hris.example.com' }, '#/url'],
      [{ url: 'https://10.0.0.1' }, '#/url'],
      [{ url: 'https://hris.example.com?x=1' }, '#/url'],
      [{ hosts: ['other.example.com'] }, '#/hosts'],
      [{ auth: { type: 'bearer' } }, '#/auth'],
      [{ auth: { type: 'signed', secret: 'short' } }, '#/auth/secret'],
      [{ concurrency: 7 }, '#/concurrency'],
      [{ preset: 'sap' }, '#/preset'],
    ] as const) {
      const answer = await send('PUT', '/v1/destinations/bad', as('admin', { ...HRIS, ...change }));
      expect(answer.status).toBe(422);
      expect(errorsOf(answer).map((error) => error.pointer)).toContain(pointer);
    }
  });

  it('is listed, resumed by compliance alone, and its breaker is in /health', async () => {
    const { id, ids } = await scene({ probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 503, times: 3 }]);
    await work(id, NOON, NOON + HOUR);
    const health = await send('GET', '/v1/health');
    expect(JSON.stringify(health.body)).toContain(`"${id}":{`);
    expect((await send('POST', `/v1/destinations/${id}/resume`, as('payroll', {}))).status).toBe(
      403,
    );
    expect((await send('POST', `/v1/destinations/${id}/resume`, as('compliance', {}))).status).toBe(
      200,
    );
    await work(id, NOON + 2 * HOUR, NOON + 3 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    const listed = await send('GET', '/v1/destinations?limit=200', as('viewer'));
    expect(itemsOf(listed).map((item) => item.id)).toContain(id);
    expect((await send('POST', '/v1/destinations/none/resume', as('compliance', {}))).status).toBe(
      404,
    );
  });
});

describe('a delivery', () => {
  it('shows its request, its attempts and the last answer, and where it stands', async () => {
    const { id, delivery, agent } = await scene();
    network.faults('hris', [{ kind: 'garbage' }]);
    const next = (await turn(id, NOON)) ?? 0;
    const open = await send('GET', `/v1/deliveries/${delivery}`, as('viewer'));
    expect(open.body).toMatchObject({
      state: 'RETRYING',
      operation: 'reward',
      subject: `agent:${agent}`,
      attempts: [{ answer: 200 }],
      response: { status: 200, body: '<html>all is well' },
      request: { method: 'POST', path: '/api/v1/rewards' },
    });
    await turn(id, next);
    const done = await send('GET', `/v1/deliveries/${delivery}`, as('viewer'));
    expect(done.body).toMatchObject({ state: 'CONFIRMED', nextAttemptAt: null, lookedUp: false });
    expect((done.body.attempts as unknown[]).length).toBe(2);
    expect(JSON.parse(String((done.body.response as { body: string }).body))).toMatchObject({
      amount: '12.50',
    });
    expect((await send('GET', `/v1/deliveries/${'0'.repeat(32)}`, as('viewer'))).status).toBe(404);
  });

  it('is found by destination, state and subject, page by page', async () => {
    const { id, delivery, agent } = await scene();
    const find = async (query: string): Promise<unknown[]> => {
      const found: unknown[] = [];
      let cursor: unknown = null;
      do {
        const more = cursor === null ? '' : `&cursor=${cursor}`;
        const page = await send('GET', `/v1/deliveries?${query}${more}`, as('viewer'));
        expect(page.status).toBe(200);
        found.push(...itemsOf(page).map((item) => item.id));
        cursor = page.body.nextCursor;
      } while (cursor !== null);
      return found;
    };
    expect(await find(`limit=2&destination=${id}`)).toEqual([delivery]);
    expect(await find(`limit=2&subject=agent:${agent}&state=WAITING`)).toEqual([delivery]);
    expect(await find(`destination=${id}&state=CONFIRMED`)).toEqual([]);
    await turn(id, NOON);
    expect(await find(`destination=${id}&state=CONFIRMED`)).toEqual([delivery]);
    const others = await send('GET', '/v1/destinations?limit=1', as('viewer'));
    const path = `/v1/deliveries?cursor=${others.body.nextCursor}`;
    const refused = await send('GET', path, as('viewer'));
    expect([refused.status, errorsOf(refused)[0]?.pointer]).toEqual([422, 'query:/cursor']);
  });

  it('is released by payroll and sent though the breaker is open', async () => {
    const { id, ids, delivery } = await scene({ probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 500, times: 3 }]);
    await work(id, NOON, NOON + HOUR);
    const path = `/v1/deliveries/${delivery}/release`;
    expect((await send('POST', path, as('compliance', {}))).status).toBe(403);
    expect((await send('POST', path, as('payroll', {}))).body).toMatchObject({ state: 'WAITING' });
    await work(id, NOON + 2 * HOUR, NOON + 3 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect((await send('POST', path, as('payroll', {}))).status).toBe(409);
  });

  it('is not released where the books cannot say by whom', async () => {
    const { id, delivery } = await scene({ probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 500, times: 3 }]);
    await work(id, NOON, NOON + HOUR);
    const { length } = network.seen;
    const board = installBoard();
    board.decide = ({ place, call }) =>
      place === 'worker' && call === 'JOURNAL.commit' ? 'throw' : null;
    const answer = await send('POST', `/v1/deliveries/${delivery}/release`, as('payroll', {}));
    removeBoard();
    expect(answer.status).toBe(503);
    await work(id, NOON + 2 * HOUR, NOON + 3 * HOUR);
    expect(network.seen).toHaveLength(length);
  });

  it('is released by the same request again where its object was not reached', async () => {
    const { id, ids, delivery } = await scene({ probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 500, times: 3 }]);
    await work(id, NOON, NOON + HOUR);
    const asked = { ...as('payroll', {}), headers: { 'Idempotency-Key': 'release-once' } };
    const path = `/v1/deliveries/${delivery}/release`;
    const board = installBoard();
    board.decide = ({ place, call, phase }) =>
      place === 'worker' && call === 'DESTINATIONS.release' && phase === 'before' ? 'throw' : null;
    expect((await send('POST', path, asked)).status).toBe(503);
    removeBoard();
    expect((await send('POST', path, asked)).status).toBe(200);
    await work(id, NOON + 2 * HOUR, NOON + 3 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  });

  it('shows its request as it is sent, and nothing of ours beside it', async () => {
    const { id, destination, agent: agentKey } = await scene();
    const intent = rewardIntent(id, destination, { cause: 'shown-request', agentKey, amount: 1 });
    const request = { ...intent.request, unless: ['notices/none'] };
    await commit(env, { rows: [deliveryRow({ ...intent, request }, 'salt')] }, NOON);
    const shown = await send('GET', `/v1/deliveries/${deliveryIdOf(intent)}`, as('viewer'));
    expect(shown.body.request).toEqual(intent.request);
  });

  it('is given up with a reason: the money goes back, and nothing is sent any more', async () => {
    const { id, ids, delivery, agent } = await scene();
    const before = await balance(fundingAccount('pool'));
    const path = `/v1/deliveries/${delivery}/abandon`;
    expect((await send('POST', path, as('payroll', {}))).status).toBe(422);
    const answer = await send('POST', path, as('payroll', { reason: 'paid by hand' }));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ state: 'ABANDONED', reason: 'paid by hand' });
    await work(id, NOON, NOON + HOUR);
    expect(network.seen).toEqual([]);
    expect(await outcomesOf(ids)).toEqual(['ABANDONED']);
    expect(await balance(fundingAccount('pool'))).toBe(before + 1250);
    expect(await balance(agentReward(agent, 'pending'))).toBe(0);
    expect((await send('POST', path, as('payroll', { reason: 'again' }))).status).toBe(409);
    expect((await audited('DELIVERY_ABANDONED')).length).toBeGreaterThan(0);
  });

  it('that the target has cannot be given up: it is confirmed', async () => {
    const { id, ids, delivery } = await scene();
    network.faults('hris', [{ kind: 'close-after-commit' }]);
    await turn(id, NOON);
    const path = `/v1/deliveries/${delivery}/abandon`;
    expect((await send('POST', path, as('payroll', { reason: 'lost?' }))).status).toBe(409);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  });

  it('confirmed after it was given up goes to suspense, with an alarm', async () => {
    const { id, delivery, agent } = await scene();
    network.faults('hris', [
      { kind: 'close-after-commit' },
      { kind: 'status', status: 503, match: 'idempotency_key' },
    ]);
    await turn(id, NOON);
    const path = `/v1/deliveries/${delivery}/abandon`;
    const given = await send('POST', path, as('payroll', { reason: 'never heard of it' }));
    expect(given.status).toBe(200);
    const next = (await turn(id, NOON + HOUR)) ?? 0;
    await work(id, next, next + 48 * HOUR);
    const shown = await send('GET', `/v1/deliveries/${delivery}`, as('viewer'));
    expect(shown.body).toMatchObject({ state: 'CONFIRMED', lookedUp: true });
    expect(await balance(agentReward(agent, 'earned'))).toBe(1250);
    expect(await balance(agentReward(agent, 'pending'))).toBe(0);
    expect(await balance(suspenseAccount(id))).toBe(-1250);
    const alarms = await audited('DELIVERY_ALARM');
    expect(alarms.filter(({ subject }) => subject === `delivery:${delivery}`)).toHaveLength(1);
  });
});

describe('the sweep', () => {
  it('has every destination look, however many pages of them there are', async () => {
    const some = [await scene(), await scene()];
    await pokeDestinations(env, NOON, 1);
    expect(await Promise.all(some.map(({ ids }) => outcomesOf(ids)))).toEqual([
      ['CONFIRMED'],
      ['CONFIRMED'],
    ]);
  });

  it('orders again what nobody told the destination of, once', async () => {
    const { id, destination, number } = await scene();
    await work(id, NOON, NOON + SECOND);
    const agent = agentKey(`swept${number}`);
    const rewards = [{ cause: `swept-${number}`, agentKey: agent, amount: 7 }];
    const ids = await promise(id, destination, rewards);
    await work(id, NOON, NOON + HOUR);
    expect(await outcomesOf(ids)).toEqual([null]);
    await Promise.all([sweepDeliveries(env, NOON + HOUR), sweepDeliveries(env, NOON + HOUR)]);
    await work(id, NOON + HOUR, NOON + 2 * HOUR);
    await sweepDeliveries(env, NOON + 2 * HOUR);
    await work(id, NOON + 2 * HOUR, NOON + 3 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(network.lines('/api/v1/rewards')).toHaveLength(2);
    expect(await stubOf(id).report()).toMatchObject({ waiting: 0, inFlight: 0 });
  });
});
