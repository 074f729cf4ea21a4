/** Rules that say what no rule says: fields, operators, values, actions, order; and their trials. */
import { RULE } from '../furniture';
import { type BadRow, CONFLICT, faulty, INVALID, MISSING, row } from './row';

const CONDITION = { field: 'qaCalibrationScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 };
const ACTION = RULE.actions[0];
const written: readonly BadRow[] = [
  ['no name', { ...RULE, name: undefined }],
  ['no conditions', { ...RULE, conditions: [] }],
  ['51 conditions', { ...RULE, conditions: Array.from({ length: 51 }, () => CONDITION) }],
  ['an operator nobody knows', { ...RULE, conditions: [{ ...CONDITION, operator: 'LIKE' }] }],
  ['an operator in words', { ...RULE, conditions: [{ ...CONDITION, operator: '>=' }] }],
  ['a path with a blank', { ...RULE, conditions: [{ ...CONDITION, field: 'a b' }] }],
  ['a path with a dot too many', { ...RULE, conditions: [{ ...CONDITION, field: 'a..b' }] }],
  ['a path that begins with a dot', { ...RULE, conditions: [{ ...CONDITION, field: '.a' }] }],
  ['an order below zero', { ...RULE, evaluationOrder: -1 }],
  ['an order that is no whole number', { ...RULE, evaluationOrder: 1.5 }],
  ['an order that is a text', { ...RULE, evaluationOrder: '10' }],
  ['no action', { ...RULE, actions: [] }],
  ['an action nobody knows', { ...RULE, actions: [{ ...ACTION, type: 'GIVE_CAKE' }] }],
  ['points that are no number', { ...RULE, actions: [{ ...ACTION, points: 'many' }] }],
  ['negative points', { ...RULE, actions: [{ ...ACTION, points: -5 }] }],
  ['points of five places', { ...RULE, actions: [{ ...ACTION, points: 0.00001 }] }],
  ['a recipient nobody knows', { ...RULE, actions: [{ ...ACTION, recipientType: 'BOSS' }] }],
  ['enabled in words', { ...RULE, enabled: 'yes' }],
  ['a date that is none', { ...RULE, effectiveFrom: '2024-02-30T00:00:00Z' }],
  ['a date without a zone', { ...RULE, effectiveFrom: '2024-02-03T00:00:00' }],
].map(([what, body]) => row(`a rule with ${what}`, 'POST', '/v1/rules', INVALID, { body }));

const where = (condition: object) => ({ ...RULE, conditions: [{ ...CONDITION, ...condition }] });
const does = (action: object) => ({ ...RULE, actions: [{ ...ACTION, ...action }] });
const REVOKE = { ...ACTION, type: 'REVOKE_POINTS' };

const placed: readonly BadRow[] = [
  ...faulty('the next version of a rule', 'PUT', '/v1/rules/{rule}', [
    ['a field that is a number', where({ field: 7 }), '#/conditions/0/field'],
    ['a field of the prototype', where({ field: 'a.__proto__.b!' }), '#/conditions/0/field'],
    ['a field of 121 characters', where({ field: 'f'.repeat(121) }), '#/conditions/0/field'],
    ['an operator in small letters', where({ operator: 'equals' }), '#/conditions/0/operator'],
    ['a list as its operator', where({ operator: ['IN'] }), '#/conditions/0/operator'],
    ['a value of 201 characters', where({ value: 'v'.repeat(201) }), '#/conditions/0/value'],
    ['an object as its value', where({ value: { $gt: 0 } }), '#/conditions/0/value'],
    ['101 values', where({ operator: 'IN', value: Array(101).fill(1) }), '#/conditions/0/value'],
    ['a list in a list', where({ operator: 'IN', value: [[1]] }), '#/conditions/0/value'],
    ['a condition that says more', where({ negate: true }), '#/conditions/0/negate'],
    ['a category with a slash', does({ pointCategory: 'a/b' }), '#/actions/0/pointCategory'],
    ['no category', does({ pointCategory: '' }), '#/actions/0/pointCategory'],
    ['ten digits of points', does({ points: 1_000_000_000 }), '#/actions/0/points'],
    ['eleven actions', { ...RULE, actions: Array(11).fill(ACTION) }, '#/actions'],
    ['another key of doubles', { ...RULE, deduplicationKey: 'mentorId' }, '#/deduplicationKey'],
    ['a name of 201 characters', { ...RULE, name: 'n'.repeat(201) }, '#/name'],
    [
      'an award for what is only planned',
      where({ field: 'eventType', operator: 'EQUALS', value: 'performance.coaching.created' }),
      '#/conditions/0/value',
    ],
    [
      'an award that it takes back itself',
      { ...RULE, actions: [ACTION, REVOKE] },
      '#/evaluationOrder',
    ],
  ]),
  ...faulty('a rule that takes back', 'POST', '/v1/rules', [
    [
      'an order before the award',
      { ...RULE, name: 'It takes back', evaluationOrder: 5, actions: [REVOKE] },
      '#/evaluationOrder',
    ],
  ]),
  row('a rule of a name that is taken', 'POST', '/v1/rules', CONFLICT, { body: RULE }),
  row('the next version of no rule', 'PUT', '/v1/rules/nobody', MISSING, { body: RULE }),
  ...faulty('a trial of a rule', 'POST', '/v1/rules/{rule}/backtest', [
    ['no beginning', {}, '#/from'],
    ['a month for a day', { from: '2024-09' }, '#/from'],
    ['an end before it begins', { from: '2024-09-02', to: '2024-09-01' }, '#/to'],
    ['a page of nothing', { from: '2024-09-01', limit: 0 }, '#/limit'],
    ['a cursor of nobody', { from: '2024-09-01', cursor: '!!!' }, '#/cursor'],
    [
      'a draft without actions',
      { from: '2024-09-01', draft: { ...RULE, actions: [] } },
      '#/draft/actions',
    ],
  ]),
];

export const rules: readonly BadRow[] = [...written, ...placed];
