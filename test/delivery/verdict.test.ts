/** What an answer means: every class of answer, and what it never means. */
import { describe, expect, it } from 'vitest';
import { type Rendered, renderRequest } from '../../src/delivery/connectors/connector';
import type { Destination } from '../../src/delivery/destination';
import { type Heard, kept, withoutSecrets } from '../../src/delivery/sending/answer';
import { afterLookUp } from '../../src/delivery/sending/held';
import { heldFrom } from '../../src/delivery/sending/state';
import { judge, judgeLookUp, repeats } from '../../src/delivery/sending/verdict';

const answer = (status: number, body: unknown = {}, headers = {}): Heard => ({
  kind: 'answer',
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  cut: false,
});

const HRIS = { url: 'https://hris.example.com', settings: {} } as unknown as Destination;
const expecting = [{ pointer: '/amount', value: '450.50' }];
const good = { amount: '450.50', employee: 'E1' };

describe('an answer to a delivery', () => {
  const cases: readonly (readonly [string, Heard, string])[] = [
    ['200 that repeats', answer(200, good), 'CONFIRMED'],
    ['201 that repeats', answer(201, good), 'CONFIRMED'],
    ['the same amount as a number', answer(200, { amount: 450.5 }), 'CONFIRMED'],
    ['200 with another amount', answer(200, { amount: '450.51' }), 'UNCERTAIN'],
    ['200 without the amount', answer(200, {}), 'UNCERTAIN'],
    ['200 with nonsense', answer(200, '<html>'), 'UNCERTAIN'],
    ['200 with half of it', answer(200, '{"amount":"450.50"'), 'UNCERTAIN'],
    ['204 where something must be repeated', answer(204, ''), 'UNCERTAIN'],
    ['301', answer(301), 'UNCERTAIN'],
    ['307', answer(307), 'UNCERTAIN'],
    ['400 that can be read', answer(400, { error: 'no' }), 'REJECTED'],
    ['403 that can be read', answer(403, { error: 'no' }), 'REJECTED'],
    ['404 that can be read', answer(404, { error: 'no' }), 'REJECTED'],
    ['422 that can be read', answer(422, { error: 'no' }), 'REJECTED'],
    ['404 of a proxy', answer(404, '<h1>not found</h1>'), 'UNCERTAIN'],
    ['401', answer(401, { error: 'who' }), 'UNCERTAIN'],
    ['408', answer(408), 'UNCERTAIN'],
    ['409', answer(409, { error: 'in progress' }), 'UNCERTAIN'],
    ['425', answer(425), 'UNCERTAIN'],
    ['418', answer(418), 'UNCERTAIN'],
    ['429', answer(429), 'PACE'],
    ['500', answer(500), 'UNCERTAIN'],
    ['503', answer(503), 'UNCERTAIN'],
    ['no answer', { kind: 'silence', why: 'timeout' }, 'UNCERTAIN'],
    ['nothing sent', { kind: 'unsent', why: 'no token' }, 'UNSENT'],
    [
      'a key used for other bytes',
      answer(422, { error: 'Idempotency-Key is already used' }),
      'STOPPED',
    ],
  ];
  it.each(cases)('%s', (_, heard, kind) => {
    expect(judge(heard, expecting, {}).kind).toBe(kind);
  });

  it('counts as a failure where the target is at fault, and not where the delivery is', () => {
    const failures = [answer(500), answer(503), answer(401), { kind: 'silence', why: 'reset' }];
    for (const heard of failures) {
      expect(judge(heard as Heard, [], {})).toMatchObject({ failure: true });
    }
    for (const heard of [answer(409), answer(302), answer(200, 'x')]) {
      expect(judge(heard, expecting, {})).toMatchObject({ failure: false });
    }
  });

  it('may say nothing of what was taken back, and nothing else than was asked', () => {
    const { value } = renderRequest(
      { ...HRIS, preset: 'hris' },
      'payroll-line',
      { employee_id: 'E1', variable_pay_amount: 453.5, currency: 'USD', clawback_amount: 277.5 },
      'key',
    ) as { value: Rendered };
    const said = { employee_id: 'E1', variable_pay_amount: 453.5, currency: 'USD' };
    const kindOf = (more: object): string =>
      judge(answer(200, { ...said, ...more }), value.expect, {}).kind;
    expect(kindOf({})).toBe('CONFIRMED');
    expect(kindOf({ clawback_amount: '277.50' })).toBe('CONFIRMED');
    expect(kindOf({ clawback_amount: 0 })).toBe('UNCERTAIN');
  });

  it('that lists what was not taken is a rejection', () => {
    const metrics = { refused: '/unprocessedEntities' };
    expect(judge(answer(200, { unprocessedEntities: [] }), [], metrics).kind).toBe('CONFIRMED');
    expect(judge(answer(200, { unprocessedEntities: [{}] }), [], metrics).kind).toBe('REJECTED');
  });

  it('repeats a value as it is written or as the same decimal, and nothing looser', () => {
    const echo = { pointer: '/a', value: 450.5 };
    for (const a of [450.5, '450.5', '450.50']) expect(repeats({ a }, echo)).toBe(true);
    for (const a of ['450.5 ', '4.505e2', null, [450.5], '0450.5', true]) {
      expect(repeats({ a }, echo)).toBe(false);
    }
    expect(repeats(null, echo)).toBe(false);
    expect(repeats(Object.create({ a: 450.5 }), echo)).toBe(false);
  });
});

describe('a look-up', () => {
  const lookUp = {
    method: 'GET',
    path: '/x',
    items: '/items',
    match: { pointer: '/key', how: 'equals' },
  } as const;
  const look = (heard: Heard) => judgeLookUp(heard, lookUp, 'k1', expecting).kind;

  it('finds the thing of its reference and compares it', () => {
    expect(look(answer(200, { items: [{ key: 'k2' }, { key: 'k1', ...good }] }))).toBe('FOUND');
    expect(look(answer(200, { items: [{ key: 'k1', amount: '1' }] }))).toBe('OTHER');
    expect(look(answer(200, { items: [{ key: 'k2', ...good }] }))).toBe('NOT_FOUND');
  });

  it('takes only a list for "it is not there"', () => {
    expect(look(answer(200, { items: [] }))).toBe('NOT_FOUND');
    for (const heard of [
      answer(404, { error: 'not found' }),
      answer(200, {}),
      answer(200, 'x'),
      answer(500),
      answer(302),
      { kind: 'silence', why: 'timeout' } as const,
    ]) {
      expect(look(heard)).toBe('UNKNOWN');
    }
    expect(look(answer(429))).toBe('PACE');
  });
});

describe('what is kept of an answer', () => {
  it('holds no header that could be a secret', () => {
    const headers: [string, string][] = [
      ['Authorization', 'Bearer canary'],
      ['Set-Cookie', 'canary'],
      ['Cookie', 'canary'],
      ['X-Hub-Signature-256', 'canary'],
      ['webhook-signature', 'canary'],
      ['X-Api-Key', 'canary'],
      ['X-Session-Token', 'canary'],
      ['Cf-Access-Jwt-Assertion', 'canary'],
      ['Content-Type', 'application/json'],
      ['X-Request-Id', 'r1'],
    ];
    const left = withoutSecrets(headers);
    expect(left).toEqual({ 'content-type': 'application/json', 'x-request-id': 'r1' });
  });

  it('is cut at 4 KB and can always be stored', () => {
    const found = kept(answer(200, `\u0000${'é'.repeat(5000)}\ud800`));
    expect(found?.body.length).toBe(4096);
    expect(found?.cut).toBe(true);
    expect(found?.body).not.toContain('\u0000');
    expect(kept(answer(200, 'half \ud83d'))?.body.isWellFormed()).toBe(true);
  });
});

describe('a delivery that was sent and not found again and again', () => {
  const asked = (released: boolean) => {
    const held = { ...heldFrom({ id: 'd', at: 1 }), firstSentAt: 1, lastSentAt: 1, rounds: 3 };
    return afterLookUp(
      {
        item: { id: 'd', at: 1, held: { ...held, released } },
        heard: answer(200, { items: [] }),
        headers: {},
        now: 9,
        probeSeconds: null,
        jitter: (ms) => ms,
      },
      { kind: 'NOT_FOUND' },
    );
  };

  it('rests until a person comes', () => {
    expect(asked(false)).toMatchObject({ held: { state: 'UNCERTAIN', nextAt: null, rounds: 4 } });
  });

  it('goes once more where a person has released it', () => {
    const again = { state: 'RETRYING', nextAt: 9, firstSentAt: null, rounds: 4, released: false };
    expect(asked(true)).toMatchObject({ held: again });
  });
});
