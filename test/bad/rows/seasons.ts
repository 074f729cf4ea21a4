/** Seasons, tiers and resets: what never rises, never ends, overlaps or has begun, field by field. */
import { type BadRow, CONFLICT, faulty, INVALID, MISSING, row } from './row';

const SEASON = { categories: ['S1'], startDay: '2025-01-01', endDay: '2025-03-31' };
const BRONZE = { name: 'BRONZE', threshold: '0', queue: 'Q', weight: '0.8', priority: 80 };
const SILVER = { ...BRONZE, name: 'SILVER', threshold: '100' };
const table = (...tiers: readonly object[]) => ({ tiers });

export const seasons: readonly BadRow[] = [
  ...faulty('a season', 'PUT', '/v1/seasons/s1', [
    ['no categories', { ...SEASON, categories: [] }, '#/categories'],
    ['a category twice', { ...SEASON, categories: ['S1', 'S1'] }, '#/categories'],
    ['a threshold of no tier', { ...SEASON, thresholds: { DIAMOND: 1 } }, '#/thresholds/DIAMOND'],
    [
      'a threshold that is none',
      { ...SEASON, thresholds: { BRONZE: 'low' } },
      '#/thresholds/BRONZE',
    ],
    ['a lowest tier above 0', { ...SEASON, thresholds: { BRONZE: 1 } }, '#/thresholds'],
    ['a floor that is no tier', { ...SEASON, floor: 'DIAMOND' }, '#/floor'],
    ['a decay of nothing', { ...SEASON, decay: { factor: 0 } }, '#/decay/factor'],
    ['a decay that grows', { ...SEASON, decay: { factor: '1.01' } }, '#/decay/factor'],
    ['a grace of 93 days', { ...SEASON, graceDays: 93 }, '#/graceDays'],
    ['a minimum of nothing', { ...SEASON, compliance: [{ metric: 'aht' }] }, '#/compliance/0'],
    ['a policy nobody knows', { ...SEASON, resetPolicy: 'ZERO' }, '#/resetPolicy'],
    [
      'a metric of one agent',
      { ...SEASON, inboundVolume: { metricId: 'aht' } },
      '#/inboundVolume/metricId',
    ],
    ['the agents of another on its days', { ...SEASON, startDay: '2024-09-30' }, '#/target_groups'],
    [
      'the category of another on its days',
      { ...SEASON, categories: ['Before'], startDay: '2024-09-30' },
      '#/categories',
    ],
  ]),
  ...faulty('a season that has begun', 'PUT', '/v1/seasons/known', [
    [
      'another first day',
      { ...SEASON, categories: ['Before'], startDay: '2024-07-02', endDay: '2024-09-30' },
      '#/startDay',
    ],
    [
      'another zone',
      {
        categories: ['Before'],
        startDay: '2024-07-01',
        endDay: '2024-09-30',
        timeZone: 'Europe/Berlin',
      },
      '#/timeZone',
    ],
  ]),
  ...faulty('a table of tiers', 'PUT', '/v1/tiers', [
    ['no tiers', table(), '#/tiers'],
    ['a lowest tier above 0', table({ ...BRONZE, threshold: 1 }), '#/tiers/0/threshold'],
    [
      'tiers that fall',
      table(BRONZE, SILVER, { ...SILVER, name: 'GOLD', threshold: 99 }),
      '#/tiers/2/threshold',
    ],
    ['a tier twice', table(BRONZE, { ...SILVER, name: 'BRONZE' }), '#/tiers/1/name'],
    ['a tier in small letters', table({ ...BRONZE, name: 'bronze' }), '#/tiers/0/name'],
    ['the tier of nobody', table({ ...BRONZE, name: 'UNRANKED' }), '#/tiers/0/name'],
    ['a weight of nothing', table({ ...BRONZE, weight: 0 }), '#/tiers/0/weight'],
    ['a weight of 100', table({ ...BRONZE, weight: 100 }), '#/tiers/0/weight'],
    [
      'a threshold of five places',
      table(BRONZE, { ...SILVER, threshold: '0.00001' }),
      '#/tiers/1/threshold',
    ],
    ['a priority in words', table({ ...BRONZE, priority: 'high' }), '#/tiers/0/priority'],
  ]),
  ...faulty('a reset', 'POST', '/v1/seasons/known/reset', [
    ['a key that is a number', { idempotency_key: 1 }, '#/idempotency_key'],
    ['a group that is empty', { target_groups: [''] }, '#/target_groups/0'],
  ]),
  row('a reset of half a dry run', 'POST', '/v1/seasons/known/reset?dry_run=yes', INVALID, {
    body: {},
    pointer: 'query:/dry_run',
  }),
  row('a reset of a season that runs', 'POST', '/v1/seasons/running/reset', CONFLICT, { body: {} }),
  row('a reset of no season', 'POST', '/v1/seasons/nobody/reset', MISSING, { body: {} }),
  row(
    'an export skipped that nobody waits for',
    'POST',
    '/v1/seasons/known/skip-export',
    CONFLICT,
    {
      body: { reason: 'a reason' },
    },
  ),
  row('a tier in no season of that form', 'GET', '/v1/agents/known/tier?season=a.b', INVALID, {
    pointer: 'query:/season',
  }),
];
