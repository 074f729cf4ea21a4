/** The sandbox's routes: what they answer and what they refuse. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Call, Route } from '../../src/http/route';
import { moveClock, readClock } from '../../src/sandbox/clock/routes';
import { answerOutbound } from '../../src/sandbox/upstreams/client';
import { readUpstream, setUpstream } from '../../src/sandbox/upstreams/routes';
import type { ProbeEnv } from './worker/entry';

const bindings = env as unknown as ProbeEnv;

const callOf = (body: unknown, params: Record<string, string> = {}): Call<ProbeEnv> => ({
  env: bindings,
  now: 1_727_740_800_000,
  clockSet: true,
  requestId: 'req',
  actor: { keyId: 'k', person: 'p', permissions: new Set(['sandbox']) },
  method: 'PUT',
  url: new URL('https://guerdon.test/v1/sandbox'),
  headers: new Headers(),
  params,
  bytes: new TextEncoder().encode(JSON.stringify(body)),
  later: () => undefined,
});

const run = (route: Pick<Route<ProbeEnv>, 'run'>, body: unknown, params = {}) =>
  route.run(callOf(body, params));

describe('the clock over HTTP', () => {
  it('moves forward and says where it stands', async () => {
    const moved = await run(moveClock, { now: '2024-10-01T00:00:00Z' });
    expect(moved).toMatchObject({
      ok: true,
      value: { status: 200, body: { now: '2024-10-01T00:00:00.000Z', set: true, steps: 0 } },
    });
    expect(await run(readClock, null)).toMatchObject({
      value: { body: { now: '2024-10-01T00:00:00.000Z', set: true } },
    });
  });

  it('refuses to go backwards with a pointer', async () => {
    expect(await run(moveClock, { now: '2024-09-30T23:59:59Z' })).toMatchObject({
      ok: false,
      failure: { kind: 'invalid', errors: [{ pointer: '#/now', code: 'backwards' }] },
    });
  });

  it('refuses what is no instant', async () => {
    for (const now of ['2024-10-01', 'tomorrow', 7, null, '2024-13-01T00:00:00Z']) {
      expect(await run(moveClock, { now })).toMatchObject({
        ok: false,
        failure: { kind: 'invalid', errors: [{ pointer: '#/now' }] },
      });
    }
  });
});

describe('the fakes', () => {
  const send = (path: string, key: string, host = 'hris.sandbox.test') =>
    answerOutbound(
      bindings,
      new Request(`https://${host}${path}`, {
        method: 'POST',
        body: '{"employee_id":"E1","amount":1}',
        headers: { 'Idempotency-Key': key },
      }),
    );

  it('answer 200 and keep what they were asked; a key commits once', async () => {
    expect((await send('/payroll', 'k1')).status).toBe(200);
    expect((await send('/payroll', 'k1')).status).toBe(200);
    const read = await run(readUpstream, null, { name: 'hris' });
    expect(read).toMatchObject({
      value: {
        body: {
          records: [
            { key: 'k1', method: 'POST', path: '/payroll', status: 200, committed: true },
            { key: 'k1', body: '{"employee_id":"E1","amount":1}', committed: false },
          ],
          faults: [],
        },
      },
    });
  });

  it('play a status fault as often as it says, on requests that match', async () => {
    const faults = [{ kind: 'status', status: 503, retryAfter: 2, times: 2, match: '/payroll' }];
    expect(await run(setUpstream, { faults }, { name: 'hris' })).toMatchObject({
      value: { status: 200, body: { faults } },
    });
    expect((await send('/people', 'k2')).status).toBe(200);
    const refused = await send('/payroll', 'k3');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await send('/payroll', 'k3')).status).toBe(503);
    expect((await send('/payroll', 'k3')).status).toBe(200);
  });

  it.each([204, 205, 304])('answer a %i, which has no body', async (status) => {
    const answer = { match: '/bodiless', status, body: 'none' };
    await run(setUpstream, { answers: [answer] }, { name: 'hris' });
    expect((await send('/bodiless', `k-${status}`)).status).toBe(status);
  });

  it('refuse a kind of fault that they do not play and name those that they do', async () => {
    const answer = await run(setUpstream, { faults: [{ kind: 'flood' }] }, { name: 'cxone' });
    expect(answer).toMatchObject({
      ok: false,
      failure: {
        errors: [
          {
            pointer: '#/faults/0/kind',
            detail: expect.stringContaining('close-after-commit, garbage, wrong-amount'),
          },
        ],
      },
    });
  });

  it('answer what they were told to', async () => {
    const answers = [
      { match: '/wem/goals/g1/status', body: { goalId: 'g1', snapshotLocked: true } },
    ];
    await run(setUpstream, { answers }, { name: 'genesys' });
    const told = await answerOutbound(
      bindings,
      new Request('https://genesys.sandbox.test/api/v2/wem/goals/g1/status?period=2024-09'),
    );
    expect(await told.json()).toEqual({ goalId: 'g1', snapshotLocked: true });
  });

  it('let no other host be reached', async () => {
    expect((await send('/', 'k4', 'example.com')).status).toBe(502);
  });
});
