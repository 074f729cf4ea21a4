import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { buildApp } from '../../src/app';
import type { Env } from '../../src/env';
import { type Route, route } from '../../src/http/route';
import { ok } from '../../src/kernel/result';
import {
  ADMIN_TOKEN,
  faultsOfProblem,
  type Heard,
  heardOf,
  ORIGIN,
  requestOf,
  type Sent,
} from './caller';

const CANARY = 'canary-7f1c-secret';

function probe(shape: {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  limitBytes?: number;
  mediaType?: 'text/csv' | '*';
  throws?: unknown;
}): Route<Env> {
  const { method, path, limitBytes, mediaType, throws } = shape;
  return route({
    method,
    path,
    tag: 'Probe',
    summary: 'Say what arrived',
    permission: 'public',
    ...(limitBytes !== undefined && { limitBytes }),
    ...(mediaType !== undefined && { mediaType }),
    params: z.record(z.string(), z.string()),
    query: z.record(z.string(), z.string()),
    ...(mediaType === undefined &&
      method !== 'GET' &&
      method !== 'DELETE' && { body: z.unknown() }),
    answers: { 200: { description: 'What arrived.' } },
    async handle({ params, query, body, bytes }) {
      if (throws !== undefined) throw throws;
      return ok({ status: 200, body: { params, query, body, length: bytes.length } });
    },
  });
}

const app = buildApp<Env>([
  probe({ method: 'GET', path: '/p/{id}' }),
  probe({ method: 'GET', path: '/p/fixed' }),
  probe({ method: 'POST', path: '/p/{id}', limitBytes: 100 }),
  probe({ method: 'POST', path: '/csv', limitBytes: 100, mediaType: 'text/csv' }),
  probe({ method: 'POST', path: '/any', limitBytes: 100, mediaType: '*' }),
  probe({ method: 'GET', path: '/throws/fault', throws: new Error(`a bug with ${CANARY}`) }),
  probe({ method: 'GET', path: '/throws/text', throws: CANARY }),
  probe({
    method: 'GET',
    path: '/throws/d1',
    throws: new Error(`Failed query, params: ${CANARY}`, {
      cause: new Error('D1_ERROR: Network connection lost.'),
    }),
  }),
]);

async function fetchApp(request: Request): Promise<Heard> {
  const context = createExecutionContext();
  const heard = await heardOf(await app.fetch(request, env, context));
  await waitOnExecutionContext(context);
  return heard;
}

const ask = (method: string, path: string, sent: Sent = {}): Promise<Heard> =>
  fetchApp(requestOf(method, path, sent));

afterEach(() => vi.restoreAllMocks());

describe('addresses', () => {
  it('are found by method and path, fixed segments before parameters', async () => {
    expect((await ask('GET', '/p/fixed')).body.params).toEqual({});
    expect((await ask('GET', '/p/other')).body.params).toEqual({ id: 'other' });
  });

  it('hand on parameters decoded once, an encoded slash included', async () => {
    expect((await ask('GET', '/p/a%2Fb%20c')).body.params).toEqual({ id: 'a/b c' });
    expect((await ask('GET', '/p/%2541')).body.params).toEqual({ id: '%41' });
    expect((await ask('GET', '/p/%F0%9F%99%82')).body.params).toEqual({ id: '🙂' });
  });

  for (const id of ['%', '%zz', '%ff', '%c0%80', 'a%2', '%ed%a0%80']) {
    it(`with malformed percent-encoding ${id} are 400`, async () => {
      const heard = await ask('GET', `/p/${id}`);
      expect(heard.status).toBe(400);
      expect(faultsOfProblem(heard)).toEqual([]);
    });
  }

  it('that nobody knows are 404', async () => {
    for (const path of ['/', '/p', '/p/', '/p/a/b', '/v2', '/P/a', '//p/a', '/p/a/', '/docs/']) {
      const heard = await ask('GET', path);
      expect(heard.status, path).toBe(404);
      expect(faultsOfProblem(heard)).toEqual([]);
    }
    const { detail } = (await ask('GET', '/')).body;
    expect(detail).toBe('there is no address /; /docs shows those there are');
  });

  it('that do not answer a method say which they answer', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
      const heard = await ask(method, '/p/a');
      expect(heard.status, method).toBe(405);
      expect(heard.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
      expect(faultsOfProblem(heard)).toEqual([]);
    }
  });

  it('answer OPTIONS with what there is and HEAD without a body', async () => {
    const options = await ask('OPTIONS', '/p/a');
    expect([options.status, options.headers.get('allow')]).toEqual([
      204,
      'GET, HEAD, POST, OPTIONS',
    ]);
    expect(options.headers.get('access-control-allow-origin')).toBeNull();
    const head = await ask('HEAD', '/p/a');
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await ask('HEAD', '/nowhere')).status).toBe(404);
    expect((await ask('OPTIONS', '/nowhere')).status).toBe(404);
  });

  it('with a parameter given twice are 400', async () => {
    expect((await ask('GET', '/p/a?x=1&x=2')).status).toBe(400);
  });

  for (const query of [
    'api_key=x',
    'apikey=x',
    'access_token=x',
    'Authorization=x',
    'token=x',
    `q=${ADMIN_TOKEN}`,
    'x=grd_live_0123456789_x',
    'grd_live_0123456789_x=1',
  ]) {
    it(`that carry a key (${query.slice(0, 20)}) are 400`, async () => {
      const heard = await ask('GET', `/p/a?${query}`);
      expect(heard.status).toBe(400);
      expect(heard.text).not.toContain(ADMIN_TOKEN);
    });
  }
});

describe('bodies', () => {
  const json = (length: number): string => `"${'x'.repeat(length - 2)}"`;
  const headers = { 'Content-Type': 'application/json' };

  it('are taken up to their cap and refused one byte above it', async () => {
    expect((await ask('POST', '/p/a', { body: json(100), headers })).body.length).toBe(100);
    const over = await ask('POST', '/p/a', { body: json(101), headers });
    expect(over.status).toBe(413);
    expect(faultsOfProblem(over)).toEqual([]);
  });

  it('without a length are counted while they are read', async () => {
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const request = new Request(`${ORIGIN}/p/a`, { method: 'POST', body: stream, headers });
    expect((await fetchApp(request)).status).toBe(413);
    expect(sent).toBeLessThan(6 * 1024 * 1024);
  });

  it('that are longer than they say are 413', async () => {
    const body = new Uint8Array(300 * 1024);
    const stream = new Blob([body]).stream();
    const saying = { ...headers, 'content-length': '5' };
    const request = new Request(`${ORIGIN}/p/a`, { method: 'POST', body: stream, headers: saying });
    expect((await fetchApp(request)).status).toBe(413);
  });

  it.each([{}, { 'content-length': '20' }])('that break off are 400, saying %j', async (said) => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(10));
        controller.error(new Error('gone'));
      },
    });
    const request = new Request(`${ORIGIN}/p/a`, {
      method: 'POST',
      body: stream,
      headers: { ...headers, ...said },
    });
    expect((await fetchApp(request)).status).toBe(400);
  });

  for (const [name, given, status] of [
    ['gzip', { 'Content-Encoding': 'gzip' }, 415],
    ['two encodings', { 'Content-Encoding': 'gzip, br' }, 415],
    ['identity', { 'Content-Encoding': 'Identity' }, 200],
    ['text', { 'Content-Type': 'text/plain' }, 415],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['a name that only contains json', { 'Content-Type': 'text/json-ish' }, 415],
    ['nonsense', { 'Content-Type': ';;;' }, 415],
    ['latin-1', { 'Content-Type': 'application/json; charset=latin1' }, 415],
    ['UTF-8', { 'Content-Type': 'application/json; charset="UTF-8"' }, 200],
    ['a kind of JSON', { 'Content-Type': 'application/vnd.x.v2+json' }, 200],
  ] as const) {
    it(`in ${name} are ${status}`, async () => {
      const heard = await ask('POST', '/p/a', { body: '1', headers: { ...headers, ...given } });
      expect(heard.status).toBe(status);
      if (status !== 200) expect(faultsOfProblem(heard)).toEqual([]);
    });
  }

  it('of CSV routes are CSV, and any for those that take any', async () => {
    const csv = { 'Content-Type': 'text/csv; charset=utf-8' };
    expect((await ask('POST', '/csv', { body: 'a', headers: csv })).status).toBe(200);
    expect((await ask('POST', '/csv', { body: 'a', headers })).status).toBe(415);
    expect(
      (await ask('POST', '/any', { body: 'a', headers: { 'Content-Type': 'x/y' } })).status,
    ).toBe(200);
  });

  for (const body of [
    '',
    '{',
    '[1,]',
    'NaN',
    '{"a":1}{"b":2}',
    '\uFEFF{}',
    new Uint8Array([0xff, 0xfe, 0x22]),
    new Uint8Array([0x22, 0xc0, 0x80, 0x22]),
    '['.repeat(90),
  ]) {
    it(`that are no JSON (${JSON.stringify(body).slice(0, 30)}) are 400`, async () => {
      const heard = await ask('POST', '/p/a', { body, headers });
      expect(heard.status).toBe(400);
      expect(faultsOfProblem(heard)).toEqual([]);
    });
  }
});

describe('what is thrown', () => {
  it('becomes a bare 500 with the id of the request, in the log by its message', async () => {
    const lines = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const heard = await ask('GET', '/throws/fault');
    expect(heard.status).toBe(500);
    expect(faultsOfProblem(heard)).toEqual([]);
    expect(heard.text).not.toContain(CANARY);
    expect(heard.body.detail).toBeUndefined();
    expect(lines.mock.calls.flat().join()).toContain(String(heard.body.requestId));
  });

  it('is 500 also when it is no Error', async () => {
    const lines = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const heard = await ask('GET', '/throws/text');
    expect(heard.status).toBe(500);
    expect(heard.text + lines.mock.calls.flat().join()).not.toContain(CANARY);
  });

  it('by D1 becomes a 503 that asks to come again, and no parameter is logged', async () => {
    const lines = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const heard = await ask('GET', '/throws/d1');
    expect(heard.status).toBe(503);
    expect(heard.headers.get('retry-after')).toBe('2');
    expect(heard.body.retryable).toBe(true);
    expect(heard.text + lines.mock.calls.flat().join()).not.toContain(CANARY);
  });
});

describe('every answer', () => {
  it('stays out of caches, frames and scripts', async () => {
    const { headers } = await ask('GET', '/p/a');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/);
  });
});
