/**
 * `/v1/routing/decisions`, what is held, utilisation and what a seat knows. Refuses agents nobody
 * knows: 422 where a body names them, 404 where the address does. A warm decision (the seat is awake,
 * this isolate has looked the agent up within the half minute) is one call of one object and reads
 * no D1 for itself. Its bearer key is read, one row by its name, as at every request: keys are never
 * cached, so that one that is revoked is refused at the next call.
 */
import * as z from 'zod';
import { agentIdText } from '../../agents/agent';
import { cachedAgentKeys } from '../../agents/store';
import { type Call, type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { type LoadEnv, type Said, type SaidAnswer, sendSamples } from '../load/client';
import { settingOf } from '../policy/store';
import { callSeat } from './client';
import {
  decisionAnswer,
  decisionBody,
  interactionText,
  platformText,
  samplesAnswer,
  seatAnswer,
  showDecision,
  showFacts,
  showLoad,
  utilisationBody,
} from './shape';

const TAG = 'Routing';

const agentKeyOf = async <E extends LoadEnv>(
  call: Pick<Call<E>, 'env' | 'now' | 'clockSet'>,
  platform: string,
  id: string,
): Promise<string | null> => (await cachedAgentKeys(call.env, [{ platform, id }], call))[0] ?? null;

export const decideRoute = <E extends LoadEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/routing/decisions',
    tag: TAG,
    summary: 'Decide what an agent may take for an interaction',
    description:
      'For the entry of a flow: tier, queue, weight (on CXone priority), skills and why. The decision ' +
      'holds for its interaction until it is released, 24 hours at the most: a repeat answers the ' +
      'same, also after a tier change. A season that has ended is never answered from before the books ' +
      'were read. While the seat is warm it costs one call of one object and no read of D1 but that of ' +
      'the bearer key, which is never cached. 429 when an agent holds 2,000 interactions. S9, DEC-18, ' +
      'DEC-19, DEC-20.',
    permission: 'route',
    body: decisionBody,
    answers: { 200: { description: 'The decision.', schema: decisionAnswer } },
    examples: {
      request: {
        interactionId: 'conversation-8c1f',
        agentId: 'agent-1',
        platform: 'genesys-cloud',
      },
    },
    async handle(call) {
      const { env, now, body } = call;
      const { interactionId, agentId, platform } = body;
      const agentKey = await agentKeyOf(call, platform, agentId);
      if (agentKey === null) {
        return fail(invalidField('#/agentId', 'unknown', 'no agent has this id'));
      }
      const setting = await settingOf(env, call);
      const resetApplied = typeof body.resetApplied === 'string' ? body.resetApplied : null;
      const ask = { agentKey, interactionId, resetApplied, ...setting, now };
      const answer = await callSeat(env, agentKey, (seat) => seat.decide(ask));
      switch (answer.kind) {
        case 'decided': {
          const { decision, heldUntil } = answer;
          return ok({ status: 200, body: showDecision(body, decision, heldUntil) });
        }
        case 'full':
          return fail({ kind: 'too-many-requests', retryAfterSeconds: 60 });
        case 'silent':
          return fail({
            kind: 'unavailable',
            detail: 'the books cannot be read and nothing is known of this agent yet',
            retryAfterSeconds: 1,
          });
      }
    },
  });

export const releaseRoute = <E extends LoadEnv>(): Route<E> =>
  route({
    method: 'DELETE',
    path: '/v1/routing/agents/{agentId}/interactions/{interactionId}',
    tag: TAG,
    summary: 'Release an interaction',
    description: 'The next decision for it is made anew. Releasing it again changes nothing.',
    permission: 'route',
    params: z.strictObject({ agentId: agentIdText, interactionId: interactionText }),
    query: z.strictObject({ platform: platformText }),
    answers: { 204: { description: 'It is not held, or not any more.' } },
    async handle(call) {
      const { agentId, interactionId } = call.params;
      const agentKey = await agentKeyOf(call, call.query.platform, agentId);
      if (agentKey === null) return fail({ kind: 'not-found', what: 'agent', id: agentId });
      await callSeat(call.env, agentKey, (seat) => seat.release(interactionId));
      return ok({ status: 204 });
    },
  });

export const seatRoute = <E extends LoadEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/routing/agents/{agentId}',
    tag: TAG,
    summary: 'Show how an agent is routed now',
    description: 'What the seat was told of season and tier, its load, and how much it holds.',
    permission: 'read',
    params: z.strictObject({ agentId: agentIdText }),
    query: z.strictObject({ platform: platformText }),
    answers: { 200: { description: 'The seat.', schema: seatAnswer } },
    async handle(call) {
      const { env, now, params, query } = call;
      const { agentId } = params;
      const agentKey = await agentKeyOf(call, query.platform, agentId);
      if (agentKey === null) return fail({ kind: 'not-found', what: 'agent', id: agentId });
      const setting = await settingOf(env, call);
      const seat = await callSeat(env, agentKey, (one) => one.show({ agentKey, ...setting, now }));
      const { overload } = seat.load;
      return ok({
        status: 200,
        body: {
          agentId,
          ...showFacts(seat.facts),
          readAt: seat.checkedAt === null ? null : printInstant(seat.checkedAt),
          heldInteractions: seat.held,
          overload: overload && { ...overload, since: printInstant(overload.since) },
          load: showLoad(seat.reading),
        },
      });
    },
  });

type SentSample = NonNullable<z.output<typeof utilisationBody>['samples']>[number];

export const utilisationRoute = <E extends LoadEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/routing/utilization',
    tag: TAG,
    summary: 'Say how loaded agents are',
    description:
      'One sample, or up to 200 as `samples`; the same as the event `agent.utilization`. Overloaded is ' +
      'who is over 115 % of the target capacity now, or over 110 % on average over 15 minutes; back is ' +
      'who is below 100 % with a mean below 110 %. Who is overloaded again within 15 minutes stays so ' +
      'until 15 quiet minutes have passed. Samples are kept in memory. S10, DEC-20.',
    permission: 'route',
    body: utilisationBody,
    answers: { 200: { description: 'What became of each sample.', schema: samplesAnswer } },
    examples: { request: { agentId: 'agent-1', concurrent: 3, targetConcurrent: 3 } },
    async handle(call) {
      const { env, now, body, requestId } = call;
      const { samples, ...only } = body;
      const sent = samples ?? [only as SentSample];
      const lookups = sent.map(({ agentId: id }) => ({ platform: body.platform, id }));
      const keys = await cachedAgentKeys(env, lookups, call);
      if (samples === undefined && keys[0] === null) {
        return fail(invalidField('#/agentId', 'unknown', 'no agent has this id'));
      }
      const said = sent.flatMap((one, index): Said[] => {
        const agentKey = keys[index] ?? null;
        const cause = one.eventId ?? `${requestId}.${index}`;
        if (agentKey === null) return [];
        return [{ agentKey, said: saidBy(one), at: one.occurredAt ?? now, cause }];
      });
      const answers = await sendSamples(env, await settingOf(env, call), said, now);
      const results = sent.map(({ agentId }, index) =>
        keys[index] === null
          ? { agentId, status: 'refused', reason: 'UNKNOWN_AGENT' }
          : resultOf(agentId, answers.shift()),
      );
      return ok({ status: 200, body: { results } });
    },
  });

const saidBy = ({ queueId, queueLength, ...one }: SentSample): Said['said'] => ({
  ...one,
  ...(queueId !== undefined && { queueId }),
  ...(queueLength !== undefined && { queueLength }),
});

const resultOf = (agentId: string, answer: SaidAnswer | undefined) => {
  if (answer === undefined) return { agentId, status: 'refused', reason: 'UNANSWERED' };
  const { verdict: status, overloaded } = answer;
  if (status === 'refused') return { agentId, status, reason: answer.field };
  return { agentId, status, overloaded };
};
