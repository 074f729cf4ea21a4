/** Boards whose ranks, windows and rewards are none, and what is asked of routing, field by field. */
import { BOARD } from '../furniture';
import { type BadRow, faulty, INVALID, MISSING, row } from './row';

const TIER = { rankRange: '1-3', rewardType: 'CASH_BONUS', value: 150 };
const tier = (more: object) => ({ ...BOARD, rewardTiers: [{ ...TIER, ...more }] });

const written: readonly BadRow[] = [
  ...faulty('a board', 'POST', '/v1/leaderboards', [
    ['no name', { ...BOARD, name: undefined }, '#/name'],
    ['several categories', { ...BOARD, pointCategory: ['A', 'B'] }, '#/pointCategory'],
    ['a category with a blank', { ...BOARD, pointCategory: 'a b' }, '#/pointCategory'],
    [
      'a window of no days',
      { ...BOARD, evaluationWindow: { type: 'ROLLING', durationDays: 0 } },
      '#/evaluationWindow/durationDays',
    ],
    [
      'a window of 367 days',
      { ...BOARD, evaluationWindow: { type: 'ROLLING', durationDays: 367 } },
      '#/evaluationWindow/durationDays',
    ],
    [
      'a window of a kind nobody knows',
      { ...BOARD, evaluationWindow: { type: 'SLIDING' } },
      '#/evaluationWindow/type',
    ],
    ['ranks that fall', tier({ rankRange: '3-1' }), '#/rewardTiers/0/rankRange'],
    ['rank 0', tier({ rankRange: '0' }), '#/rewardTiers/0/rankRange'],
    ['ranks in words', tier({ rankRange: 'first' }), '#/rewardTiers/0/rankRange'],
    ['a long dash in ranks', tier({ rankRange: '1–3' }), '#/rewardTiers/0/rankRange'],
    [
      'ranks that overlap',
      { ...BOARD, rewardTiers: [TIER, { ...TIER, rankRange: '3-5' }] },
      '#/rewardTiers/1/rankRange',
    ],
    ['a reward nobody knows', tier({ rewardType: 'CAKE' }), '#/rewardTiers/0/rewardType'],
    ['a reward of nothing', tier({ value: 0 }), '#/rewardTiers/0/value'],
    ['a reward of tenths of a cent', tier({ value: '1.005' }), '#/rewardTiers/0/value'],
    [
      'decay without its rate',
      { ...BOARD, decayConfiguration: { enabled: true } },
      '#/decayConfiguration/decayRatePercentPerDay',
    ],
    [
      'decay of 101 percent',
      { ...BOARD, decayConfiguration: { decayRatePercentPerDay: 101 } },
      '#/decayConfiguration/decayRatePercentPerDay',
    ],
    [
      'a status nobody knows',
      { ...BOARD, eligibility: { statusFilter: 'ASLEEP' } },
      '#/eligibility/statusFilter',
    ],
    ['a pool nobody knows', { ...BOARD, rewardPoolId: 'nobody' }, '#/rewardPoolId'],
    [
      'hours from a pool of money',
      { ...tier({ rewardType: 'EXTRA_PTO', value: 4 }), rewardPoolId: 'known' },
      '#/rewardTiers/0/rewardType',
    ],
    ['a destination nobody knows', { ...BOARD, destinationId: 'nobody' }, '#/destinationId'],
    ['a destination that pays nothing', { ...BOARD, destinationId: 'oauth' }, '#/destinationId'],
  ]),
  row('the next version of no board', 'PUT', '/v1/leaderboards/nobody', MISSING, { body: BOARD }),
  row('the standings of no board', 'GET', '/v1/leaderboards/nobody/standings', MISSING),
];

const ASKED = { interactionId: 'i1', agentId: 'known' };

const routing: readonly BadRow[] = [
  ...faulty('a decision on routing', 'POST', '/v1/routing/decisions', [
    ['no interaction', { agentId: 'known' }, '#/interactionId'],
    ['an interaction of two lines', { ...ASKED, interactionId: 'a\nb' }, '#/interactionId'],
    ['an agent nobody knows', { ...ASKED, agentId: 'nobody' }, '#/agentId'],
    ['a platform in capitals', { ...ASKED, platform: 'CXONE' }, '#/platform'],
  ]),
  ...faulty('a selection', 'POST', '/v1/routing/queues/q1/selections', [
    ['nobody eligible', { selectionId: 's1', eligibleAgentIds: [] }, '#/eligibleAgentIds'],
    [
      'nobody whom anybody knows',
      { selectionId: 's1', eligibleAgentIds: ['nobody'] },
      '#/eligibleAgentIds/0',
    ],
    ['no name', { eligibleAgentIds: ['known'] }, '#/selectionId'],
  ]),
  ...faulty('a load', 'POST', '/v1/routing/utilization', [
    ['no agent', { concurrent: 1 }, '#/agentId'],
    ['no load', { agentId: 'known' }, '#/concurrent'],
    [
      'an agent nobody knows',
      { agentId: 'nobody', concurrent: 1, targetConcurrent: 3 },
      '#/agentId',
    ],
    [
      'one sample and several',
      { agentId: 'known', concurrent: 1, samples: [{ agentId: 'known', concurrent: 1 }] },
      '#/samples',
    ],
  ]),
  row(
    'an interaction of nobody released',
    'DELETE',
    '/v1/routing/agents/nobody/interactions/i1',
    MISSING,
  ),
  row('an agent nobody knows on CXone', 'GET', '/v1/routing/agents/known?platform=', INVALID, {
    pointer: 'query:/platform',
  }),
];

export const boards: readonly BadRow[] = [...written, ...routing];
