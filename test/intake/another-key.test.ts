/** What an administrator can still do, and is told, after SECRETS_KEY was exchanged. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../../src/app';
import { routes } from '../../src/compose';
import type { Env } from '../../src/env';
import { type Heard, heardOf, requestOf, type Sent } from '../http/caller';
import { adminKey, created, putSource, SECRET, send, signed } from './sender';

const app = buildApp<Env>(routes);
const foreign = { ...env, SECRETS_KEY: 'of-another-installation-0123456789' } as Env;

/** Asks the Worker of the same books under another SECRETS_KEY. */
async function ask(method: string, path: string, sent: Sent): Promise<Heard> {
  const context = createExecutionContext();
  const heard = await heardOf(await app.fetch(requestOf(method, path, sent), foreign, context));
  await waitOnExecutionContext(context);
  return heard;
}

const OTHER = 'another-secret-of-the-sender';

const told = ({ status, body }: Heard): unknown[] => [status, body.code];

describe('under another SECRETS_KEY', () => {
  it('a source is written with new secrets, and hears its sender again', async () => {
    await putSource('moved');
    const key = await adminKey();
    const body = { secrets: [SECRET] };
    expect((await ask('PUT', '/v1/sources/moved', { key, body })).status).toBe(200);
    const event = created('moved-1');
    const headers = { 'Content-Type': 'application/json', ...signed('hmac-hex', event) };
    const heard = await ask('POST', '/v1/webhooks/moved', { headers, body: JSON.stringify(event) });
    expect([heard.status, heard.body.status]).toEqual([200, 'accepted']);
  });

  it('a source that would keep its secrets is refused in words, and so is a try of it', async () => {
    await putSource('shut');
    const key = await adminKey();
    for (const [method, path] of [
      ['PUT', '/v1/sources/shut'],
      ['POST', '/v1/sources/shut/test'],
    ] as const) {
      const heard = await ask(method, path, { key, body: {} });
      expect(told(heard), path).toEqual([409, 'conflict']);
      expect(heard.body.detail).toContain('SECRETS_KEY');
    }
    expect((await send('PUT', '/v1/sources/shut', { key, body: {} })).status).toBe(200);
  });

  it('a source that would keep its token is asked for the token too', async () => {
    const token = 'a-token-of-the-sender-1';
    await putSource('guarded', { bearer: { token } });
    const key = await adminKey();
    for (const [method, path, body] of [
      ['PUT', '/v1/sources/guarded', { secrets: [OTHER] }],
      ['PUT', '/v1/sources/guarded', { secrets: [OTHER], authentication: { type: 'BEARER' } }],
      ['POST', '/v1/sources/guarded/rotate', { secret: OTHER }],
    ] as const) {
      const heard = await ask(method, path, { key, body });
      expect([...told(heard), heard.body.detail], path).toEqual([
        409,
        'conflict',
        expect.stringMatching(/token.*SECRETS_KEY/),
      ]);
    }
    const mended = { secrets: [SECRET], bearer: { token } };
    expect((await ask('PUT', '/v1/sources/guarded', { key, body: mended })).status).toBe(200);
    const event = created('guarded-1');
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token}`,
      ...signed('hmac-hex', event),
    };
    const body = JSON.stringify(event);
    const heard = await ask('POST', '/v1/webhooks/guarded', { headers, body });
    expect([heard.status, heard.body.status]).toEqual([200, 'accepted']);
    // What opens is kept as before.
    const kept = { secrets: [SECRET] };
    expect((await ask('PUT', '/v1/sources/guarded', { key, body: kept })).status).toBe(200);
  });

  it('an answer that was sealed is not shown again, and says so', async () => {
    const key = await adminKey();
    const body = { name: 'sealed', person: 'ann', roles: ['viewer'] };
    const sent = { key, body, headers: { 'Idempotency-Key': 'sealed-1' } };
    const made = await send('POST', '/v1/keys', sent);
    expect(made.status).toBe(201);
    expect(told(await ask('POST', '/v1/keys', sent))).toEqual([409, 'conflict']);
    expect((await send('POST', '/v1/keys', sent)).body).toEqual(made.body);
  });
});
