/** Amounts, rates and shares that are no plain decimals, too fine, too large or of no unit. */
import { BOARD, PLAN, RULE } from '../furniture';
import { type BadRow, faulty, INVALID, row } from './row';

/** Amounts that no pool and no adjustment takes. */
const NO_AMOUNT: readonly unknown[] = [
  '1_000',
  '0x1f',
  '0b101',
  '1.',
  '.5',
  '1e3',
  'NaN',
  'Infinity',
  '1,000.00',
  ' 1',
  '١٢٣',
  '',
  true,
  null,
  [],
  {},
];

const amounts: readonly BadRow[] = NO_AMOUNT.flatMap((amount) => [
  row(`${JSON.stringify(amount)} put into a pool`, 'PUT', '/v1/reward-pools/p1', INVALID, {
    body: { unit: 'USD', funded: amount },
    pointer: '#/funded',
  }),
  row(`${JSON.stringify(amount)} as an adjustment`, 'POST', '/v1/ledger/adjustments', INVALID, {
    body: { agentId: 'known', unit: 'POINTS/Mentorship', amount, reason: 'a reason' },
    pointer: '#/amount',
  }),
]);

const units: readonly BadRow[] = [
  ['a unit nobody knows', { unit: 'XXY', funded: '1' }],
  ['a unit in small letters', { unit: 'usd', funded: '1' }],
  ['tenths of a yen', { unit: 'JPY', funded: '10.5' }],
  ['tenths of a cent', { unit: 'USD', funded: '1.005' }],
  ['four places of a dinar', { unit: 'BHD', funded: '1.2345' }],
  ['less than nothing', { unit: 'USD', funded: '-1' }],
  ['a day that is none', { unit: 'USD', funded: '1', firstDay: '2023-02-29' }],
  ['a day with a time', { unit: 'USD', funded: '1', firstDay: '2023-02-03T00:00:00Z' }],
].map(([what, body]) =>
  row(`a pool with ${what}`, 'PUT', '/v1/reward-pools/p1', INVALID, { body }),
);

/** Written in a way that no decimal of any field is. */
const NO_DECIMAL = ['1e3', '0x10', '1,5', '', '-1', 'NaN'] as const;

const GOAL = {
  name: 'A goal',
  teamId: 'known',
  metricId: 'acd.handle.time.sum',
  evaluationFrequency: 'MONTHLY',
};
const POINTS = RULE.actions[0];
const REWARD = { rankRange: '1', rewardType: 'CASH_BONUS' };
const DECAY = { enabled: true };

const adjusting = (amount: unknown) => ({
  agentId: 'known',
  unit: 'POINTS/Mentorship',
  amount,
  reason: 'a reason',
});

const everywhere: readonly BadRow[] = NO_DECIMAL.flatMap((value) => {
  const said = JSON.stringify(value);
  return [
    ...faulty(`a plan's bonus`, 'POST', '/v1/plans', [
      [
        said,
        { compensation_plan: { ...PLAN, base_bonus: value } },
        '#/compensation_plan/base_bonus',
      ],
    ]),
    ...faulty(`a rule's points`, 'POST', '/v1/rules', [
      [said, { ...RULE, actions: [{ ...POINTS, points: value }] }, '#/actions/0/points'],
    ]),
    ...faulty(`a board's reward`, 'POST', '/v1/leaderboards', [
      [said, { ...BOARD, rewardTiers: [{ ...REWARD, value }] }, '#/rewardTiers/0/value'],
    ]),
    ...faulty(`a board's decay`, 'POST', '/v1/leaderboards', [
      [
        said,
        { ...BOARD, decayConfiguration: { ...DECAY, decayRatePercentPerDay: value } },
        '#/decayConfiguration/decayRatePercentPerDay',
      ],
    ]),
    ...faulty(`a season's decay`, 'PUT', '/v1/seasons/s1', [
      [
        said,
        {
          categories: ['S1'],
          startDay: '2025-01-01',
          endDay: '2025-03-31',
          decay: { factor: value },
        },
        '#/decay/factor',
      ],
    ]),
    ...faulty('a rate of exchange', 'PUT', '/v1/fx-rates/2024-09-29', [
      [said, { base: 'USD', rates: { EUR: value } }, '#/rates/EUR'],
    ]),
    ...faulty(`a goal's tolerance`, 'PUT', '/v1/goals/known', [
      [
        said,
        {
          ...GOAL,
          thresholds: [{ status: 'ACHIEVED', operator: 'LTE', value: 1 }],
          tolerancePercent: value,
        },
        '#/tolerancePercent',
      ],
    ]),
  ];
});

const further: readonly BadRow[] = [
  ...faulty('a goal', 'PUT', '/v1/goals/known', [
    [
      'a threshold of seven places',
      { ...GOAL, thresholds: [{ status: 'ACHIEVED', operator: 'LTE', value: '0.0000001' }] },
      '#/thresholds/0/value',
    ],
  ]),
  ...faulty('a rate of exchange', 'PUT', '/v1/fx-rates/2024-09-29', [
    ['nothing', { base: 'USD', rates: { EUR: '0.0' } }, '#/rates/EUR'],
    ['eleven places', { base: 'USD', rates: { EUR: '0.12345678901' } }, '#/rates/EUR'],
    ['a currency that is none', { base: 'USD', rates: { EURO: '1' } }, '#/rates/EURO'],
    ['a base that is none', { base: 'usd', rates: { EUR: '1' } }, '#/base'],
    ['no rate', { base: 'USD', rates: {} }, '#/rates'],
  ]),
  ...faulty('an adjustment', 'POST', '/v1/ledger/adjustments', [
    ['nothing', adjusting('0'), '#/amount'],
    ['five places', adjusting('0.00001'), '#/amount'],
    ['more than a million', adjusting('1000000.0001'), '#/amount'],
    ['more than a double holds', adjusting('9007199254740993'), '#/amount'],
    ['money for points', { ...adjusting('1'), unit: 'USD' }, '#/unit'],
    ['points of no category', { ...adjusting('1'), unit: 'POINTS/' }, '#/unit'],
    ['points of a category nobody wrote', { ...adjusting('1'), unit: 'POINTS/Nobody' }, '#/unit'],
  ]),
  ...faulty('a load', 'POST', '/v1/routing/utilization', [
    ['a count in words', { agentId: 'known', concurrent: 'many' }, '#/concurrent'],
    ['a count below zero', { agentId: 'known', concurrent: -1 }, '#/concurrent'],
  ]),
];

export const decimals: readonly BadRow[] = [...amounts, ...units, ...everywhere, ...further];
