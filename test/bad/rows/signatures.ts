/** Events that are not authentic, too old or too early; authentic ones that nobody can use. */
import { type BadRow, row, STRANGER } from './row';

const WEBHOOK = '/v1/webhooks/known';
const unsigned: readonly BadRow[] = [
  row('an event without a signature', 'POST', WEBHOOK, STRANGER, { body: '{}' }),
  ...['', 'x', '00', 'f'.repeat(64), 'F'.repeat(64), 'f'.repeat(63), 'sha1=abc', 'none', 'ü'].map(
    (signature) =>
      row(
        `an event with the signature "${signature.slice(0, 8)}" of ${signature.length}`,
        'POST',
        WEBHOOK,
        STRANGER,
        {
          body: '{}',
          headers: { 'x-webhook-signature': encodeURIComponent(signature) },
        },
      ),
  ),
  row('broken JSON without a signature', 'POST', WEBHOOK, STRANGER, { body: '{' }),
];

const TIMED = '/v1/webhooks/timed';
const STANDARD = '/v1/webhooks/standard';
const MAC = '0'.repeat(64);
const LISTED = `v1,${Buffer.alloc(32).toString('base64')}`;
const strangely = (what: string, path: string, headers: Record<string, string>): BadRow =>
  row(`an event with ${what}`, 'POST', path, STRANGER, { as: false, body: '{}', headers });
const signedAt = (what: string, path: string, signed: number): BadRow =>
  row(`an event signed ${what}`, 'POST', path, STRANGER, { as: false, body: '{}', signed });

const times: readonly BadRow[] = [
  signedAt('301 seconds ago', TIMED, -301),
  signedAt('a day ago', TIMED, -86_400),
  signedAt('an hour from now', TIMED, 3_600),
  signedAt('301 seconds ago by the standard', STANDARD, -301),
  signedAt('an hour from now by the standard', STANDARD, 3_600),
  ...(
    [
      ['no time', `v1=${MAC}`],
      ['a time of nothing', `t=0,v1=${MAC}`],
      ['a time before 1970', `t=-1,v1=${MAC}`],
      ['a time in milliseconds', `t=1732752000000,v1=${MAC}`],
      ['a time in words', `t=now,v1=${MAC}`],
      ['two times', `t=1732752000,t=1732752001,v1=${MAC}`],
      ['a signature of version 0 alone', `t=1732752000,v0=${MAC}`],
      ['a signature in capitals', `t=1732752000,v1=${'A'.repeat(64)}`],
      ['a blank in its signature', `t=1732752000, v1=${MAC}`],
      ['seven signatures', `t=1732752000${`,v1=${MAC}`.repeat(7)}`],
      ['a signature of 2,000 characters', `t=1732752000,v1=${'0'.repeat(2_000)}`],
    ] as const
  ).map(([what, signature]) => strangely(what, TIMED, { 'X-Webhook-Signature': signature })),
];

const listed: readonly BadRow[] = (
  [
    ['no id', { 'webhook-timestamp': '1732752000', 'webhook-signature': LISTED }],
    ['no time beside its id', { 'webhook-id': 'm1', 'webhook-signature': LISTED }],
    [
      'an id with a dot',
      { 'webhook-id': 'm.1', 'webhook-timestamp': '1732752000', 'webhook-signature': LISTED },
    ],
    [
      'a time with a fraction',
      { 'webhook-id': 'm1', 'webhook-timestamp': '1732752000.5', 'webhook-signature': LISTED },
    ],
    [
      'a signature of a public key',
      {
        'webhook-id': 'm1',
        'webhook-timestamp': '1732752000',
        'webhook-signature': LISTED.replace('v1', 'v1a'),
      },
    ],
    [
      'a signature without its version',
      {
        'webhook-id': 'm1',
        'webhook-timestamp': '1732752000',
        'webhook-signature': LISTED.slice(3),
      },
    ],
  ] as const
).map(([what, headers]) => strangely(what, STANDARD, headers));

const tokens: readonly BadRow[] = [
  row('an event of nobody', 'POST', '/v1/webhooks/nobody', STRANGER, { body: '{}', signed: 0 }),
  row('an event of a source in capitals', 'POST', '/v1/webhooks/SENDER', STRANGER, {
    body: '{}',
    signed: 0,
  }),
  row('an event of a source with a slash', 'POST', '/v1/webhooks/a%2Fb', STRANGER, {
    body: '{}',
    signed: 0,
  }),
  row('an event that is signed without its token', 'POST', WEBHOOK, STRANGER, {
    as: false,
    body: '{}',
    signed: 0,
  }),
  row('an event that is signed with a key of the API', 'POST', WEBHOOK, STRANGER, {
    body: '{}',
    signed: 0,
  }),
  row('an event with the token alone', 'POST', WEBHOOK, STRANGER, { as: '{bearer}', body: '{}' }),
];

/** Kept with every byte and told so: no sender repeats for ever what will never fit (DEC-23). */
const QUARANTINED = [200, 'quarantined'] as const;
const SCORE = { eventType: 'qa.score.updated', coachingSessionId: 'cs', currentScore: 80 };
const unusable: readonly BadRow[] = (
  [
    ['no JSON', '{'],
    ['no type', {}],
    ['a type of nobody', { eventType: 'cake.eaten' }],
    ['a score of 101', { ...SCORE, currentScore: 101 }],
    ['a score of seven places', { ...SCORE, currentScore: '80.0000001' }],
    ['a score in words', { ...SCORE, currentScore: 'eighty' }],
    ['a score that is not a number', { ...SCORE, currentScore: null }],
    ['a session with a NUL', { ...SCORE, coachingSessionId: 'a\0b' }],
    ['a session of blanks', { ...SCORE, coachingSessionId: '  ' }],
    ['a day that is none', { ...SCORE, occurredAt: '2024-02-30T00:00:00Z' }],
    ['a month that is none', { ...SCORE, occurredAt: '2024-13-01T00:00:00Z' }],
    ['a time without a zone', { ...SCORE, occurredAt: '2024-09-01T00:00:00' }],
    [
      'a week for a status that is none',
      {
        eventType: 'goal.status.changed',
        goalId: 'known',
        previousStatus: 'BEHIND',
        currentStatus: 'ACHIEVED',
        evaluationPeriod: '2024-09-01',
      },
    ],
    [
      'a status that did not change',
      {
        eventType: 'goal.status.changed',
        goalId: 'known',
        previousStatus: 'BEHIND',
        currentStatus: 'BEHIND',
        evaluationPeriod: '2024-09',
      },
    ],
    ['a metric of nobody', { eventType: 'metric.recorded', metricId: 'aht', value: 1 }],
    [
      'a metric in words',
      { eventType: 'metric.recorded', metricId: 'aht', agentId: 'known', value: 'long' },
    ],
    [
      'an agent nobody knows',
      { eventType: 'metric.recorded', metricId: 'aht', agentId: 'nobody', value: 1 },
    ],
  ] as const
).map(([what, body]) =>
  row(`an authentic event with ${what}`, 'POST', '/v1/webhooks/sender', QUARANTINED, {
    as: false,
    body,
    signed: 0,
  }),
);

export const signatures: readonly BadRow[] = [
  ...unsigned,
  ...times,
  ...listed,
  ...tokens,
  ...unusable,
];
