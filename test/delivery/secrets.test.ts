/** Credentials that a destination keeps: they go to the hosts they were given for, and are told to nobody. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readDestination } from '../../src/delivery/store';
import { errorsOf, makeKey, send } from '../http/caller';
import { agentKey, HOUR, NOON, order, outcomesOf, stubOf, work } from './depot';
import { Network } from './network';

const CANARY = 'kept-secret-0123456789abcdef';
const BASIC = btoa(`u:${CANARY}`);
let network: Network;
let admin = '';

beforeAll(async () => {
  admin = (await makeKey(['admin'])).key;
});
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const put = (id: string, body: object) =>
  send('PUT', `/v1/destinations/${id}`, { key: admin, body });

const HRIS = {
  preset: 'hris',
  url: 'https://hris.example.com',
  auth: { type: 'bearer', token: CANARY },
};
const OAUTH = {
  type: 'oauth2',
  tokenUrl: 'https://login.hris.example.com/oauth/token',
  clientId: 'guerdon',
};

describe('a secret that is kept', () => {
  it('goes to no host it was not given for', async () => {
    await put('moved', HRIS);
    for (const auth of [undefined, { type: 'bearer' }]) {
      const answer = await put('moved', { ...HRIS, url: 'https://elsewhere.example.net', auth });
      expect(answer.status).toBe(422);
      expect(errorsOf(answer).map(({ pointer }) => pointer)).toEqual(['#/auth']);
    }
    const given = await put('moved', { ...HRIS, url: 'https://elsewhere.example.net' });
    expect(given.status).toBe(200);
  });

  it('of client credentials goes to no other token address', async () => {
    await put('token', { ...HRIS, auth: { ...OAUTH, clientSecret: CANARY } });
    const tokenUrl = 'https://elsewhere.example.net/token';
    const answer = await put('token', { ...HRIS, auth: { ...OAUTH, tokenUrl } });
    expect(answer.status).toBe(422);
    const same = await put('token', { ...HRIS, auth: OAUTH, concurrency: 2 });
    expect(same.status).toBe(200);
  });
});

describe('a target that repeats our credentials', () => {
  it('is kept and shown without them', async () => {
    const auths = [
      { type: 'bearer', token: CANARY },
      { type: 'basic', username: 'u', password: CANARY },
      { ...OAUTH, clientSecret: CANARY },
    ];
    for (const [nth, auth] of auths.entries()) {
      const id = `echo-${nth}`;
      await put(id, { ...HRIS, auth });
      network.instead = (request) =>
        request.url.endsWith('/token')
          ? null
          : Response.json(
              { error: 'no', seen: request.headers.get('authorization'), also: CANARY },
              { status: 422, headers: { 'X-Seen': request.headers.get('authorization') ?? '' } },
            );
      const destination = (await readDestination(env.DB, id))?.content;
      if (destination === undefined) throw new Error('a destination');
      const reward = { cause: id, agentKey: agentKey(`echo${nth}z`), amount: 5 };
      const ids = await order(id, destination, [reward]);
      await work(id, NOON, NOON + HOUR);
      expect(await outcomesOf(ids)).toEqual(['REJECTED']);
      const shown = await send('GET', `/v1/deliveries/${ids[0]}`, { key: admin });
      expect(shown.text).toContain('no');
      const { results } = await env.DB.prepare('SELECT * FROM delivery_outcomes').all();
      for (const secret of [CANARY, BASIC, 'token-1']) {
        expect(shown.text + JSON.stringify(results)).not.toContain(secret);
      }
      expect(await stubOf(id).report()).toMatchObject({ breaker: { state: 'CLOSED' } });
    }
  });
});
