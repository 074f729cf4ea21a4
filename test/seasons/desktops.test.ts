/** What goes out and comes in by the doors: desktops hear of a batch, seasons of the inbound volume. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SubscriptionObject } from '../../src/delivery/subscriptions/object';
import { civilDay } from '../../src/kernel/instant';
import { Network } from '../delivery/network';
import { makeKey, send } from '../http/caller';
import { deliver, putSource } from '../intake/sender';
import { DAY, season } from './stage';
import { quarter, seasonStub } from './theatre';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

test('a subscriber hears of a batch once it was read back, signed and by the ids of its agents', async () => {
  const { key } = await makeKey(['admin']);
  const body = {
    kinds: ['session.invalidation', 'season.synchronisation'],
    url: 'https://webhook.example.com/desktops',
    secret: SECRET,
  };
  const written = await send('PUT', '/v1/subscriptions/desktops', { key, body });
  expect(written.status).toBe(201);
  const subscriptions = env.SUBSCRIPTIONS as unknown as DurableObjectNamespace<SubscriptionObject>;
  const { agents, next, play } = await quarter([100, 0]);
  const heard = () => network.seen.filter(({ path }) => path === '/desktops');
  let isAway = true;
  network.instead = ({ method, url }) =>
    isAway && method === 'GET' && url.includes('genesys')
      ? Response.json({}, { status: 503 })
      : null;
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  await play.step('2031-10-01T02:00:00', '2031-10-01T02:10:00');
  // Every update was taken; what a platform has by now nobody knows.
  expect(network.seen.filter(({ method }) => method === 'PATCH').length).toBeGreaterThanOrEqual(2);
  await subscriptions.getByName('desktops').due(Date.now());
  expect(heard()).toEqual([]);
  isAway = false;
  await play.step('2031-10-02T02:00:00', '2031-10-02T02:10:00');
  await subscriptions.getByName('desktops').due(Date.now());
  const messages = heard().map((one) => new Webhook(SECRET).verify(one.body, { ...one.headers }));
  const data = {
    seasonId: next,
    batch: 0,
    agents: expect.arrayContaining(
      agents.map(({ id }) => expect.objectContaining({ agentId: id })),
    ),
  };
  expect(messages).toHaveLength(2);
  for (const type of body.kinds) {
    expect(messages).toContainEqual(
      expect.objectContaining({ type, data: expect.objectContaining(data) }),
    );
  }
});

test('a season hears of the inbound volume that a webhook brings, and of no other metric', async () => {
  const today = Math.floor(Date.now() / DAY);
  await season(
    'volume-by-webhook',
    {
      categories: ['Volume'],
      startDay: civilDay(today - 2),
      endDay: civilDay(today + 2),
      target_groups: ['volume'],
      inboundVolume: { metricId: 'inbound.calls' },
    },
    Date.now() - DAY,
  );
  await putSource('telephony');
  const occurredAt = new Date(Date.now() - 60_000).toISOString();
  const said = (eventId: string, metricId: string, value: number) => ({
    eventType: 'metric.recorded',
    eventId,
    occurredAt,
    metricId,
    value,
  });
  for (const [nth, [metricId, value]] of [
    ['inbound.calls', 321],
    ['inbound.chats', 999],
  ].entries()) {
    const answer = await deliver(
      'telephony',
      said(`volume-${nth}`, String(metricId), Number(value)),
    );
    expect(answer.body.status).toBe('accepted');
  }
  const held = await runInDurableObject(
    seasonStub('volume-by-webhook') as unknown as DurableObjectStub,
    (_, { storage }) => storage.kv.get<{ volume: unknown }>('state'),
  );
  expect(held?.volume).toMatchObject({ latest: { value: 321, at: Date.parse(occurredAt) } });
});
