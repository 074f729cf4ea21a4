/** Credentials: fetched once, sent where they belong, never kept and never shown. */

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { askDestination } from '../../src/delivery/ask/client';
import { readDestination } from '../../src/delivery/store';
import { makeKey, send } from '../http/caller';
import { agentKey, HOUR, NOON, order, outcomesOf, stubOf, work } from './depot';
import { Network } from './network';

const CANARY = 'canary-secret-0123456789abcdef';
const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let network: Network;
let admin = '';
let number = 0;
const logged: string[] = [];

beforeAll(async () => {
  admin = (await makeKey(['admin'])).key;
});
beforeEach(() => {
  network = new Network().install();
  for (const level of ['log', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...line) => void logged.push(line.join(' ')));
  }
});
afterEach(() => {
  network.remove();
  vi.restoreAllMocks();
});

async function destinationWith(auth: object, more: object = {}): Promise<string> {
  number += 1;
  const id = `auth-${number}`;
  const body = { preset: 'hris', url: 'https://hris.example.com', auth, ...more };
  const answer = await send('PUT', `/v1/destinations/${id}`, { key: admin, body });
  if (answer.status !== 201) throw new Error(answer.text);
  return id;
}

async function pay(id: string, count: number): Promise<(string | null)[]> {
  const destination = (await readDestination(env.DB, id))?.content;
  if (destination === undefined) throw new Error('a destination');
  const rewards = Array.from({ length: count }, (_, nth) => ({
    cause: `${id}-${nth}`,
    agentKey: agentKey(`${id.replace('-', '')}n${nth}q`),
    amount: 1 + nth,
  }));
  const ids = await order(id, destination, rewards);
  await work(id, NOON, NOON + HOUR);
  return outcomesOf(ids);
}

const OAUTH = {
  type: 'oauth2',
  tokenUrl: 'https://login.hris.example.com/oauth/token',
  clientId: 'guerdon',
  clientSecret: CANARY,
  scope: 'rewards',
};

const authorizations = (): (string | undefined)[] =>
  network.seen
    .filter(({ path }) => !path.endsWith('/token'))
    .map(({ headers }) => headers.authorization);

describe('credentials', () => {
  it('of client credentials are fetched once for many deliveries', async () => {
    const id = await destinationWith(OAUTH);
    expect(new Set(await pay(id, 12))).toEqual(new Set(['CONFIRMED']));
    const tokens = network.seen.filter(({ path }) => path.endsWith('/token'));
    expect(tokens).toHaveLength(1);
    const basic = `Basic ${btoa(`guerdon:${CANARY}`)}`;
    expect(tokens[0]).toMatchObject({
      body: 'grant_type=client_credentials&scope=rewards',
      headers: { authorization: basic },
    });
    const before = tokens.length;
    const asked = await askDestination(env, id, 'rewards', {}, NOON + 2 * HOUR);
    expect(asked.ok).toBe(true);
    expect(network.seen.filter(({ path }) => path.endsWith('/token'))).toHaveLength(before);
  });

  it('that are refused are fetched anew once, and the same bytes and key go again', async () => {
    const id = await destinationWith(OAUTH);
    network.faults('hris', [{ kind: 'status', status: 401, match: '/rewards' }]);
    expect(await pay(id, 1)).toEqual(['CONFIRMED']);
    const [first, second] = network.seen.filter(({ path }) => path.includes('/rewards'));
    expect([second?.key, second?.body]).toEqual([first?.key, first?.body]);
    expect(authorizations()).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('that stay refused park everything and reject nothing', async () => {
    const id = await destinationWith({ type: 'bearer', token: CANARY }, { probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 401, times: 99 }]);
    expect(await pay(id, 1)).toEqual([null]);
    expect(await stubOf(id).report()).toMatchObject({ breaker: { state: 'OPEN' }, parked: 1 });
  });

  it('travel as bearer and basic', async () => {
    await pay(await destinationWith({ type: 'bearer', token: CANARY }), 1);
    await pay(await destinationWith({ type: 'basic', username: 'u', password: CANARY }), 1);
    expect(authorizations()).toEqual([`Bearer ${CANARY}`, `Basic ${btoa(`u:${CANARY}`)}`]);
  });

  it('sign by Standard Webhooks, with an id that stays the same on every retry', async () => {
    const auth = { type: 'signed', secret: WHSEC };
    const id = await destinationWith(auth, {
      preset: 'webhook',
      url: 'https://webhook.example.com/x',
    });
    network.faults('webhook', [{ kind: 'status', status: 503 }]);
    expect(await pay(id, 1)).toEqual(['CONFIRMED']);
    const [first, second] = network.seen;
    expect(first?.headers['webhook-id']).toBe(second?.headers['webhook-id']);
    vi.useFakeTimers({ toFake: ['Date'], now: NOON });
    expect(new Webhook(WHSEC).verify(second?.body ?? '', { ...second?.headers })).toMatchObject({
      amount: '0.01',
    });
    vi.useRealTimers();
  });

  it('go to no host that is not listed', async () => {
    const other = { ...OAUTH, tokenUrl: 'https://login.hris.example.com/oauth/token' };
    const body = { preset: 'hris', url: 'https://hris.example.com', auth: other };
    const hosts = ['hris.example.com'];
    const answer = await send('PUT', '/v1/destinations/listed', {
      key: admin,
      body: { ...body, hosts },
    });
    expect(answer.status).toBe(422);
  });

  it('are never followed to where a redirect points', async () => {
    const id = await destinationWith({ type: 'bearer', token: CANARY });
    network.instead = () =>
      new Response(null, { status: 302, headers: { Location: 'https://evil.webhook.test/' } });
    expect(await pay(id, 1)).toEqual([null]);
    expect(new Set(network.seen.map(({ name }) => name))).toEqual(new Set(['hris']));
  });

  it('stand in no row, no log line, no answer and no object', async () => {
    const places = [...logged];
    const { results: tables } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*'",
    ).all<{ name: string }>();
    for (const { name } of tables) {
      const { results } = await env.DB.prepare(`SELECT * FROM "${name}"`).all();
      places.push(JSON.stringify(results));
    }
    for (let nth = 1; nth <= number; nth += 1) {
      const id = `auth-${nth}`;
      const kept = await runInDurableObject(stubOf(id), (_, state) => [...state.storage.kv.list()]);
      places.push(JSON.stringify(kept));
      places.push((await send('GET', `/v1/destinations/${id}`, { key: admin })).text);
    }
    places.push((await send('GET', '/v1/deliveries?limit=200', { key: admin })).text);
    const all = places.join('\n');
    for (const secret of [CANARY, btoa(`guerdon:${CANARY}`), 'token-1', WHSEC.slice(6)]) {
      expect(all).not.toContain(secret);
    }
  });
});

describe('a question', () => {
  it('is answered with JSON, or says whether asking again may help', async () => {
    const id = await destinationWith(
      { type: 'none' },
      { preset: 'seed', url: 'https://genesys.example.com' },
    );
    const fields = { goalId: 'g1', period: '2024-09' };
    const ask = () => askDestination(env, id, 'goal-status', fields, NOON);
    expect(await ask()).toMatchObject({ failure: { kind: 'not-found' } });
    network.canned('genesys', [{ match: '/wem/goals/g1/', body: { snapshotLocked: true } }]);
    expect(await ask()).toEqual({ ok: true, value: { snapshotLocked: true } });
    for (const [fault, kind] of [
      [{ kind: 'status', status: 503 }, 'unavailable'],
      [{ kind: 'throttle', retryAfter: 9 }, 'unavailable'],
      [{ kind: 'close-before-commit' }, 'unavailable'],
      [{ kind: 'garbage' }, 'unavailable'],
      [{ kind: 'status', status: 400 }, 'invalid'],
    ] as const) {
      network.faults('genesys', [fault]);
      expect(await ask()).toMatchObject({ failure: { kind } });
    }
    expect(await askDestination(env, id, 'no-such', {}, NOON)).toMatchObject({
      failure: { kind: 'invalid' },
    });
    expect(await askDestination(env, 'nowhere', 'goal-status', fields, NOON)).toMatchObject({
      failure: { kind: 'not-found' },
    });
  });
});
