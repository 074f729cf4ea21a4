/** Teams and goals that would pay for luck, count nothing or name nobody, field by field. */
import { type BadRow, faulty } from './row';

const METRIC = { metricId: 'acd.handle.time', aggregation: 'SUM' };
const TEAM = { name: 'A team', teamScope: 'EXPLICIT', memberIds: ['known'] };
const metric = (more: object) => ({ ...TEAM, metricDefinitions: [{ ...METRIC, ...more }] });
const CLAUSE = { field: 'callType', operator: 'EQ', values: ['INBOUND'] };
const clause = (more: object) =>
  metric({ filter: { type: 'AND', clauses: [{ ...CLAUSE, ...more }] } });
const member = (more: object) => ({
  ...TEAM,
  memberIds: undefined,
  members: [{ agentId: 'known', ...more }],
});

const teams: readonly BadRow[] = faulty('a team', 'PUT', '/v1/teams/t1', [
  ['a scope that draws agents in', { ...TEAM, teamScope: 'QUEUE' }, '#/teamScope'],
  ['a member twice', { ...TEAM, memberIds: ['known', 'known'] }, '#/memberIds'],
  ['a member of blanks', { ...TEAM, memberIds: [' '] }, '#/memberIds/0'],
  [
    'a membership that ends first',
    member({ from: '2024-09-02T00:00:00Z', until: '2024-09-01T00:00:00Z' }),
    '#/members/0/until',
  ],
  ['a membership from a day', member({ from: '2024-09-02' }), '#/members/0/from'],
  [
    'an average of averages',
    metric({ aggregation: 'AVERAGE' }),
    '#/metricDefinitions/0/aggregation',
  ],
  [
    'a ratio of one metric',
    metric({ aggregation: 'RATIO', dividend: 'a' }),
    '#/metricDefinitions/0/divisor',
  ],
  [
    'a metric by itself',
    metric({ aggregation: 'RATIO', dividend: 'a', divisor: 'a' }),
    '#/metricDefinitions/0/divisor',
  ],
  ['a divisor of a sum', metric({ divisor: 'a' }), '#/metricDefinitions/0/divisor'],
  ['a metric twice', { ...TEAM, metricDefinitions: [METRIC, METRIC] }, '#/metricDefinitions'],
  [
    'clauses joined by OR',
    metric({ filter: { type: 'OR', clauses: [] } }),
    '#/metricDefinitions/0/filter/type',
  ],
  [
    'a clause of another operator',
    clause({ operator: 'GT' }),
    '#/metricDefinitions/0/filter/clauses/0/operator',
  ],
  [
    'a clause of no values',
    clause({ values: [] }),
    '#/metricDefinitions/0/filter/clauses/0/values',
  ],
  ['a team in a team with a slash', { ...TEAM, teamIds: ['a/b'] }, '#/teamIds/0'],
  ['itself inside', { ...TEAM, teamIds: ['t1'] }, '#/teamIds/0'],
  ['a team inside that is none', { ...TEAM, teamIds: ['nobody'] }, '#/teamIds/0'],
]);

const THRESHOLD = { status: 'ACHIEVED', operator: 'LTE', value: 285 };
const GOAL = {
  name: 'A goal',
  teamId: 'known',
  metricId: 'acd.handle.time.sum',
  evaluationFrequency: 'MONTHLY',
  thresholds: [THRESHOLD],
};
const PAYS = { customFields: { rewardPoolId: 'known' } };

const targets: readonly BadRow[] = faulty('a goal', 'PUT', '/v1/goals/g1', [
  ['a team nobody knows', { ...GOAL, teamId: 'nobody' }, '#/teamId'],
  ['a metric its team lacks', { ...GOAL, metricId: 'acd.handle.time.ratio' }, '#/metricId'],
  [
    'every moment for its periods',
    { ...GOAL, evaluationFrequency: 'REALTIME' },
    '#/evaluationFrequency',
  ],
  ['no thresholds', { ...GOAL, thresholds: [] }, '#/thresholds'],
  ['21 thresholds', { ...GOAL, thresholds: Array(21).fill(THRESHOLD) }, '#/thresholds'],
  [
    'a status nobody knows',
    { ...GOAL, thresholds: [{ ...THRESHOLD, status: 'DONE' }] },
    '#/thresholds/0/status',
  ],
  [
    'an operator in signs',
    { ...GOAL, thresholds: [{ ...THRESHOLD, operator: '<=' }] },
    '#/thresholds/0/operator',
  ],
  ['rewards without a snapshot', { ...GOAL, ...PAYS }, '#/snapshotEvaluation'],
  [
    'rewards while it moves',
    { ...GOAL, ...PAYS, snapshotEvaluation: false },
    '#/snapshotEvaluation',
  ],
  [
    'a split nobody knows',
    { ...GOAL, customFields: { distributionType: 'LOTTERY' } },
    '#/customFields/distributionType',
  ],
  [
    'fields of 4,001 letters',
    { ...GOAL, customFields: { note: 'x'.repeat(4_001) } },
    '#/customFields',
  ],
  ['a tolerance of 101 percent', { ...GOAL, tolerancePercent: 101 }, '#/tolerancePercent'],
  ['a window of 91 days', { ...GOAL, stabilizationHours: 2_161 }, '#/stabilizationHours'],
]);

export const goals: readonly BadRow[] = [...teams, ...targets];
