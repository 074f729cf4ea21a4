/**
 * `GET /v1/coaching-sessions/{id}`: why a coaching session is worth what it is worth. Shows its
 * events, every decision with each condition's expected and actual, and what was posted. Refuses
 * nothing but ids nobody sent.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { readEvents } from '../../events/store';
import { type Route, route } from '../../http/route';
import type { Failure } from '../../kernel/failure';
import { sessionKeyOf } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { agentKeysOf, netPoints, showDecision } from '../explain/view';
import { gathersUntil, type PointsEnv } from './client';
import { readDecisions } from './store';

const params = z.strictObject({ id: z.string().min(1).max(200) });
const query = z.strictObject({
  namespace: z.string().min(1).max(60).default('default').meta({
    description:
      "The namespace of the sources that speak of it; 'default' unless a source says otherwise.",
  }),
});

const shown = z.object({
  coachingSessionId: z.string(),
  namespace: z.string(),
  outcome: z.string(),
  points: z.array(
    z.object({ agentId: z.string().nullable(), pointCategory: z.string(), amount: z.string() }),
  ),
  events: z.array(z.record(z.string(), z.unknown())),
  decisions: z.array(z.record(z.string(), z.unknown())),
});

/** Nobody spoke of it, or somebody did and the lock window has not ended. */
const unsettled = (id: string, until: number | null): Failure => ({
  kind: 'not-found',
  what: 'coaching session',
  id,
  ...(until !== null && {
    detail: `there is no settlement of coaching session ${id} yet: its events gather for lockSeconds first, until ${printInstant(until)}`,
  }),
});

export const readCoachingSession = <E extends PointsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/coaching-sessions/{id}',
    tag: 'Points',
    summary: 'Explain a coaching session',
    description:
      'Every settlement with the rule versions, each condition with expected and actual, the multiplier and what was posted. M1 to M6, DEC-7. ' +
      '404 until the first settlement; while events gather for `lockSeconds` its detail says so.',
    permission: 'read',
    params,
    query,
    answers: { 200: { description: 'The coaching session as it stands.', schema: shown } },
    async handle(call) {
      const { id } = call.params;
      const { namespace } = call.query;
      const session = sessionKeyOf(namespace, id);
      const decisions = await readDecisions(call.env.DB, session);
      const last = decisions.at(-1);
      if (last === undefined) return fail(unsettled(id, await gathersUntil(call.env, session)));
      const events = await readEvents(
        call.env.DB,
        decisions.flatMap((one) => one.events),
      );
      const ids = await readAgentIds(call.env.DB, agentKeysOf(decisions));
      const body = {
        coachingSessionId: id,
        namespace,
        outcome: last.outcome,
        points: netPoints(decisions, ids),
        events: events.map((event) => ({
          id: event.id,
          eventId: event.kept?.event.eventId ?? null,
          source: event.source,
          type: event.type,
          occurredAt: printInstant(event.occurredAt),
          receivedAt: printInstant(event.receivedAt),
          signature: event.signature,
        })),
        decisions: decisions.map((decision) => showDecision(decision, ids)),
      };
      return ok({ status: 200, body });
    },
  });
