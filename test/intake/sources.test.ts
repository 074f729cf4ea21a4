import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  act,
  adminKey,
  completed,
  countRows,
  created,
  deliver,
  hire,
  putSource,
  read,
  SECRET,
  send,
  signed,
  until,
} from './sender';

/** The subscription as the mentorship guide prints it. */
const SUBSCRIPTION = {
  name: 'Mentorship Coaching Event Listener',
  description: 'Captures completed coaching sessions for external gamification processing',
  enabled: true,
  endpointUrl: 'https://your-middleware-domain.com/api/v1/events/gamification/coaching',
  authentication: {
    type: 'OAUTH2',
    clientId: 'YOUR_CLIENT_ID',
    clientSecret: 'YOUR_CLIENT_SECRET',
  },
  events: ['performance.coaching.completed'],
  retryPolicy: { maxRetries: 3, retryIntervalSeconds: 30 },
  signatureValidation: {
    enabled: true,
    headerName: 'X-Webhook-Signature',
    algorithm: 'HMAC-SHA256',
  },
};

const put = async (id: string, body: object, headers: Record<string, string> = {}) =>
  send('PUT', `/v1/sources/${id}`, { key: await adminKey(), body, headers });

beforeAll(() => hire('mentor-1', 'mentee-1'));

describe('a source', () => {
  it('is created, read, listed and replaced, with a tag that guards it', async () => {
    const made = await putSource('crud', { platform: 'cxone', namespace: 'quality' });
    expect(made.status).toBe(201);
    const tag = made.headers.get('etag') ?? '';
    const found = await read('/v1/sources/crud');
    expect(found.body).toMatchObject({ id: 'crud', platform: 'cxone', namespace: 'quality' });
    expect(found.headers.get('etag')).toBe(tag);
    const replaced = await put('crud', { namespace: 'lms' }, { 'If-Match': tag });
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({ platform: 'custom', namespace: 'lms' });
    expect(replaced.body.secrets).toEqual(found.body.secrets);
    expect((await put('crud', {}, { 'If-Match': tag })).status).toBe(412);
    expect((await read('/v1/sources/nobody')).status).toBe(404);
    const listed = await read('/v1/sources?limit=200');
    expect(listed.body.items.map(({ id }) => id)).toContain('crud');
  });

  it('takes the seed’s subscription as printed and signs from the first secret on', async () => {
    const made = await put('subscribed', SUBSCRIPTION);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      endpointUrl: SUBSCRIPTION.endpointUrl,
      retryPolicy: SUBSCRIPTION.retryPolicy,
      signatureValidation: SUBSCRIPTION.signatureValidation,
      events: SUBSCRIPTION.events,
      secrets: [],
    });
    expect(made.text).not.toContain('YOUR_CLIENT_SECRET');
    expect((await deliver('subscribed', completed('s1'))).status).toBe(401);
    expect((await act('/v1/sources/subscribed/rotate', { secret: SECRET })).status).toBe(200);
    expect((await deliver('subscribed', completed('s1'))).body.status).toBe('accepted');
    const other = await deliver('subscribed', created('s2'));
    expect(other.body.status).toBe('quarantined');
    await until(async () => (await countRows('quarantine', "reason = 'NOT_SUBSCRIBED'")) === 1);
  });

  it('is refused unsigned, with a pointer', async () => {
    const unsigned = { ...SUBSCRIPTION, signatureValidation: { enabled: false } };
    const answer = await put('unsigned', unsigned);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0]?.pointer).toBe('#/signatureValidation/enabled');
  });

  it('keeps its namespace once it has had an event', async () => {
    await putSource('placed', { namespace: 'one' });
    expect((await putSource('placed', { namespace: 'two' })).status).toBe(200);
    await deliver('placed', created('p1'));
    await until(async () => (await read('/v1/sources/placed')).body.namespaceFixed === true);
    const moved = await putSource('placed', { namespace: 'three' });
    expect(moved.status).toBe(409);
    expect((await putSource('placed', { namespace: 'two' })).status).toBe(200);
  });

  it('that is switched off is no source to its sender', async () => {
    await putSource('off');
    expect((await deliver('off', created('o1'))).status).toBe(200);
    await putSource('off', { enabled: false });
    expect((await deliver('off', created('o2'))).status).toBe(401);
  });

  it('says what would happen to a sample and keeps nothing of it', async () => {
    await putSource('tried', { events: ['performance.coaching.completed'] });
    const before = await countRows('events');
    const unknown = await act('/v1/sources/tried/test', {});
    expect(unknown.body).toMatchObject({
      signature: { verdict: 'VALID', scheme: 'hmac-hex' },
      would: 'quarantine',
      reason: 'UNKNOWN_AGENT',
    });
    const known = await act('/v1/sources/tried/test', { sample: completed('t1') });
    expect(known.body).toMatchObject({ would: 'accept', reason: null });
    const unsubscribed = await act('/v1/sources/tried/test', { sample: created('t2') });
    expect(unsubscribed.body).toMatchObject({ would: 'quarantine', reason: 'NOT_SUBSCRIBED' });
    expect(await countRows('events')).toBe(before);
  });

  it('needs the right key to be read and written', async () => {
    expect((await send('GET', '/v1/sources')).status).toBe(401);
    expect((await send('PUT', '/v1/sources/x', { body: {} })).status).toBe(401);
  });
});

describe('rotation', () => {
  it('loses no event: old, both, new', async () => {
    const [old, next] = ['the-old-secret-0123456789', 'the-new-secret-0123456789'];
    await putSource('rotating', { secrets: [old] });
    const at = async (id: string, secret: string): Promise<number> =>
      (await deliver('rotating', created(id), signed('hmac-hex', created(id), { secret }))).status;
    expect([await at('r1', old), await at('r2', next)]).toEqual([200, 401]);
    const rotated = await act('/v1/sources/rotating/rotate', { secret: next });
    expect(rotated.body.secrets).toHaveLength(2);
    expect([await at('r3', old), await at('r4', next)]).toEqual([200, 200]);
    const retire = rotated.body.secrets[1]?.fingerprint;
    const retired = await act('/v1/sources/rotating/rotate', { retire });
    expect(retired.body.secrets).toHaveLength(1);
    expect([await at('r5', old), await at('r6', next)]).toEqual([401, 200]);
    const last = retired.body.secrets[0]?.fingerprint;
    expect((await act('/v1/sources/rotating/rotate', { retire: last })).status).toBe(422);
    expect((await act('/v1/sources/rotating/rotate', { retire: 'ffffffff' })).status).toBe(422);
    expect((await act('/v1/sources/rotating/rotate', { secret: next })).status).toBe(422);
    expect((await act('/v1/sources/rotating/rotate', {})).status).toBe(422);
  });

  it('keeps the two newest of three', async () => {
    const secrets = ['a', 'b', 'c'].map((name) => `${name}-secret-of-twenty-bytes`);
    await putSource('thrice', { secrets: [secrets[0]] });
    for (const secret of secrets.slice(1)) await act('/v1/sources/thrice/rotate', { secret });
    const statuses: number[] = [];
    for (const [index, secret] of secrets.entries()) {
      const body = created(`th${index}`);
      statuses.push((await deliver('thrice', body, signed('hmac-hex', body, { secret }))).status);
    }
    expect(statuses).toEqual([401, 200, 200]);
  });

  it('with an Idempotency-Key is done once', async () => {
    await putSource('keyed');
    const sent = {
      key: await adminKey(),
      body: { secret: 'a-rotated-secret-0123456789' },
      headers: { 'Idempotency-Key': 'rotate-1' },
    };
    const first = await send('POST', '/v1/sources/keyed/rotate', sent);
    const again = await send('POST', '/v1/sources/keyed/rotate', sent);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body.version).toBe(first.body.version);
  });
});

describe('a bearer token', () => {
  it('is demanded besides the signature where the source says so', async () => {
    const token = 'a-token-of-the-tests-0123456789';
    await putSource('bearer', { bearer: { token } });
    const body = created('b1');
    const headers = signed('hmac-hex', body);
    const bearer = { Authorization: `Bearer ${token}` };
    expect((await deliver('bearer', body, headers)).status).toBe(401);
    expect((await deliver('bearer', body, bearer)).status).toBe(401);
    const wrong = { ...headers, Authorization: `Bearer ${token}x` };
    expect((await deliver('bearer', body, wrong)).status).toBe(401);
    expect((await deliver('bearer', body, { ...headers, ...bearer })).status).toBe(200);
    await putSource('bearer', {});
    expect((await deliver('bearer', created('b2'))).status).toBe(401);
    await putSource('bearer', { bearer: null });
    expect((await deliver('bearer', created('b2'))).status).toBe(200);
  });

  it('of an issuer is verified by its keys: signature, issuer, audience and expiry', async () => {
    const mine = await generateKeyPair('ES256', { extractable: true });
    const other = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(mine.publicKey)), kid: 'k1', alg: 'ES256' };
    const [issuer, audience] = ['https://issuer.test', 'guerdon'];
    const made = await putSource('issuer', { bearer: { jwks: { keys: [jwk] }, issuer, audience } });
    expect(made.status).toBe(201);
    const token = (more: { iss?: string; aud?: string; exp?: number; key?: CryptoKey } = {}) => {
      const signer = new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'k1' });
      signer.setIssuer(more.iss ?? issuer).setAudience(more.aud ?? audience);
      signer.setExpirationTime(more.exp ?? Math.floor(Date.now() / 1000) + 600);
      return signer.sign(more.key ?? mine.privateKey);
    };
    const body = created('j1');
    const at = async (text: string): Promise<number> => {
      const headers = { ...signed('hmac-hex', body), Authorization: `Bearer ${text}` };
      return (await deliver('issuer', body, headers)).status;
    };
    expect(await at(await token())).toBe(200);
    expect(await at(await token({ iss: 'https://other.test' }))).toBe(401);
    expect(await at(await token({ aud: 'other' }))).toBe(401);
    expect(await at(await token({ exp: Math.floor(Date.now() / 1000) - 120 }))).toBe(401);
    expect(await at(await token({ key: other.privateKey }))).toBe(401);
    const [, payload] = (await token()).split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await at(`${none}.${payload}.`)).toBe(401);
  });

  it('key set holds no private and no symmetric key', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const secret = await exportJWK(pair.privateKey);
    for (const key of [secret, { kty: 'oct', k: 'AAAA' }]) {
      const answer = await putSource('leaky', { bearer: { jwks: { keys: [key] } } });
      expect(answer.status).toBe(422);
    }
  });
});
