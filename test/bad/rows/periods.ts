/** Periods, days and instants: malformed, of another kind, impossible, to come, in the wrong order. */
import { ADJUSTMENT, BOARD, PLAN, RULE } from '../furniture';
import { type BadRow, type Fault, faulty, INVALID, row } from './row';

/** What no goal of a cadence has: malformed, of another cadence, or not in the calendar. */
const NO_PERIODS = {
  known: [
    '2024-13',
    '2024-00',
    '2024-9',
    '2024',
    '24-09',
    '2024/09',
    '2024-09-01',
    '2024-W37',
    '2024-Q3',
    'September',
    '2024-09%20',
    '%EF%BC%92024-09',
    '0000-01',
    '-2024-09',
    '',
  ],
  weekly: ['2024-W54', '2024-W00', '2024-W53', '2024-W5', '2024-w37', '2024W37', '2024-09'],
  quarterly: ['2024-Q5', '2024-Q0', '2024-q3', '2024-3', '2024-Q03', '2024-09'],
} as const;

const inQuery = { pointer: 'query:/period' };

const ofGoals: readonly BadRow[] = [
  ...Object.entries(NO_PERIODS).flatMap(([goal, labels]) =>
    labels.map((label) =>
      row(
        `the period "${label}" of the ${goal} goal`,
        'GET',
        status(goal, label),
        INVALID,
        inQuery,
      ),
    ),
  ),
  ...['contributions', 'evidence'].flatMap((side) =>
    ['2024-13', '2024-W37', '2024-02-30', 'x'.repeat(21)].map((label) =>
      row(
        `the ${side} of the period "${label}"`,
        'GET',
        `/v1/goals/known/${side}?period=${label}`,
        INVALID,
        inQuery,
      ),
    ),
  ),
  row('the evidence of no period', 'GET', '/v1/goals/known/evidence', INVALID, inQuery),
  ...['2024-13', '2024-W37', '2024-Q3', ''].map((label) =>
    row(`the close of the period "${label}"`, 'POST', close(label), INVALID, inQuery),
  ),
];

function close(label: string): string {
  return `/v1/goals/known/close?period=${label}`;
}

function status(goal: string, label: string): string {
  return `/v1/goals/${goal}/status?period=${label}`;
}

const NO_MONTHS = [
  '2024-13',
  '2024-00',
  '2024-Q3',
  '2024-W37',
  '2024-09-01',
  '2024',
  '2099-01',
  '',
];

const ofPay: readonly BadRow[] = [
  ...faulty(
    'a pay run',
    'POST',
    '/v1/pay-runs',
    NO_MONTHS.map((period): Fault => [`"${period}"`, { planId: 'known', period }, '#/period']),
  ),
  ...faulty(
    'a preview',
    'POST',
    '/v1/plans/known/versions/1/preview',
    NO_MONTHS.map((period): Fault => [`"${period}"`, { period }, '#/period']),
  ),
  ...faulty(
    'a count of interactions',
    'POST',
    '/v1/interaction-counts',
    [
      '2024-02-30',
      '2023-02-29',
      '2024-13',
      '2024-Q5',
      '2024-W37',
      '2024',
      '2024-09-01T00:00:00Z',
    ].map(
      (period): Fault => [
        `"${period}"`,
        { items: [{ agentId: 'known', period, count: 1 }] },
        '#/items/0/period',
      ],
    ),
  ),
  ...['2024-02-30', '2023-02-29', '2024-09', 'today', '2024-9-1'].map((date) =>
    row(`rates of the day ${date}`, 'PUT', `/v1/fx-rates/${date}`, INVALID, {
      body: { base: 'USD', rates: { EUR: '1' } },
      pointer: 'path:/date',
    }),
  ),
  ...(['quality-results', 'wfm-actuals', 'interaction-counts'] as const).flatMap((facts) =>
    (
      [
        ['a day that is none', 'from=2024-02-30&until=2024-03-01', 'from'],
        ['a month', 'from=2024-09&until=2024-09-30', 'from'],
        ['an end before it begins', 'from=2024-09-02&until=2024-09-01', 'until'],
        ['101 days', 'from=2024-01-01&until=2024-04-10', 'until'],
        ['no end', 'from=2024-09-01', 'until'],
      ] as const
    ).map(([what, query, name]) =>
      row(`${facts} of ${what}`, 'GET', `/v1/${facts}?agentId=known&${query}`, INVALID, {
        pointer: `query:/${name}`,
      }),
    ),
  ),
];

const SEASON = { categories: ['S1'], startDay: '2025-01-01', endDay: '2025-03-31' };
const POOL = { unit: 'USD', funded: '0' };

const ofThings: readonly BadRow[] = [
  ...faulty('an absence', 'PUT', '/v1/agents/known/absences', [
    [
      'a day that is none',
      { absences: [{ from: '2024-02-30', to: '2024-03-01' }] },
      '#/absences/0/from',
    ],
    [
      'a day with a time',
      { absences: [{ from: '2024-02-03T00:00:00Z', to: '2024-03-01' }] },
      '#/absences/0/from',
    ],
    [
      'an end before it begins',
      { absences: [{ from: '2024-03-02', to: '2024-03-01' }] },
      '#/absences/0/to',
    ],
    ['no end', { absences: [{ from: '2024-03-02' }] }, '#/absences/0/to'],
    [
      'a reason',
      { absences: [{ from: '2024-03-01', to: '2024-03-01', reason: 'ill' }] },
      '#/absences/0/reason',
    ],
    [
      '201 of them',
      { absences: Array(201).fill({ from: '2024-03-01', to: '2024-03-01' }) },
      '#/absences',
    ],
  ]),
  ...faulty('a season', 'PUT', '/v1/seasons/s1', [
    ['a first day that is none', { ...SEASON, startDay: '2025-02-29' }, '#/startDay'],
    ['a month for its last day', { ...SEASON, endDay: '2025-03' }, '#/endDay'],
    ['an end before it begins', { ...SEASON, endDay: '2024-12-31' }, '#/endDay'],
    ['733 days', { ...SEASON, endDay: '2027-01-03' }, '#/endDay'],
    [
      'a window at 24 o’clock',
      { ...SEASON, maintenanceWindow: { start: '24:00' } },
      '#/maintenanceWindow/start',
    ],
    [
      'a window of no time',
      { ...SEASON, maintenanceWindow: { minutes: 0 } },
      '#/maintenanceWindow/minutes',
    ],
    ['an offset for a zone', { ...SEASON, timeZone: 'UTC+1' }, '#/timeZone'],
  ]),
  ...faulty('a pool', 'PUT', '/v1/reward-pools/known', [
    ['a first day alone', { ...POOL, firstDay: '2024-07-01' }, '#/lastDay'],
    [
      'an end before it begins',
      { ...POOL, firstDay: '2024-07-01', lastDay: '2024-06-30' },
      '#/lastDay',
    ],
    ['a quarter for a day', { ...POOL, firstDay: '2024-Q3', lastDay: '2024-09-30' }, '#/firstDay'],
  ]),
  ...faulty('a plan', 'POST', '/v1/plans', [
    [
      'a first day that is none',
      { compensation_plan: { ...PLAN, effective_from: '2024-02-30' } },
      '#/compensation_plan/effective_from',
    ],
    [
      'an end before it begins',
      { compensation_plan: { ...PLAN, effective_from: '2024-02-02', effective_to: '2024-02-01' } },
      '#/compensation_plan/effective_to',
    ],
    [
      'days for a cadence',
      { compensation_plan: { ...PLAN, plan_id: 'daily', cadence: 'DAILY' } },
      '#/compensation_plan/cadence',
    ],
    [
      'another cadence than before',
      { compensation_plan: { ...PLAN, cadence: 'WEEKLY' } },
      '#/compensation_plan/cadence',
    ],
  ]),
  ...faulty('an adjustment', 'POST', '/v1/ledger/adjustments', [
    ['a day that is none', { ...ADJUSTMENT, occurredOn: '2024-02-30' }, '#/occurredOn'],
    ['a day with a time', { ...ADJUSTMENT, occurredOn: '2024-02-03T00:00:00Z' }, '#/occurredOn'],
    ['a day to come', { ...ADJUSTMENT, occurredOn: '2099-01-01' }, '#/occurredOn'],
    ['a day long ago', { ...ADJUSTMENT, occurredOn: '2001-01-01' }, '#/occurredOn'],
  ]),
  ...faulty('a rule', 'PUT', '/v1/rules/{rule}', [
    ['a day for an instant', { ...RULE, effectiveFrom: '2024-09-01' }, '#/effectiveFrom'],
    ['a leap second', { ...RULE, effectiveFrom: '2016-12-31T23:59:60Z' }, '#/effectiveFrom'],
    ['an hour that is none', { ...RULE, effectiveFrom: '2024-09-01T24:00:00Z' }, '#/effectiveFrom'],
    ['a zone by name', { ...RULE, effectiveFrom: '2024-09-01T00:00:00 CET' }, '#/effectiveFrom'],
    ['a time before 1970', { ...RULE, effectiveFrom: '1969-12-31T23:59:59Z' }, '#/effectiveFrom'],
  ]),
  ...faulty('a board', 'PUT', '/v1/leaderboards/{board}', [
    [
      'a beginning that is over',
      { ...BOARD, effectiveFrom: '2020-01-01T00:00:00Z' },
      '#/effectiveFrom',
    ],
    ['months of days', { ...BOARD, rewardPeriod: 'DAILY' }, '#/rewardPeriod'],
  ]),
  ...faulty('a replay of notices', 'POST', '/v1/subscriptions/known/replay', [
    ['a day', { from: '2024-10-01' }, '#/from'],
    ['no zone', { from: '2024-10-01T00:00:00' }, '#/from'],
  ]),
  ...faulty('a pull', 'POST', '/v1/sources/known/pull', [
    ['a day that is none', { firstDay: '2024-02-30', lastDay: '2024-03-01' }, '#/firstDay'],
    ['a first day alone', { firstDay: '2024-03-01' }, '#/lastDay'],
    ['an end before it begins', { firstDay: '2024-03-02', lastDay: '2024-03-01' }, '#/lastDay'],
  ]),
];

const STATEMENT = '/v1/agents/known/statement';
const STANDINGS = '/v1/leaderboards/{board}/standings';

/** Days and instants that are asked for; the last says which parameter is refused. */
const asked: readonly BadRow[] = (
  [
    [STATEMENT, 'from=2024-02-30', 'from'],
    [STATEMENT, 'to=2024-13-01', 'to'],
    [STATEMENT, 'from=yesterday', 'from'],
    [STATEMENT, 'from=2024-09-02&to=2024-09-01', 'to'],
    [STATEMENT, 'as_of=2099-01-01T00:00:00Z', 'as_of'],
    ['/v1/agents/known/points', 'as_of=2024-09-01', 'as_of'],
    ['/v1/agents/known/points', 'effective=2024-09', 'effective'],
    ['/v1/agents/known/points', 'effective=9999-12-31', 'effective'],
    ['/v1/agents/known/mentoring', 'from=2024-02-30', 'from'],
    ['/v1/agents/known/mentoring', 'from=2024-09-02&to=2024-09-01', 'from'],
    [STANDINGS, 'as_of=2099-01-01T00:00:00Z', 'as_of'],
    [STANDINGS, 'effective=2024-02-30', 'effective'],
    [STANDINGS, 'effective=2024-W37', 'effective'],
    ['/v1/ledger/trial-balance', 'as_of=2099-01-01T00:00:00Z', 'as_of'],
    ['/v1/ledger/accounts/program:Mentorship', 'effective=2024-09-01', 'effective'],
    ['/v1/ledger/verify', 'from=0', 'from'],
    ['/v1/ledger/verify', 'from=999999', 'from'],
    ['/v1/ledger/verify', 'anchor=1', 'anchor'],
  ] as const
).map(([path, query, name]) =>
  row(`${query} of ${path}`, 'GET', `${path}?${query}`, INVALID, { pointer: `query:/${name}` }),
);

export const periods: readonly BadRow[] = [...ofGoals, ...ofPay, ...ofThings, ...asked];
