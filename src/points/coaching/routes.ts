/**
 * `GET /v1/coaching-sessions/{id}`: why a coaching session is worth what it is worth. Shows its
 * events, every decision with each condition's expected and actual, and what was posted. Refuses
 * nothing but ids nobody sent.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { readEvents } from '../../events/store';
import { type Route, route } from '../../http/route';
import { sessionKeyOf } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { pointsUnit, printAmount } from '../../kernel/units';
import { agentOf } from '../../ledger/account';
import type { PointsEnv } from './client';
import { type Decision, decisionId } from './decision';
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

export const readCoachingSession = <E extends PointsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/coaching-sessions/{id}',
    tag: 'Points',
    summary: 'Explain a coaching session',
    description:
      'Every settlement with the rule versions, each condition with expected and actual, the multiplier and what was posted. M1 to M6, DEC-7.',
    permission: 'read',
    params,
    query,
    answers: { 200: { description: 'The coaching session as it stands.', schema: shown } },
    async handle(call) {
      const { id } = call.params;
      const { namespace } = call.query;
      const decisions = await readDecisions(call.env.DB, sessionKeyOf(namespace, id));
      const last = decisions.at(-1);
      if (last === undefined) return fail({ kind: 'not-found', what: 'coaching session', id });
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

function agentKeysOf(decisions: readonly Decision[]): string[] {
  const keys = decisions.flatMap(({ frozen, postings }) => [
    ...(frozen === null ? [] : [frozen.mentorKey, frozen.menteeKey]),
    ...postings.flatMap((posting) => agentOf(posting.account) ?? []),
  ]);
  return [...new Set(keys)];
}

function netPoints(decisions: readonly Decision[], ids: ReadonlyMap<string, string>) {
  const net = new Map<string, { key: string; category: string; amount: number }>();
  for (const { account, category, amount } of decisions.flatMap((one) => one.postings)) {
    const before = net.get(account)?.amount ?? 0;
    net.set(account, { key: agentOf(account) ?? '', category, amount: before + amount });
  }
  return [...net.values()].map(({ key, category, amount }) => ({
    agentId: ids.get(key) ?? null,
    pointCategory: category,
    amount: printAmount(amount, pointsUnit(category)),
  }));
}

function showDecision(decision: Decision, ids: ReadonlyMap<string, string>) {
  const { session, number, at, outcome, score, frozen, rules, awards, postings } = decision;
  return {
    id: decisionId(session, number),
    at: printInstant(at),
    outcome,
    events: decision.events,
    score,
    mentorId: frozen === null ? null : (ids.get(frozen.mentorKey) ?? null),
    menteeId: frozen === null ? null : (ids.get(frozen.menteeKey) ?? null),
    day: frozen?.day ?? null,
    rules,
    awards: awards.map((award) => ({
      ...award,
      amount: printAmount(award.amount, pointsUnit(award.category)),
      ...(award.capped && {
        capped: {
          ...award.capped,
          amount: printAmount(award.capped.amount, pointsUnit(award.category)),
        },
      }),
    })),
    postings: postings.map((posting) => ({
      transaction: posting.tx,
      entry: posting.entry,
      agentId: ids.get(agentOf(posting.account) ?? '') ?? null,
      unit: posting.unit,
      amount: printAmount(posting.amount, posting.unit),
    })),
  };
}
