/** What no flow should send: each is refused with the field that is at fault, and never breaks us. */
import { beforeAll, describe, expect, it } from 'vitest';
import { errorsOf, faultsOfProblem, makeKey, send } from '../http/caller';
import { hire } from './desk';

const LONG = 'x'.repeat(201);
const DECISIONS = '/v1/routing/decisions';
const UTILISATION = '/v1/routing/utilization';
const SELECTIONS = '/v1/routing/queues/premium/selections';
const POLICY = '/v1/routing/policy';
const decision = { interactionId: 'i', agentId: 'bad-1', platform: 'cxone' };
const load = { agentId: 'bad-1', concurrent: 1, targetConcurrent: 1 };
const selection = { selectionId: 's', eligibleAgentIds: ['bad-1'] };

type Refused = readonly [string, string, unknown, number, string?];

/** Method, path, body, status, and the pointer of the first error where there is one. */
const REFUSED: readonly Refused[] = [
  ['POST', DECISIONS, null, 422, '#'],
  ['POST', DECISIONS, [], 422, '#'],
  ['POST', DECISIONS, {}, 422, '#/interactionId'],
  ['POST', DECISIONS, { ...decision, interactionId: '' }, 422, '#/interactionId'],
  ['POST', DECISIONS, { ...decision, interactionId: LONG }, 422, '#/interactionId'],
  ['POST', DECISIONS, { ...decision, interactionId: 'a\u0000b' }, 422, '#/interactionId'],
  ['POST', DECISIONS, { ...decision, interactionId: 7 }, 422, '#/interactionId'],
  ['POST', DECISIONS, { ...decision, agentId: ['bad-1'] }, 422, '#/agentId'],
  ['POST', DECISIONS, { ...decision, agentId: 'constructor' }, 422, '#/agentId'],
  ['POST', DECISIONS, { ...decision, agentId: "' OR 1=1 --" }, 422, '#/agentId'],
  ['POST', DECISIONS, { ...decision, platform: 'CXone' }, 422, '#/platform'],
  ['POST', DECISIONS, { ...decision, platform: '../x' }, 422, '#/platform'],
  ['POST', DECISIONS, { ...decision, resetApplied: 3 }, 422, '#/resetApplied'],
  ['POST', DECISIONS, { ...decision, tier: 'PLATINUM' }, 422, '#/tier'],
  ['POST', DECISIONS, { ...decision, now: 0 }, 422, '#/now'],
  ['GET', DECISIONS, undefined, 405],
  ['DELETE', '/v1/routing/agents/nobody/interactions/i', undefined, 404],
  ['DELETE', '/v1/routing/agents/bad-1/interactions/%00', undefined, 422, 'path:/interactionId'],
  ['DELETE', '/v1/routing/agents/bad-1/interactions/%E0%A4%A', undefined, 400],
  [
    'DELETE',
    '/v1/routing/agents/bad-1/interactions/i?platform=X',
    undefined,
    422,
    'query:/platform',
  ],
  ['GET', '/v1/routing/agents/nobody', undefined, 404],
  ['GET', '/v1/routing/agents/bad-1?x=1', undefined, 422, 'query:/x'],
  ['POST', UTILISATION, {}, 422, '#/agentId'],
  ['POST', UTILISATION, { ...load, agentId: 'nobody' }, 422, '#/agentId'],
  ['POST', UTILISATION, { ...load, concurrent: -1 }, 422, '#/concurrent'],
  ['POST', UTILISATION, { ...load, concurrent: 'many' }, 422, '#/concurrent'],
  ['POST', UTILISATION, { ...load, concurrent: '1e3' }, 422, '#/concurrent'],
  ['POST', UTILISATION, { ...load, concurrent: 1_000_001 }, 422, '#/concurrent'],
  ['POST', UTILISATION, { ...load, concurrent: '0.0000001' }, 422, '#/concurrent'],
  ['POST', UTILISATION, { ...load, targetConcurrent: 0 }, 422, '#/targetConcurrent'],
  ['POST', UTILISATION, { ...load, targetConcurrent: -3 }, 422, '#/targetConcurrent'],
  ['POST', UTILISATION, { ...load, ahtSeconds: -1 }, 422, '#/ahtSeconds'],
  ['POST', UTILISATION, { ...load, queueLength: 0.5 }, 422, '#/queueLength'],
  ['POST', UTILISATION, { ...load, occurredAt: 'yesterday' }, 422, '#/occurredAt'],
  ['POST', UTILISATION, { ...load, eventType: 'qa.score.updated' }, 422, '#/eventType'],
  ['POST', UTILISATION, { samples: [] }, 422, '#/samples'],
  ['POST', UTILISATION, { samples: Array(201).fill(load) }, 422, '#/samples'],
  ['POST', UTILISATION, { samples: [load], agentId: 'bad-1' }, 422, '#/samples'],
  [
    'POST',
    UTILISATION,
    { samples: [{ ...load, concurrent: null }] },
    422,
    '#/samples/0/concurrent',
  ],
  ['POST', SELECTIONS, {}, 422, '#/selectionId'],
  ['POST', SELECTIONS, { ...selection, selectionId: '' }, 422, '#/selectionId'],
  ['POST', SELECTIONS, { ...selection, selectionId: LONG }, 422, '#/selectionId'],
  ['POST', SELECTIONS, { ...selection, eligibleAgentIds: [] }, 422, '#/eligibleAgentIds'],
  ['POST', SELECTIONS, { ...selection, eligibleAgentIds: 'bad-1' }, 422, '#/eligibleAgentIds'],
  ['POST', SELECTIONS, { ...selection, eligibleAgentIds: [1] }, 422, '#/eligibleAgentIds/0'],
  ['POST', SELECTIONS, { ...selection, eligibleAgentIds: ['nobody'] }, 422, '#/eligibleAgentIds/0'],
  [
    'POST',
    SELECTIONS,
    { ...selection, eligibleAgentIds: Array(201).fill('bad-1') },
    422,
    '#/eligibleAgentIds',
  ],
  ['POST', '/v1/routing/queues/%2F/selections', selection, 422, 'path:/id'],
  ['POST', `/v1/routing/queues/${LONG}/selections`, selection, 422, 'path:/id'],
  ['PUT', POLICY, { targetConcurrent: 0 }, 422, '#/targetConcurrent'],
  ['PUT', POLICY, { targetConcurrent: 'NaN' }, 422, '#/targetConcurrent'],
  ['PUT', POLICY, { triggers: { aht: 'yes' } }, 422, '#/triggers/aht'],
  ['PUT', POLICY, { triggers: { queueWaitSeconds: 0 } }, 422, '#/triggers/queueWaitSeconds'],
  ['PUT', POLICY, { triggers: { nowPercent: 200 } }, 422, '#/triggers/nowPercent'],
  ['PUT', POLICY, { skills: [{ destination: 'a b', platform: 'cxone' }] }, 422],
  [
    'PUT',
    POLICY,
    { skills: Array(2).fill({ destination: 'g', platform: 'genesys-cloud' }) },
    422,
    '#/skills',
  ],
  ['POST', POLICY, {}, 405],
];

let key = '';

beforeAll(async () => {
  await hire('bad-1');
  key = (await makeKey(['viewer', 'author', 'admin', 'platform'])).key;
});

describe('a request about routing that cannot be done', () => {
  const rows = REFUSED.map(
    ([method, path, body, status, pointer = '']) => [method, path, body, status, pointer] as const,
  );

  it.each(rows)('%s %s %j is %i', async (method, path, body, status, pointer) => {
    const heard = await send(method, path, { key, ...(body !== undefined && { body }) });
    expect(heard.status, heard.text.slice(0, 300)).toBe(status);
    expect(faultsOfProblem(heard)).toEqual([]);
    if (pointer !== '') expect(errorsOf(heard)[0]).toMatchObject({ pointer });
  });

  it('of who may not ask is refused before it is read', async () => {
    const { key: payroll } = await makeKey(['payroll']);
    for (const path of [DECISIONS, UTILISATION, SELECTIONS]) {
      const heard = await send('POST', path, { key: payroll, body: {} });
      expect([heard.status, faultsOfProblem(heard)]).toEqual([403, []]);
    }
  });
});
