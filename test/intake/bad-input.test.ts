/** Anything that may be sent: no answer of 500 or above, every refusal valid, nothing lost, no entry. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultsOfProblem } from '../http/caller';
import {
  adminKey,
  completed,
  countRows,
  deliver,
  type Heard,
  hire,
  putSource,
  read,
  send,
  signed,
  until,
} from './sender';

beforeAll(async () => {
  await hire('mentor-1', 'mentee-1');
  await putSource('bad', { platform: 'genesys-cloud' });
});

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const bytes = (...codes: number[]): Uint8Array => Uint8Array.from(codes);
const text = (body: string): Uint8Array => new TextEncoder().encode(body);

/** Authentic bodies nobody can use: each is kept whole under its reason. */
const UNUSABLE: readonly (readonly [string, unknown, string])[] = [
  ['nothing at all', bytes(), 'MALFORMED'],
  ['a blank', ' ', 'MALFORMED'],
  ['text', 'hello', 'MALFORMED'],
  ['half an object', '{"eventType":', 'MALFORMED'],
  ['two objects', '{}{}', 'MALFORMED'],
  ['a trailing comma', '{"a":1,}', 'MALFORMED'],
  ['a comment', '{/* */}', 'MALFORMED'],
  ['single quotes', "{'a':1}", 'MALFORMED'],
  ['a NaN', '{"a":NaN}', 'MALFORMED'],
  ['a field twice', '{"eventType":"qa.score.updated","eventType":"x"}', 'MALFORMED'],
  ['a byte order mark', text('\uFEFF{}'), 'MALFORMED'],
  ['invalid UTF-8', bytes(0x7b, 0xff, 0x7d), 'MALFORMED'],
  ['an overlong encoding', bytes(0x22, 0xc0, 0xaf, 0x22), 'MALFORMED'],
  ['a NUL', bytes(0x00), 'MALFORMED'],
  ['UTF-16', bytes(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00), 'MALFORMED'],
  ['gzip bytes', bytes(0x1f, 0x8b, 0x08, 0x00), 'MALFORMED'],
  ['XML', '<event/>', 'MALFORMED'],
  ['a form', 'eventType=qa.score.updated&id=1', 'MALFORMED'],
  ['null', 'null', 'MALFORMED'],
  ['a number', '42', 'MALFORMED'],
  ['a string', '"event"', 'MALFORMED'],
  ['nesting of 100 objects', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, 'MALFORMED'],
  ['an empty object', {}, 'UNKNOWN_TYPE'],
  ['an unknown type', { eventType: 'agent.sneezed' }, 'UNKNOWN_TYPE'],
  ['a type in other letters', { eventType: 'QA.SCORE.UPDATED' }, 'UNKNOWN_TYPE'],
  ['a type that is a number', { eventType: 7 }, 'UNKNOWN_TYPE'],
  ['a type of the prototype', { eventType: 'constructor' }, 'UNKNOWN_TYPE'],
  ['a prototype', '{"__proto__":{"eventType":"qa.score.updated"}}', 'MALFORMED'],
  ['a lone surrogate', '{"eventType":"qa.score.updated","x":"\\ud800"}', 'MALFORMED'],
  ['a lone surrogate in a name', '{"\\udfff":1}', 'MALFORMED'],
  ['an empty id', completed('b1', { eventId: '' }), 'SCHEMA'],
  ['an id of 201 characters', completed('b2', { eventId: 'x'.repeat(201) }), 'SCHEMA'],
  ['an id that is an object', completed('b3', { eventId: {} }), 'SCHEMA'],
  ['a session id with a line feed', completed('b4', { coachingSessionId: 'a\nb' }), 'SCHEMA'],
  ['a time without a zone', completed('b5', { occurredAt: '2024-09-02T14:30:00' }), 'SCHEMA'],
  ['a day that does not exist', completed('b6', { occurredAt: '2024-02-30T00:00:00Z' }), 'SCHEMA'],
  ['a time in seconds', completed('b7', { occurredAt: 1_725_287_400 }), 'SCHEMA'],
  ['a score of 101', completed('b8', { qaCalibrationScore: 101 }), 'SCHEMA'],
  ['a negative score', completed('b9', { qaCalibrationScore: -1 }), 'SCHEMA'],
  ['a score in words', completed('b10', { qaCalibrationScore: 'good' }), 'SCHEMA'],
  [
    'a score beyond all bounds',
    JSON.stringify(completed('b11')).replace(
      '"qaCalibrationScore":85',
      '"qaCalibrationScore":1e400',
    ),
    'SCHEMA',
  ],
  ['half a second', completed('b12', { sessionDurationSeconds: 0.5 }), 'SCHEMA'],
  ['a negative duration', completed('b13', { sessionDurationSeconds: -900 }), 'SCHEMA'],
  ['no mentor', completed('b14', { mentorId: undefined }), 'SCHEMA'],
  ['a mentor that is a list', completed('b15', { mentorId: ['mentor-1'] }), 'SCHEMA'],
  ['a mentee of null', completed('b16', { menteeId: null }), 'SCHEMA'],
  [
    'a mentor nobody knows',
    completed('b17', { mentorId: "'; DROP TABLE events; --" }),
    'UNKNOWN_AGENT',
  ],
  [
    'a person that is too large',
    completed('b18', { mentee: { attributes: 'x'.repeat(3000) } }),
    'TOO_LARGE',
  ],
  [
    'a notification about several attendees',
    {
      topicName: 'v2.users.u1.wem.coaching.notifications',
      eventBody: {
        actionType: 'StatusChange',
        relationship: 'Attendee',
        appointment: { id: 'a', facilitatorId: 'c', attendeeIds: ['x', 'y'] },
        status: 'Completed',
      },
    },
    'MISSING_PARTICIPANTS',
  ],
];

const sizeOf = (heard: Heard): string => `${heard.status} ${heard.text.slice(0, 200)}`;

describe('an authentic body that cannot be used', () => {
  it.each(UNUSABLE)('is kept whole: %s', async (_, body, reason) => {
    const sent =
      body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await deliver('bad', sent);
    expect([answer.status, answer.body.status], sizeOf(answer)).toEqual([200, 'quarantined']);
    const exact = typeof sent === 'string' ? text(sent) : sent;
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', exact)).toString('hex');
    await until(async () => (await countRows('quarantine', `body_hash = '${hash}'`)) === 1);
    const row = await env.DB.prepare('SELECT id FROM quarantine WHERE body_hash = ?')
      .bind(hash)
      .first<{ id: string }>();
    const item = await read(`/v1/quarantine/${row?.id}`);
    expect(item.body.reason).toBe(reason);
    const encoding = item.body.encoding === 'base64' ? 'base64' : 'utf8';
    expect(new Uint8Array(Buffer.from(item.body.body, encoding))).toEqual(exact);
  });

  it('in a list of anything is answered item by item', async () => {
    const list = [...UNUSABLE.map(([, body]) => body)].filter(
      (body) => typeof body === 'object' && !(body instanceof Uint8Array),
    );
    const answer = await deliver('bad', list);
    expect(answer.status).toBe(200);
    expect(answer.body.results.every(({ status }) => status === 'quarantined')).toBe(true);
    const deep = await deliver('bad', nested(20_000));
    expect([deep.status, deep.text.includes('quarantined')]).toEqual([200, true]);
  });

  it('that says a field twice is kept alone, and the rest of its list is taken', async () => {
    const good = JSON.stringify(completed('beside-a-double'));
    const double = '{"eventType":"qa.score.updated","eventId":"d1","eventId":"d2"}';
    const answer = await deliver('bad', `[${good}, ${double}]`);
    expect(answer.body.results.map(({ status }) => status)).toEqual(['accepted', 'quarantined']);
    await until(async () => (await countRows('quarantine', `body = '${double}'`)) === 1);
  });

  it('leaves no entry in the books', async () => {
    const row = await env.DB.prepare('SELECT count(*) AS n FROM entries').first<{ n: number }>();
    expect(row?.n).toBe(0);
  });
});

const REFUSED: readonly (readonly [string, string, unknown, number])[] = [
  ['PUT', '/v1/sources/ok', '{', 415],
  ['PUT', '/v1/sources/ok', [], 422],
  ['PUT', '/v1/sources/ok', null, 422],
  ['PUT', '/v1/sources/ok', { unknown: 1 }, 422],
  ['PUT', '/v1/sources/-bad', {}, 422],
  ['PUT', `/v1/sources/${'x'.repeat(65)}`, {}, 422],
  ['PUT', '/v1/sources/ok', { platform: '' }, 422],
  ['PUT', '/v1/sources/ok', { namespace: 'a/b' }, 422],
  ['PUT', '/v1/sources/ok', { signature: { scheme: 'md5' } }, 422],
  ['PUT', '/v1/sources/ok', { signature: { header: 'Authorization' } }, 422],
  ['PUT', '/v1/sources/ok', { signature: { header: 'a b' } }, 422],
  ['PUT', '/v1/sources/ok', { signature: { scheme: 'standard', header: 'X-Sig' } }, 422],
  ['PUT', '/v1/sources/ok', { signature: { toleranceSeconds: 0 } }, 422],
  ['PUT', '/v1/sources/ok', { signature: { toleranceSeconds: 1e9 } }, 422],
  ['PUT', '/v1/sources/ok', { secrets: 'one' }, 422],
  ['PUT', '/v1/sources/ok', { secrets: [1] }, 422],
  ['PUT', '/v1/sources/ok', { secrets: Array(3).fill('a-secret-of-the-tests-01') }, 422],
  ['PUT', '/v1/sources/ok', { secrets: Array(2).fill('a-secret-of-the-tests-01') }, 422],
  ['PUT', '/v1/sources/ok', { bearer: { token: 'short' } }, 422],
  ['PUT', '/v1/sources/ok', { bearer: { jwks: 'http://plain.test/keys' } }, 422],
  ['PUT', '/v1/sources/ok', { bearer: { jwks: { keys: [] } } }, 422],
  ['PUT', '/v1/sources/ok', { events: ['no.such.type'] }, 422],
  ['PUT', '/v1/sources/ok', { mapping: { rules: 1 } }, 422],
  ['PUT', '/v1/sources/ok', { mapping: { rules: [{}] } }, 422],
  ['PUT', '/v1/sources/ok', { endpointUrl: 'javascript:alert(1)' }, 422],
  ['PUT', '/v1/sources/ok', { retryPolicy: { maxRetries: -1, retryIntervalSeconds: 0 } }, 422],
  ['PUT', '/v1/sources/ok', { signatureValidation: { enabled: true, headerName: 'a b' } }, 422],
  ['PUT', '/v1/sources/ok', { signatureValidation: { enabled: true, algorithm: 'MD5' } }, 422],
  ['POST', '/v1/sources/bad/rotate', { secret: 'short' }, 422],
  ['POST', '/v1/sources/bad/rotate', { retire: 'x' }, 422],
  ['POST', '/v1/sources/nobody/rotate', { secret: 'a-secret-of-the-tests-01' }, 404],
  ['POST', '/v1/sources/nobody/test', {}, 404],
  ['POST', '/v1/sources/bad/test', { sample: 'text' }, 422],
  ['POST', '/v1/quarantine/short/replay', {}, 422],
  ['POST', `/v1/quarantine/${'0'.repeat(32)}/mend`, {}, 422],
  ['POST', `/v1/quarantine/${'0'.repeat(32)}/mend`, { body: 'text' }, 422],
  ['POST', `/v1/quarantine/${'0'.repeat(32)}/dismiss`, { reason: '' }, 422],
  ['POST', '/v1/events/short/replay', {}, 422],
  ['POST', `/v1/events/${'0'.repeat(32)}/replay?dry_run=maybe`, {}, 422],
  ['GET', '/v1/events?limit=0', undefined, 422],
  ['GET', '/v1/events?limit=1000', undefined, 422],
  ['GET', '/v1/events?limit=1&limit=2', undefined, 400],
  ['GET', '/v1/events?cursor=%00', undefined, 422],
  ['GET', '/v1/events?type=x', undefined, 422],
  ['GET', '/v1/events?sourceId=%27', undefined, 422],
  ['GET', '/v1/events?unknown=1', undefined, 422],
  ['GET', '/v1/events/short', undefined, 422],
  ['GET', '/v1/quarantine?state=GONE', undefined, 422],
  ['GET', '/v1/quarantine?reason=%00', undefined, 422],
  ['GET', '/v1/sources/%E0%A4%A', undefined, 400],
  ['DELETE', '/v1/sources/bad', undefined, 405],
  ['GET', '/v1/webhooks/bad', undefined, 405],
];

describe('a request of an operator that cannot be done', () => {
  it.each(REFUSED)('%s %s %j is %i', async (method, path, body, status) => {
    const sent = { key: await adminKey(), ...(body !== undefined && { body }) };
    const answer = await send(method, path, sent);
    expect(answer.status, sizeOf(answer)).toBe(status);
    expect(faultsOfProblem(answer)).toEqual([]);
    if (status === 422) expect(answer.body.errors.length).toBeGreaterThan(0);
  });
});

describe('odd headers', () => {
  it('are answered below 500', async () => {
    const body = completed('h1');
    for (const more of [
      { 'Content-Type': 'application/xml' },
      { 'Content-Type': 'application/json; charset=utf-16' },
      { 'Content-Length': '3' },
      { Expect: '100-continue' },
      { Authorization: 'Bearer' },
      { Authorization: `Bearer ${'x'.repeat(9000)}` },
      { 'Idempotency-Key': '"' },
      { Accept: 'text/html' },
      { 'X-Webhook-Signature': '' },
      { 'X-Webhook-Signature': 'x'.repeat(20_000) },
    ] as Record<string, string>[]) {
      const answer = await deliver('bad', body, { ...signed('hmac-hex', body), ...more });
      expect(answer.status, JSON.stringify(more).slice(0, 80)).toBeLessThan(500);
    }
  });
});
