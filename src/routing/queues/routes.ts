/**
 * `POST /v1/routing/queues/{id}/selections`: whom a queue picks of those who are eligible. Answers
 * 422 where nobody the directory knows is among them; ids nobody knows are left out and named, so
 * that one new hire does not stop a queue.
 */
import * as z from 'zod';
import { agentIdText } from '../../agents/agent';
import { cachedAgentKeys, readAgentIds } from '../../agents/store';
import { plainText } from '../../http/fields';
import { type Answer, type Route, route } from '../../http/route';
import { causeId } from '../../kernel/ids';
import { fail, ok, type Result } from '../../kernel/result';
import { settingOf } from '../policy/store';
import { platformText } from '../seats/shape';
import { callQueue, candidatesOf, type QueueRoutesEnv } from './client';
import { MAX_ELIGIBLE, type Picked } from './selection';

const params = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._ -]{0,99}$/, 'an id of a routing queue'),
});

const body = z.strictObject({
  selectionId: plainText(200).meta({
    description: 'Names the selection; a repeat answers the same.',
  }),
  eligibleAgentIds: z.array(agentIdText).min(1).max(MAX_ELIGIBLE),
  platform: platformText,
});

const answer = z.object({
  selectionId: z.string(),
  queueId: z.string(),
  agentId: z.string().nullable().meta({ description: 'Null: the person was forgotten since.' }),
  decidedBy: z.enum(['TIER_WEIGHT', 'EVEN_SHARE']),
  number: z.int().meta({ description: 'Counts the selections of the queue from 1.' }),
  unknownAgentIds: z.array(z.string()),
});

const EXAMPLE = {
  selectionId: 'conversation-8c1f',
  eligibleAgentIds: ['agent-1', 'agent-2', 'agent-3'],
  platform: 'genesys-cloud',
};

export const selectAgent = <E extends QueueRoutesEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/routing/queues/{id}/selections',
    tag: 'Routing',
    summary: 'Pick an agent for a queue',
    description:
      'Of every ten selections seven go by tier weight × free capacity (1 − load, at least a tenth), ' +
      'smoothly in turn, and three to whoever was least recently picked evenly: so of any 1,000 tier ' +
      'weight decides at most 700. UNRANKED agents have no share of the seven; overloaded ones weigh ' +
      'as SILVER at the most. A repeated `selectionId` answers the same agent. S11, DEC-19, DEC-20.',
    permission: 'route',
    params,
    body,
    answers: { 200: { description: 'Whom the queue picks.', schema: answer } },
    examples: {
      request: EXAMPLE,
      response: {
        selectionId: 'conversation-8c1f',
        queueId: 'premium',
        agentId: 'agent-2',
        decidedBy: 'TIER_WEIGHT',
        number: 1,
        unknownAgentIds: [],
      },
    },
    async handle(call) {
      const { env, now, params: asked } = call;
      const { selectionId, eligibleAgentIds: ids, platform } = call.body;
      const name = causeId('selection', selectionId);
      const lookups = ids.map((id) => ({ platform, id }));
      const keys = await cachedAgentKeys(env, lookups, call);
      const idOf = new Map<string, string>();
      for (const [index, key] of keys.entries()) {
        if (key !== null && !idOf.has(key)) idOf.set(key, ids[index] ?? '');
      }
      const show = async (picked: Picked): Promise<Result<Answer>> => {
        const own = idOf.get(picked.agentKey);
        const agentId = own ?? (await readAgentIds(env.DB, [picked.agentKey])).get(picked.agentKey);
        const { by: decidedBy, number } = picked;
        const unknownAgentIds = ids.filter((_, index) => keys[index] === null);
        return ok({
          status: 200,
          body: {
            selectionId,
            queueId: asked.id,
            agentId: agentId ?? null,
            decidedBy,
            number,
            unknownAgentIds,
          },
        });
      };
      if (idOf.size === 0) {
        const known = await callQueue(env, asked.id, (queue) => queue.picked(name));
        return known === null ? nobodyKnown(ids) : show(known);
      }
      const setting = await settingOf(env, call);
      const asks = [...idOf.keys()].map((agentKey) => ({ agentKey, ...setting, now }));
      const candidates = await candidatesOf(env, asks);
      return show(await callQueue(env, asked.id, (queue) => queue.pick(name, candidates)));
    },
  });

const nobodyKnown = (ids: readonly string[]): Result<Answer> =>
  fail({
    kind: 'invalid',
    detail: 'none of the eligible agents is known',
    errors: ids.map((_, index) => ({
      pointer: `#/eligibleAgentIds/${index}`,
      code: 'unknown',
      detail: 'no agent has this id',
    })),
  });
