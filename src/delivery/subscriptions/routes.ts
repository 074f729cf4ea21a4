/**
 * Routes of subscriptions: write, read, list, replay. Refuses addresses nothing may be sent to, and
 * never shows a secret.
 */
import * as z from 'zod';
import { sealFor } from '../../access/secrets/client';
import { checkPreconditions } from '../../http/etag';
import { instantText } from '../../http/fields';
import { pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { fail, invariant, ok } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { type ConfigVersion, configRow, etagOf } from '../../ledger/config';
import { readSealBefore } from '../../ledger/store';
import { randomHex } from '../../runtime/chance';
import { callSubscription, type DeliveryEnv } from '../client';
import { rulesOf } from '../sending/client';
import type { SubscriptionState } from './state';
import { readSubscription, readSubscriptions } from './store';
import {
  checkSubscription,
  SUBSCRIPTION_ID,
  SUBSCRIPTION_KIND,
  type Subscription,
  subscriptionBody,
  subscriptionView,
  viewOf,
} from './subscription';

const params = z.strictObject({ id: z.string().regex(SUBSCRIPTION_ID) });

const status = z
  .object({
    seal: z.int().nullable().meta({ description: 'Seals up to this one were read.' }),
    waiting: z.int(),
    breaker: z.enum(['CLOSED', 'OPEN']),
    reason: z.string(),
    gone: z.boolean().meta({ description: 'It answered 410; write it anew to go on.' }),
    deliveredAt: z.string().nullable(),
    refused: z.array(
      z.object({ id: z.string(), kind: z.string(), status: z.int(), at: z.string() }),
    ),
  })
  .nullable();

const shown = subscriptionView.extend({ status });

const printStatus = (state: SubscriptionState | null) =>
  state && {
    seal: state.cursor,
    waiting: state.batch.length,
    breaker: state.breaker.openedAt === null ? ('CLOSED' as const) : ('OPEN' as const),
    reason: state.breaker.reason,
    gone: state.goneVersion !== null,
    deliveredAt: state.deliveredAt === null ? null : printInstant(state.deliveredAt),
    refused: state.refused.map((one) => ({ ...one, at: printInstant(one.at) })),
  };

const putSubscription = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/subscriptions/{id}',
    tag: 'Delivery',
    summary: 'Create or replace a subscription to notices',
    description:
      'Messages are signed by Standard Webhooks; `webhook-id` names the notice, and the body is ' +
      '`{ "type", "timestamp", "data" }`. It hears what is written after it. Kinds: a name, ' +
      '`goal.*`, or `*`.',
    permission: 'admin',
    params,
    body: subscriptionBody,
    examples: {
      request: {
        kinds: ['goal.*', 'reward.confirmed'],
        url: 'https://hooks.example.com/guerdon',
        secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      },
    },
    answers: {
      200: { description: 'Replaced.', schema: subscriptionView },
      201: { description: 'Created.', schema: subscriptionView },
    },
    async handle(call) {
      const { env, params: asked, body, now, actor } = call;
      const present = await readSubscription(env.DB, asked.id);
      const checked = checkPreconditions(call.headers, present && etagOf(present));
      if (!checked.ok) return checked;
      const sound = checkSubscription(body, present?.content ?? null, rulesOf(env));
      if (!sound.ok) {
        const detail = 'the subscription is not acceptable';
        return fail({ kind: 'invalid', detail, errors: sound.failure });
      }
      const { secret: open, name = null, ...settings } = body;
      const secret =
        open === undefined
          ? present?.content.secret
          : await sealFor(env.SECRETS_KEY, SUBSCRIPTION_KIND, asked.id, open);
      invariant(secret !== undefined, 'a secret that is given or kept');
      const version = (present?.version ?? 0) + 1;
      const next: ConfigVersion<Subscription> = {
        kind: SUBSCRIPTION_KIND,
        name: asked.id,
        version,
        effectiveFrom: present === null ? null : now,
        writtenAt: now,
        author: actor.person,
        content: { ...settings, name, secret },
      };
      const answer = await submit(call, {
        rows: [configRow(next, randomHex(16))],
        audit: {
          action: 'SUBSCRIPTION_WRITTEN',
          subject: `config:${SUBSCRIPTION_KIND}/${asked.id}`,
          detail: { version, url: body.url, kinds: body.kinds, secret: secret.fingerprint },
        },
        answer: {
          status: present === null ? 201 : 200,
          body: viewOf(asked.id, version, next.content),
          headers: { ETag: etagOf(next) },
        },
      });
      if (answer.ok) call.later(callSubscription(env, asked.id, (object) => object.look(now)));
      return answer;
    },
  });

const getSubscription = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/subscriptions/{id}',
    tag: 'Delivery',
    summary: 'Read a subscription and how far it has heard',
    permission: 'read',
    params,
    answers: { 200: { description: 'The subscription.', schema: shown } },
    async handle({ env, params: { id } }) {
      const found = await readSubscription(env.DB, id);
      if (found === null) return fail({ kind: 'not-found', what: 'subscription', id });
      const state = await callSubscription(env, id, (object) => object.report());
      const body = { ...viewOf(id, found.version, found.content), status: printStatus(state) };
      return ok({ status: 200, body, headers: { ETag: etagOf(found) } });
    },
  });

const listSubscriptions = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/subscriptions',
    tag: 'Delivery',
    summary: 'List subscriptions',
    permission: 'read',
    query: z.strictObject(pageFields),
    answers: { 200: { description: 'A page of subscriptions.', schema: pageOf(subscriptionView) } },
    async handle({ env, query: { limit, cursor } }) {
      const found = await readSubscriptions(env.DB, cursor ?? null, limit + 1);
      const page = pageFrom(found, limit, ({ name }) => name);
      const items = page.items.map(({ name, version, content }) => viewOf(name, version, content));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

const replaySubscription = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/subscriptions/{id}/replay',
    tag: 'Delivery',
    summary: 'Tell a subscriber again what was written since an instant',
    description: 'Each notice has the `webhook-id` it had before. Also closes its breaker.',
    permission: 'admin',
    params,
    body: z.strictObject({ from: instantText }),
    examples: { request: { from: '2024-10-01T00:00:00Z' } },
    answers: {
      200: {
        description: 'It hears everything after this seal again.',
        schema: z.object({ id: z.string(), from: z.string(), seal: z.int() }),
      },
    },
    async handle(call) {
      const { env, params: asked, body, now } = call;
      const found = await readSubscription(env.DB, asked.id);
      if (found === null) return fail({ kind: 'not-found', what: 'subscription', id: asked.id });
      const seal = await readSealBefore(env.DB, body.from);
      const from = printInstant(body.from);
      const answer = await submit(call, {
        rows: [],
        audit: {
          action: 'SUBSCRIPTION_REPLAYED',
          subject: `config:${SUBSCRIPTION_KIND}/${asked.id}`,
          detail: { from, seal },
        },
        answer: { status: 200, body: { id: asked.id, from, seal } },
      });
      if (answer.ok) await callSubscription(env, asked.id, (object) => object.replay(seal, now));
      return answer;
    },
  });

export const subscriptionRoutes = <E extends DeliveryEnv>(): readonly Route<E>[] => [
  putSubscription(),
  getSubscription(),
  listSubscriptions(),
  replaySubscription(),
];
