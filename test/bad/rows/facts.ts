/**
 * Facts that come in pages: quality results, times, counts. A field that is none refuses the page;
 * an agent nobody knows refuses the item. And what waits for a person: adjustments and reviews.
 */
import { ADJUSTMENT } from '../furniture';
import {
  type BadRow,
  CONFLICT,
  type Fault,
  FORBIDDEN,
  faulty,
  INVALID,
  MISSING,
  REFUSED,
  row,
} from './row';

const RESULT = {
  id: 'r1',
  user_id: 'known',
  result_status: 'COMPLETED',
  score: { total: 90 },
  created_date: '2024-09-02T00:00:00Z',
};
const BUCKET = {
  bucket_start: '2024-09-02T00:00:00Z',
  bucket_end: '2024-09-02T01:00:00Z',
  status_codes: [{ status_code_id: 'talk', duration: 60 }],
};
const COUNT = { agentId: 'known', period: '2024-09', count: 1 };

const first = (faults: readonly Fault[]): Fault[] =>
  faults.map(([what, item, place]) => [what, { items: [item] }, `#/items/0/${place}`]);

const times = (bucket: object) => ({ user_id: 'known', actuals: [{ ...BUCKET, ...bucket }] });
const code = (said: object) => times({ status_codes: [{ ...BUCKET.status_codes[0], ...said }] });

const pages: readonly BadRow[] = [
  ...faulty('quality results', 'POST', '/v1/quality-results', [
    ...first([
      ['no id', { ...RESULT, id: undefined }, 'id'],
      ['an id with a blank at its end', { ...RESULT, id: 'r1 ' }, 'id'],
      ['a status with a dash', { ...RESULT, result_status: 'half-done' }, 'result_status'],
      ['a total of 101', { ...RESULT, score: { total: 101 } }, 'score/total'],
      ['a total below zero', { ...RESULT, score: { total: -1 } }, 'score/total'],
      ['no total', { ...RESULT, score: {} }, 'score/total'],
      ['a total of seven places', { ...RESULT, score: { total: '90.0000001' } }, 'score/total'],
      [
        'a weight below zero',
        { ...RESULT, score: { weighted: false, questions: [{ score: 1, weight: -1 }] } },
        'score/questions/0/weight',
      ],
      ['a date that is a number', { ...RESULT, created_date: 20_240_902 }, 'created_date'],
    ]),
    ['no items', { items: [] }, '#/items'],
    ['201 items', { items: Array(201).fill(RESULT) }, '#/items'],
    ['a platform in capitals', { items: [RESULT], platform: 'CXONE' }, '#/platform'],
    ['a page before the first', { items: [RESULT], page_number: -1 }, '#/page_number'],
  ]),
  ...faulty('actuals', 'POST', '/v1/wfm-actuals', [
    ...first([
      ['no agent', { ...times({}), user_id: undefined }, 'user_id'],
      ['no buckets', { user_id: 'known', actuals: [] }, 'actuals'],
      [
        'a beginning without a zone',
        times({ bucket_start: '2024-09-02T00:00:00' }),
        'actuals/0/bucket_start',
      ],
      [
        'a bucket that ends first',
        times({ bucket_end: '2024-09-01T00:00:00Z' }),
        'actuals/0/bucket_end',
      ],
      [
        'a bucket of 33 days',
        times({ bucket_end: '2024-10-05T00:00:00Z' }),
        'actuals/0/bucket_end',
      ],
      ['more time than its bucket', code({ duration: 3601 }), 'actuals/0/status_codes'],
      ['time below zero', code({ duration: -1 }), 'actuals/0/status_codes/0/duration'],
      ['time of four places', code({ duration: '0.0001' }), 'actuals/0/status_codes/0/duration'],
      ['handle time', code({ status_code_id: 'AHT' }), 'actuals/0/status_codes/0/status_code_id'],
      [
        'a code of an umlaut',
        code({ status_code_id: 'ü' }),
        'actuals/0/status_codes/0/status_code_id',
      ],
      ['buckets that overlap', { user_id: 'known', actuals: [BUCKET, BUCKET] }, 'actuals/1'],
    ]),
  ]),
  ...faulty('counts of interactions', 'POST', '/v1/interaction-counts', [
    ...first([
      ['half an interaction', { ...COUNT, count: 0.5 }, 'count'],
      ['fewer than none', { ...COUNT, count: -1 }, 'count'],
      ['a count in words', { ...COUNT, count: '12' }, 'count'],
      ['more than a billion', { ...COUNT, count: 1_000_000_001 }, 'count'],
      ['a revision below zero', { ...COUNT, revision: -1 }, 'revision'],
      ['a field nobody knows', { ...COUNT, source: 'x' }, 'source'],
    ]),
    ['501 items', { items: Array(501).fill(COUNT) }, '#/items'],
  ]),
];

const items: readonly BadRow[] = (
  [
    ['a result of an agent nobody knows', 'quality-results', { ...RESULT, user_id: 'nobody' }],
    ['a result of no day', 'quality-results', { ...RESULT, created_date: undefined }],
    [
      'a result of a day that is none',
      'quality-results',
      { ...RESULT, created_date: '2024-02-30' },
    ],
    ['actuals of an agent nobody knows', 'wfm-actuals', { ...times({}), user_id: 'nobody' }],
    ['a count of an agent nobody knows', 'interaction-counts', { ...COUNT, agentId: 'nobody' }],
  ] as const
).map(([what, facts, item]) =>
  row(what, 'POST', `/v1/${facts}`, REFUSED, { body: { items: [item] } }),
);

const DECISION = { decision: 'APPROVE', reason: 'a reason' };
const DECIDE = '/v1/reviews/{othersReview}/decision';

const reviews: readonly BadRow[] = [
  ...faulty('an adjustment', 'POST', '/v1/ledger/adjustments', [
    ['no reason', { ...ADJUSTMENT, reason: undefined }, '#/reason'],
    ['a reason of blanks', { ...ADJUSTMENT, reason: '  ' }, '#/reason'],
    ['a reason of 1,001 letters', { ...ADJUSTMENT, reason: 'r'.repeat(1_001) }, '#/reason'],
    ['a reason of two lines', { ...ADJUSTMENT, reason: 'a\nb' }, '#/reason'],
    ['an agent nobody knows', { ...ADJUSTMENT, agentId: 'nobody' }, '#/agentId'],
    ['who approved it', { ...ADJUSTMENT, approvedBy: 'me' }, '#/approvedBy'],
  ]),
  row('an adjustment that is half a dry run', 'POST', '/v1/ledger/adjustments?dry_run=1', INVALID, {
    body: ADJUSTMENT,
    pointer: 'query:/dry_run',
  }),
  ...faulty('a decision', 'POST', DECIDE, [
    ['nothing decided', { reason: 'a reason' }, '#/decision'],
    ['a state for a decision', { ...DECISION, decision: 'APPROVED' }, '#/decision'],
    ['no reason', { decision: 'APPROVE' }, '#/reason'],
    ['half a hash', { ...DECISION, ifHash: '00' }, '#/ifHash'],
    ['an amount of its own', { ...DECISION, amount: '1' }, '#/amount'],
  ]),
  row('a decision on other content', 'POST', DECIDE, CONFLICT, {
    body: { ...DECISION, ifHash: '0'.repeat(64) },
  }),
  row('a decision of who asked', 'POST', '/v1/reviews/{review}/decision', FORBIDDEN, {
    body: DECISION,
  }),
  row('a decision of who may only read', 'POST', DECIDE, FORBIDDEN, {
    as: '{viewer}',
    body: DECISION,
  }),
  row('a decision on nothing', 'POST', `/v1/reviews/${'0'.repeat(32)}/decision`, MISSING, {
    body: DECISION,
  }),
  row('reviews in a state nobody knows', 'GET', '/v1/reviews?state=LOST', INVALID, {
    pointer: 'query:/state',
  }),
  row('reviews of a kind in small letters', 'GET', '/v1/reviews?kind=adjustment', INVALID, {
    pointer: 'query:/kind',
  }),
  ...faulty('a forgetting', 'POST', '/v1/agents/known/pseudonymise', [
    ['no reason', {}, '#/reason'],
    ['a NUL for a reason', { reason: '\0' }, '#/reason'],
  ]),
  row('a forgetting of nobody', 'POST', '/v1/agents/nobody/pseudonymise', MISSING, {
    body: { reason: 'they asked for it' },
  }),
];

export const facts: readonly BadRow[] = [...pages, ...items, ...reviews];
