/** Compensation plans by which nobody could be paid, field by field. */
import { PLAN } from '../furniture';
import { type BadRow, CONFLICT, type Fault, FORBIDDEN, faulty, INVALID, MISSING, row } from './row';

const SCORECARD = { type: 'Quality', version_ids: ['v1'], weight: 1 };

/** What is wrong, what the plan says, and where within it. */
const FAULTS: readonly (readonly [what: string, more: object, pointer: string])[] = [
  ['no id', { plan_id: undefined }, 'plan_id'],
  ['an id with a blank', { plan_id: 'a b' }, 'plan_id'],
  ['an id of 65 letters', { plan_id: 'x'.repeat(65) }, 'plan_id'],
  ['a bonus below zero', { base_bonus: -500 }, 'base_bonus'],
  ['a bonus of ten digits', { base_bonus: 1_000_000_000 }, 'base_bonus'],
  ['a bonus of tenths of a cent', { base_bonus: '500.001' }, 'base_bonus'],
  ['a bonus that is true', { base_bonus: true }, 'base_bonus'],
  ['a currency in small letters', { currency: 'usd' }, 'currency'],
  ['another currency than before', { currency: 'EUR' }, 'currency'],
  ['tenths of a yen', { plan_id: 'yen', currency: 'JPY', base_bonus: 0.5 }, 'base_bonus'],
  ['a weight of 101', { quality_weight: 101 }, 'quality_weight'],
  ['a weight below zero', { productivity_weight: -0.4 }, 'productivity_weight'],
  ['a weight of seven places', { quality_weight: '0.1234567' }, 'quality_weight'],
  ['tiers that are an object', { quality_tiers: { 80: 1 } }, 'quality_tiers'],
  ['51 tiers', { quality_tiers: Array(51).fill({ min_score: 1, multiplier: 1 }) }, 'quality_tiers'],
  [
    'a tier from 101 up',
    { quality_tiers: [{ min_score: 101, multiplier: 1 }] },
    'quality_tiers/0/min_score',
  ],
  [
    'a tier without a multiplier',
    { quality_tiers: [{ min_score: 80 }] },
    'quality_tiers/0/multiplier',
  ],
  [
    'two tiers from 80.0 up',
    {
      quality_tiers: [
        { min_score: '80', multiplier: 1 },
        { min_score: '80.0', multiplier: 2 },
      ],
    },
    'quality_tiers/1/min_score',
  ],
  [
    'a tier that says more',
    { quality_tiers: [{ min_score: 80, multiplier: 1, name: 'GOLD' }] },
    'quality_tiers/0/name',
  ],
  ['a multiplier below zero', { multiplier_below_lowest_tier: -1 }, 'multiplier_below_lowest_tier'],
  ['a threshold in percent', { productivity_threshold: '85%' }, 'productivity_threshold'],
  ['half an interaction', { min_interactions: 0.5 }, 'min_interactions'],
  ['fewer interactions than none', { min_interactions: -1 }, 'min_interactions'],
  ['scorecards in words', { min_scorecards: 'three' }, 'min_scorecards'],
  ['another way with nothing', { on_empty: 'ZERO' }, 'on_empty'],
  ['scorecards that are one', { scorecards: SCORECARD }, 'scorecards'],
  [
    'a scorecard of no version',
    { scorecards: [{ ...SCORECARD, version_ids: [] }] },
    'scorecards/0/version_ids',
  ],
  [
    'a scorecard of no weight',
    { scorecards: [{ ...SCORECARD, weight: 0 }] },
    'scorecards/0/weight',
  ],
  [
    'a type of scorecard twice',
    { scorecards: [SCORECARD, { ...SCORECARD, version_ids: ['v2'] }] },
    'scorecards/1/type',
  ],
  [
    'a version under two types',
    { scorecards: [SCORECARD, { ...SCORECARD, type: 'Other' }] },
    'scorecards/0/version_ids',
  ],
  [
    'a neutral fallback without a score',
    { scorecards: [{ ...SCORECARD, fallback_behavior: 'NEUTRAL' }] },
    'scorecards/0/neutral_score',
  ],
  [
    'a ratio above one',
    { scorecards: [{ ...SCORECARD, min_evaluation_ratio: 1.5 }] },
    'scorecards/0/min_evaluation_ratio',
  ],
  [
    'productive time that is off',
    { status_codes: { productive: ['talk', 'offline'] } },
    'status_codes/productive/1',
  ],
  [
    'productive time that is not logged in',
    { status_codes: { productive: ['talk'], logged_in: ['aux'] } },
    'status_codes/productive/0',
  ],
  ['a status code of two lines', { status_codes: { noise: ['a\nb'] } }, 'status_codes/noise/0'],
  ['a set of codes nobody knows', { status_codes: { lunch: ['l'] } }, 'status_codes/lunch'],
  ['members that are a list', { members: ['known'] }, 'members'],
  ['401 members', { members: { agents: Array(401).fill('a') } }, 'members/agents'],
  ['a prefix with a dash', { keyPrefix: 'VAR-PAY' }, 'keyPrefix'],
  ['a prefix with a period', { keyPrefix: 'VAR_PAY_2024_10' }, 'keyPrefix'],
  ['the prefix of another plan', { plan_id: 'second', keyPrefix: 'VAR_PAY' }, 'keyPrefix'],
  ['no prefix beside another plan', { plan_id: 'second' }, 'keyPrefix'],
  ['a destination with a blank', { destination: 'h r' }, 'destination'],
  ['an attribute with a dot', { currency_attribute: 'a.b' }, 'currency_attribute'],
  ['no instalments', { clawback: { instalments: 0 } }, 'clawback/instalments'],
  ['25 instalments', { clawback: { instalments: 25 } }, 'clawback/instalments'],
  ['a share above one', { clawback: { max_share_of_pay: '1.1' } }, 'clawback/max_share_of_pay'],
  ['a cap of tenths of a cent', { clawback: { max_amount: '0.001' } }, 'clawback/max_amount'],
  [
    'five years and a month back',
    { clawback: { lookbackPeriods: 61 } },
    'clawback/lookbackPeriods',
  ],
  ['a field nobody knows', { formula: 'a*b' }, 'formula'],
];

const ROOT = '#/compensation_plan';

const written: readonly BadRow[] = faulty('a plan', 'POST', '/v1/plans', [
  ...FAULTS.map(
    ([what, more, place]): Fault => [
      what,
      { compensation_plan: { ...PLAN, ...more } },
      `${ROOT}/${place}`,
    ],
  ),
  ['nothing in it', {}, ROOT],
  ['a list in it', { compensation_plan: [PLAN] }, ROOT],
  ['its fields at the top', PLAN, '#/plan_id'],
]);

const APPROVE = '/v1/plans/known/versions/1/approve';
const RUN = '/v1/pay-runs';
const NO_HASH = '0'.repeat(64);

const acts: readonly BadRow[] = [
  ...faulty('an approval of a plan', 'POST', APPROVE, [
    ['no hash', {}, '#/hash'],
    ['a hash in capitals', { hash: 'A'.repeat(64) }, '#/hash'],
    ['a hash that is cut short', { hash: '0'.repeat(63) }, '#/hash'],
  ]),
  row('an approval of another content', 'POST', APPROVE, CONFLICT, { body: { hash: NO_HASH } }),
  row('an approval of no version', 'POST', '/v1/plans/known/versions/9/approve', MISSING, {
    body: { hash: NO_HASH },
  }),
  row('the difference of one version', 'GET', '/v1/plans/known/diff?from=1', INVALID, {
    pointer: 'query:/to',
  }),
  row('the difference of no version', 'GET', '/v1/plans/known/diff?from=1&to=2', MISSING),
  ...faulty('a pay run', 'POST', RUN, [
    ['no plan', { period: '2024-09' }, '#/planId'],
    ['a plan nobody knows', { planId: 'nobody', period: '2024-09' }, '#/planId'],
    ['a plan with a slash', { planId: 'a/b', period: '2024-09' }, '#/planId'],
    ['a period that is a number', { planId: 'known', period: 202409 }, '#/period'],
    [
      'a wish in words',
      { planId: 'known', period: '2024-09', recalculate: 'yes' },
      '#/recalculate',
    ],
  ]),
  row('a second pay run of a period', 'POST', RUN, CONFLICT, {
    body: { planId: 'known', period: '2024-09' },
  }),
  row('a pay run that is sent out unapproved', 'POST', `${RUN}/{run}/dispatch`, CONFLICT),
  row('a pay run approved by who began it', 'POST', `${RUN}/{run}/approve`, FORBIDDEN, {
    body: {},
  }),
  row('a pay run approved by another hash', 'POST', `${RUN}/{run}/approve`, CONFLICT, {
    as: '{other}',
    body: { hash: NO_HASH },
  }),
  row('lines in a state nobody knows', 'GET', `${RUN}/{run}/lines?state=LOST`, INVALID, {
    pointer: 'query:/state',
  }),
  row('a digest of nothing', 'GET', `${RUN}/{run}/export-digest?of=all`, INVALID, {
    pointer: 'query:/of',
  }),
  ...faulty('a dispute', 'POST', `${RUN}/{run}/lines/known/dispute`, [
    ['no reason', { expectedAmount: '1.00' }, '#/reason'],
    ['a reason of blanks', { reason: ' ', expectedAmount: '1.00' }, '#/reason'],
    ['tenths of a cent', { reason: 'a reason', expectedAmount: '1.005' }, '#/expectedAmount'],
    ['less than nothing', { reason: 'a reason', expectedAmount: '-1.00' }, '#/expectedAmount'],
    ['more than anybody is paid', { reason: 'r', expectedAmount: '1e15' }, '#/expectedAmount'],
  ]),
];

export const plans: readonly BadRow[] = [...written, ...acts];
