/**
 * Routes of deliveries: list, read, send one now, give one up. Refuses to give up what is in
 * flight or what the target says it has; whoever gives one up states a reason, for it may have
 * arrived (G11).
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { plainText } from '../../http/fields';
import { encodeCursor, pageOf } from '../../http/paging';
import { type Answer, type Route, route } from '../../http/route';
import { absent } from '../../kernel/change-set';
import { fail, ok, type Result } from '../../kernel/result';
import { submit, type WritePlan } from '../../ledger/client';
import { walkNewest } from '../../ledger/store';
import { walkFields } from '../../ledger/walk/position';
import { callDestination, type DeliveryEnv, type Lease } from '../client';
import { DELIVERIES_TABLE, outcomeIdOf } from '../intent';
import { deliverySubject, outcomeSet, type Reached } from '../outcome';
import { DELIVERY_STATES } from '../sending/operator';
import { readStandings } from './client';
import {
  deliveryItem,
  deliveryWhole,
  type Standing,
  shownItem,
  shownWhole,
  stateOfStanding,
} from './view';

const params = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/) });

const listDeliveries = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/deliveries',
    tag: 'Delivery',
    summary: 'List deliveries, the newest first',
    description: 'A page may be short or empty and still have a `nextCursor`.',
    permission: 'read',
    query: z.strictObject({
      ...walkFields,
      destination: z.string().max(64).optional(),
      state: z.enum(DELIVERY_STATES).optional(),
      subject: z.string().max(300).optional(),
    }),
    answers: { 200: { description: 'A page of deliveries.', schema: pageOf(deliveryItem) } },
    async handle({ env, query }) {
      const { limit, cursor = null, destination, state, subject } = query;
      const walked = await walkNewest(env.DB, DELIVERIES_TABLE.name, cursor, limit);
      const standings = await readStandings(
        env,
        walked.ids.map(({ id }) => id),
      );
      const wanted = standings.filter(
        (one) =>
          (destination === undefined || one.delivery.destination === destination) &&
          (subject === undefined || one.delivery.subject === subject) &&
          (state === undefined || stateOfStanding(one) === state),
      );
      const names = await namesOf(env, wanted);
      const items = wanted.map((one) => shownItem(one, names));
      const nextCursor = walked.nextCursor === null ? null : encodeCursor(walked.nextCursor);
      return ok({ status: 200, body: { items, nextCursor } });
    },
  });

const namesOf = (env: DeliveryEnv, standings: readonly Standing[]): Promise<Map<string, string>> =>
  readAgentIds(
    env.DB,
    standings.flatMap(({ delivery }) => delivery.intent?.agents ?? []),
  );

const notFound = (id: string) => fail({ kind: 'not-found', what: 'delivery', id } as const);

const getDelivery = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/deliveries/{id}',
    tag: 'Delivery',
    summary: 'Read a delivery: its requests, its attempts, the last answer',
    permission: 'read',
    params,
    answers: { 200: { description: 'The delivery.', schema: deliveryWhole } },
    async handle({ env, params: { id } }) {
      const [standing] = await readStandings(env, [id]);
      if (standing === undefined) return notFound(id);
      return ok({ status: 200, body: shownWhole(standing, await namesOf(env, [standing])) });
    },
  });

const releaseDelivery = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/deliveries/{id}/release',
    tag: 'Delivery',
    summary: 'Send one delivery now, whatever the breaker says',
    description:
      'One that may have arrived and whose key the target may have forgotten is asked about ' +
      'first, where the target can be asked. No answer is kept under an Idempotency-Key: asked ' +
      'again, it is released again.',
    permission: 'payroll',
    params,
    answers: {
      200: {
        description: 'It goes now.',
        schema: z.object({ id: z.string(), state: z.literal('WAITING') }),
      },
    },
    async handle(call) {
      const { env, now, params: asked } = call;
      const [standing] = await readStandings(env, [asked.id]);
      if (standing === undefined) return notFound(asked.id);
      if (standing.outcome !== null) return over(standing);
      const { destination } = standing.delivery;
      if (standing.state === 'IN_FLIGHT')
        return fail({ kind: 'conflict', detail: 'it is in flight' });
      const answer = await submit(call, {
        rows: [],
        audit: {
          action: 'DELIVERY_RELEASED',
          subject: deliverySubject(asked.id),
          detail: { destination, state: standing.state },
        },
        answer: { status: 200, body: { id: asked.id, state: 'WAITING' } },
        isDoneAfter: true,
      });
      // In flight by now, or being given up: then it goes all the same, or after that.
      if (answer.ok) {
        await callDestination(env, destination, (one) => one.release(asked.id, now));
      }
      return answer;
    },
  });

const over = ({ outcome }: Standing): Result<Answer> =>
  fail({ kind: 'conflict', detail: `the delivery is ${outcome?.outcome}` });

const abandonDelivery = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/deliveries/{id}/abandon',
    tag: 'Delivery',
    summary: 'Give a delivery up, with a reason',
    description:
      'Posts what a rejection posts. One that was sent is asked about first, where the target ' +
      'can be asked: what is found there is confirmed, and the answer is 409.',
    permission: 'payroll',
    params,
    body: z.strictObject({ reason: plainText(1000) }),
    examples: { request: { reason: 'paid by hand on the 3rd' } },
    answers: { 200: { description: 'It is given up.', schema: deliveryWhole } },
    async handle(call) {
      const { env, now, params: asked, body } = call;
      const [standing] = await readStandings(env, [asked.id]);
      if (standing === undefined) return notFound(asked.id);
      if (standing.outcome !== null) return over(standing);
      const { destination } = standing.delivery;
      const lease = await callDestination(env, destination, (one) => one.lease(asked.id, now));
      const refusal = refusalOf(lease);
      if (refusal !== null) return fail({ kind: 'conflict', detail: refusal });
      const names = await namesOf(env, [standing]);
      const answer = await submit(
        call,
        planOf(standing, lease, { ...body, now, names, secretsKey: env.SECRETS_KEY }),
      );
      if (answer.ok) {
        await callDestination(env, destination, (one) => one.abandoned(asked.id, now));
      }
      return answer;
    },
  });

function refusalOf({ kind }: Lease): string | null {
  if (kind === 'BUSY') return 'it is in flight';
  return kind === 'FOUND' ? 'the target has it: it is confirmed' : null;
}

function planOf(
  standing: Standing,
  { kind, held }: Lease,
  by: {
    readonly reason: string;
    readonly now: number;
    readonly secretsKey: string;
    readonly names: ReadonlyMap<string, string>;
  },
): WritePlan {
  const { delivery } = standing;
  const reached: Reached = {
    delivery: delivery.id,
    outcome: 'ABANDONED',
    at: by.now,
    content: {
      reason: by.reason,
      attempts: held?.attempts ?? [],
      answer: held?.answer ?? null,
      headers: {},
      lookedUp: kind === 'GONE',
    },
    aside: null,
  };
  const outcome = { ...reached, outcome: 'ABANDONED' as const };
  const { rows, guards = [] } = outcomeSet(reached, delivery.intent, by.secretsKey);
  const own = outcomeIdOf(delivery.id, 'ABANDONED');
  return {
    rows,
    guards: [...guards, absent('delivery_outcomes', own)],
    audit: {
      action: 'DELIVERY_ABANDONED',
      subject: deliverySubject(delivery.id),
      detail: { destination: delivery.destination, found: kind, reason: by.reason },
    },
    answer: { status: 200, body: shownWhole({ ...standing, outcome, held }, by.names) },
  };
}

export const deliveryLogRoutes = <E extends DeliveryEnv>(): readonly Route<E>[] => [
  listDeliveries(),
  getDelivery(),
  releaseDelivery(),
  abandonDelivery(),
];
