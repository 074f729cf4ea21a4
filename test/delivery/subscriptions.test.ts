/** Subscribers hear what they asked for, signed so that a foreign library believes it, and again on demand. */
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pokeSubscriptions } from '../../src/delivery/client';
import { type Notice, noticeId, noticeRow } from '../../src/delivery/notice';
import type { SubscriptionObject } from '../../src/delivery/subscriptions/object';
import { commit } from '../../src/ledger/client';
import { ADMIN_TOKEN, makeKey, send } from '../http/caller';
import { HOUR, NOON, SECOND } from './depot';
import { Network } from './network';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let network: Network;
let admin = '';
let number = 0;

beforeAll(async () => {
  admin = (await makeKey(['admin'])).key;
});
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const stubOf = (id: string): DurableObjectStub<SubscriptionObject> =>
  (env.SUBSCRIPTIONS as unknown as DurableObjectNamespace<SubscriptionObject>).getByName(id);

async function subscribe(more: object = {}): Promise<string> {
  number += 1;
  const id = `sub-${number}`;
  const body = {
    kinds: ['goal.*'],
    url: 'https://webhook.example.com/in',
    secret: SECRET,
    ...more,
  };
  const answer = await send('PUT', `/v1/subscriptions/${id}`, { key: admin, body });
  expect(answer.status).toBe(201);
  expect(answer.text).not.toContain(SECRET);
  return id;
}

let cause = 0;

async function happen(kind: string, content: Notice['content'] = {}): Promise<string> {
  cause += 1;
  const notice: Notice = {
    kind,
    subject: 'goal:g1',
    cause: `cause-${cause}`,
    at: NOON,
    content,
    salt: 'salt',
  };
  await commit(env, { rows: [noticeRow(notice)] }, NOON);
  return noticeId(notice);
}

const due = (id: string, now = NOON): Promise<number | null> => stubOf(id).due(now);

const heard = (id: string): string[] =>
  network.seen.filter(({ headers }) => headers['webhook-id'] === id).map(({ body }) => body);

describe('a subscriber', () => {
  it('hears the kinds it asked for and no others, signed by Standard Webhooks', async () => {
    await happen('goal.locked', { goalId: 'before' });
    const id = await subscribe();
    const locked = await happen('goal.locked', { goalId: 'g1', period: '2032-04' });
    const other = await happen('ledger.anchored');
    const now = Date.now();
    expect(await due(id, now)).toBeNull();
    expect(heard(other)).toEqual([]);
    const [seen] = network.seen.filter(({ headers }) => headers['webhook-id'] === locked);
    const verified = new Webhook(SECRET).verify(seen?.body ?? '', { ...seen?.headers });
    expect(verified).toEqual({
      type: 'goal.locked',
      timestamp: new Date(NOON).toISOString(),
      data: { goalId: 'g1', period: '2032-04' },
    });
    expect(network.seen.map(({ body }) => body).join()).not.toContain('before');
  });

  it('knows agents by the ids the organisation gave them', async () => {
    const answer = await send('PUT', '/v1/agents/agent-77', {
      key: admin,
      body: { name: 'Ada', platformIds: { genesys: 'g-77' } },
    });
    expect(answer.status).toBe(201);
    const row = await env.DB.prepare("SELECT name FROM config WHERE kind = 'agent' LIMIT 1").first<{
      name: string;
    }>();
    const key = row?.name ?? '';
    const id = await subscribe({ kinds: ['*'] });
    const notice = await happen('reward.confirmed', { agentKey: key, account: `agent:${key}:x` });
    await due(id);
    const [body = '{}'] = heard(notice);
    expect(JSON.parse(body)).toMatchObject({
      data: { agentId: 'agent-77', account: 'agent:agent-77:x' },
    });
    expect(body).not.toContain(key);
  });

  it('is told again with the same bytes until it answers, and then no more', async () => {
    const id = await subscribe();
    const notice = await happen('goal.locked', { n: 1 });
    network.faults('webhook', [{ kind: 'status', status: 503, times: 2 }]);
    const next = (await due(id)) ?? 0;
    expect(next).toBeGreaterThan(NOON);
    const later = (await due(id, next)) ?? 0;
    expect(await due(id, later)).toBeNull();
    expect(await due(id, later + HOUR)).toBeNull();
    const bodies = heard(notice);
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
  });

  it('that fails three times in a row is left alone for a while', async () => {
    const id = await subscribe({ probeSeconds: 600 });
    const notice = await happen('goal.locked');
    network.faults('webhook', [{ kind: 'close-before-commit', times: 3 }]);
    let now = NOON;
    for (let nth = 0; nth < 3; nth += 1) now = (await due(id, now)) ?? 0;
    expect(now).toBeGreaterThanOrEqual(NOON + 600 * SECOND);
    expect(await due(id, now)).toBeNull();
    expect(heard(notice)).toHaveLength(4);
  });

  it('that will not take one message hears all others, and the refusal is shown', async () => {
    const id = await subscribe();
    const bad = await happen('goal.locked', { bad: true });
    const good = await happen('goal.locked', { good: true });
    network.canned('webhook', [{ match: '/', contains: '"bad"', status: 400, body: {} }]);
    let now: number | null = NOON;
    while (now !== null) now = await due(id, now);
    expect([heard(bad).length, heard(good).length]).toEqual([4, 1]);
    const shown = await send('GET', `/v1/subscriptions/${id}`, { key: admin });
    expect(shown.body.status).toMatchObject({ waiting: 0, refused: [{ id: bad, status: 400 }] });
  });

  it('that is gone is told nothing more until it is written anew', async () => {
    const id = await subscribe();
    await happen('goal.locked');
    network.canned('webhook', [{ match: '/', status: 410, body: {} }]);
    expect(await due(id)).toBeNull();
    await happen('goal.locked');
    expect(await due(id, NOON + HOUR)).toBeNull();
    expect(network.seen).toHaveLength(1);
  });

  it('hears everything since an instant again, each notice under its own id', async () => {
    const id = await subscribe();
    const ids = [await happen('goal.locked', { n: 1 }), await happen('goal.locked', { n: 2 })];
    await due(id);
    const answer = await send('POST', `/v1/subscriptions/${id}/replay`, {
      key: admin,
      body: { from: new Date(NOON - HOUR).toISOString() },
    });
    expect(answer.status).toBe(200);
    await due(id, NOON + SECOND);
    for (const notice of ids) {
      expect(heard(notice)).toHaveLength(2);
      expect(new Set(heard(notice)).size).toBe(1);
    }
  });

  it('tells it again where the replay was asked for while a batch was on its way', async () => {
    const id = await subscribe();
    await happen('goal.before');
    await due(id);
    const seal = (await stubOf(id).report())?.cursor ?? 0;
    const notice = await happen('goal.locked');
    let asked: Promise<void> | null = null;
    network.instead = async () => {
      asked ??= stubOf(id).replay(seal, NOON);
      await stubOf(id).report();
      return null;
    };
    await due(id);
    await asked;
    await due(id, NOON + SECOND);
    expect(heard(notice)).toHaveLength(2);
  });

  it('costs the books no row', async () => {
    const id = await subscribe();
    for (let nth = 0; nth < 5; nth += 1) await happen('goal.locked', { nth });
    const seals = () => env.DB.prepare('SELECT count(*) AS n FROM seals').first<{ n: number }>();
    const before = await seals();
    await due(id);
    expect(await seals()).toEqual(before);
    expect(network.seen).toHaveLength(5);
  });

  it('needs a secret that is a key, and an address that is public', async () => {
    for (const wrong of [
      { secret: 'whsec_short' },
      { url: 'http://webhook.example.com' },
      { url: 'https://127.0.0.1/x' },
      { kinds: [] },
      { kinds: ['Not A Kind'] },
    ]) {
      const body = { kinds: ['*'], url: 'https://webhook.example.com', secret: SECRET, ...wrong };
      expect((await send('PUT', '/v1/subscriptions/x', { key: ADMIN_TOKEN, body })).status).toBe(
        403,
      );
      expect((await send('PUT', '/v1/subscriptions/x', { key: admin, body })).status).toBe(422);
    }
  });

  it('is poked by the kinds it asked for', async () => {
    const id = await subscribe({ kinds: ['season.closed'] });
    await pokeSubscriptions(env, ['goal.locked', 'season.closed'], NOON);
    await pokeSubscriptions(env, ['nobody.cares'], NOON);
    expect(await due(id)).toBeNull();
  });
});
