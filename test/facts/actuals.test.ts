/** WFM actuals: the printed page, revisions of buckets, what is refused, and what it costs. */
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/events/event';
import { commit } from '../../src/ledger/client';
import { actualsRows } from '../../src/pay/actuals/actual';
import { readActuals } from '../../src/pay/actuals/store';
import { errorsOf } from '../http/caller';
import { deliver, putSource } from '../intake/sender';
import { ACTUALS_PAGE, ask, hireAll, lastSeal, OCTOBER, results } from './desk';

const HOUR = 3_600_000;
const MINUTE = 60_000;
let pat = '';
let kim = '';
let lee = '';

beforeAll(async () => {
  [pat = '', kim = '', lee = ''] = await hireAll('agent-uuid-456', 'agent-kim', 'agent-lee');
});

const post = (body: unknown) => ask('POST', '/v1/wfm-actuals', body);

const bucket = (day: number, codes: Record<string, number>, more: JsonObject = {}) => ({
  bucket_start: `2023-10-${String(day).padStart(2, '0')}T00:00:00Z`,
  bucket_end: `2023-10-${String(day).padStart(2, '0')}T23:59:59Z`,
  status_codes: Object.entries(codes).map(([status_code_id, duration]) => ({
    status_code_id,
    duration,
  })),
  ...more,
});

const item = (user_id: string, ...actuals: JsonObject[]) => ({ user_id, actuals });

const millis = async (agentKey: string, span = OCTOBER, seal = Number.MAX_SAFE_INTEGER) =>
  (await readActuals(env.DB, [agentKey], span, seal)).get(agentKey)?.millisByCode ?? null;

describe('the printed page of actuals', () => {
  it('is taken as printed and gives 18,000 of 25,200 seconds', async () => {
    const heard = await post(ACTUALS_PAGE);
    expect([heard.status, results(heard)]).toEqual([
      200,
      [{ id: 'agent-uuid-456', status: 'accepted' }],
    ]);
    const found = (await readActuals(env.DB, [pat], OCTOBER, await lastSeal())).get(pat);
    expect(found).toMatchObject({ buckets: 1, overlapsAt: [] });
    const of = (code: string): number => (found?.millisByCode[code] ?? 0) / 1000;
    expect(of('talk') + of('wrap_up')).toBe(18_000);
    expect(of('talk') + of('wrap_up') + of('aux')).toBe(25_200);
    expect(found?.rowIds).toHaveLength(1);
  });

  it('sent again is a duplicate and one row', async () => {
    expect(results(await post(ACTUALS_PAGE))).toEqual([
      { id: 'agent-uuid-456', status: 'duplicate' },
    ]);
    const n = await env.DB.prepare('SELECT count(*) AS n FROM wfm_actuals').first<number>('n');
    expect(n).toBe(1);
  });
});

describe('a bucket', () => {
  it('sent again is a revision: the later word counts, and as of a seal the earlier still does', async () => {
    await post({ items: [item('agent-kim', bucket(2, { TALK: 100, aux: 50 }))] });
    const before = await lastSeal();
    await post({ items: [item('agent-kim', bucket(2, { talk: 90 }))] });
    expect(await millis(kim)).toEqual({ talk: 90_000 });
    expect(await millis(kim, OCTOBER, before)).toEqual({ talk: 100_000, aux: 50_000 });
  });

  it('whose sender dates changes goes by its date and not by the order of sending', async () => {
    const at = (modified_date: string, talk: number) => ({
      ...item('agent-kim', bucket(3, { talk })),
      modified_date,
    });
    await post({ items: [at('2023-10-05T00:00:00Z', 7)] });
    await post({ items: [at('2023-10-04T00:00:00Z', 5)] });
    const span = { from: Date.UTC(2023, 9, 3), until: Date.UTC(2023, 9, 4) };
    expect(await millis(kim, span)).toEqual({ talk: 7000 });
  });

  it('belongs to the period in which it begins', async () => {
    const across = {
      bucket_start: '2023-10-31T22:00:00Z',
      bucket_end: '2023-11-01T06:00:00Z',
      status_codes: [{ status_code_id: 'talk', duration: 3600.5 }],
    };
    await post({ items: [item('agent-lee', across)] });
    expect(await millis(lee)).toEqual({ talk: 3_600_500 });
    expect(await millis(lee, { from: OCTOBER.until, until: OCTOBER.until + 24 * HOUR })).toBeNull();
    // In a zone two hours ahead it begins in November.
    const ahead = { from: OCTOBER.from - 2 * HOUR, until: OCTOBER.until - 2 * HOUR };
    expect(await millis(lee, ahead)).toBeNull();
  });

  it('that begins before another ends is an overlap, named by its begin, until it has no time', async () => {
    const half = {
      bucket_start: '2023-10-31T23:00:00Z',
      bucket_end: '2023-10-31T23:30:00Z',
      status_codes: [{ status_code_id: 'talk', duration: 60 }],
    };
    await post({ items: [item('agent-lee', half)] });
    const found = (await readActuals(env.DB, [lee], OCTOBER, await lastSeal())).get(lee);
    expect(found).toMatchObject({ buckets: 2, overlapsAt: [Date.UTC(2023, 9, 31, 23)] });
    const none = { ...half, status_codes: [{ status_code_id: 'talk', duration: 0 }] };
    await post({ items: [item('agent-lee', none)] });
    const mended = (await readActuals(env.DB, [lee], OCTOBER, await lastSeal())).get(lee);
    expect(mended).toMatchObject({ buckets: 2, overlapsAt: [] });
  });

  it('is listed with its revisions for who must explain it', async () => {
    const heard = await ask(
      'GET',
      '/v1/wfm-actuals?agentId=agent-kim&from=2023-10-02&until=2023-10-02',
    );
    const items = heard.body.items as { buckets: { milliseconds: object; counts: boolean }[] }[];
    const shown = items.flatMap(({ buckets }) =>
      buckets.map((one) => [one.milliseconds, one.counts]),
    );
    expect(shown).toHaveLength(2);
    expect(shown).toEqual(
      expect.arrayContaining([
        [{ talk: 100_000, aux: 50_000 }, false],
        [{ talk: 90_000 }, true],
      ]),
    );
  });
});

describe('actuals that are refused', () => {
  const long = bucket(4, { talk: 86_401 });
  const cases: [string, unknown, string][] = [
    ['durations beyond the bucket', item('a', long), '#/items/0/actuals/0/status_codes'],
    [
      'a bucket that ends before it begins',
      item('a', bucket(4, {}, { bucket_end: '2023-10-03T00:00:00Z' })),
      '#/items/0/actuals/0/bucket_end',
    ],
    [
      'an instant without a zone',
      item('a', bucket(4, {}, { bucket_start: '2023-10-04T00:00:00' })),
      '#/items/0/actuals/0/bucket_start',
    ],
    [
      'a negative duration',
      item('a', bucket(4, { talk: -1 })),
      '#/items/0/actuals/0/status_codes/0/duration',
    ],
    [
      'a duration finer than a millisecond',
      item('a', bucket(4, { talk: 0.0001 })),
      '#/items/0/actuals/0/status_codes/0/duration',
    ],
    [
      'handle time as a code',
      item('a', bucket(4, { Handle_Time: 10 })),
      '#/items/0/actuals/0/status_codes/0/status_code_id',
    ],
    [
      'handle time as a field',
      { ...item('a', bucket(4, {})), handle_time: 9 },
      '#/items/0/handle_time',
    ],
    ['no buckets', item('a'), '#/items/0/actuals'],
    ['no agent', { actuals: [bucket(4, {})] }, '#/items/0/user_id'],
    ['buckets that overlap', item('a', bucket(4, {}), bucket(4, {})), '#/items/0/actuals/1'],
    [
      'a code that is no code',
      item('a', bucket(4, { 'ta\u0000lk': 1 })),
      '#/items/0/actuals/0/status_codes/0/status_code_id',
    ],
  ];

  it.each(cases)('for %s are named by a pointer', async (_, one, pointer) => {
    const heard = await post({ items: [one] });
    expect(heard.status).toBe(422);
    expect(errorsOf(heard).map((error) => error.pointer)).toContain(pointer);
  });

  it('say why handle time is no source of productivity (P4)', async () => {
    const heard = await post({ items: [item('a', bucket(4, { aht: 10 }))] });
    expect(heard.text).toContain('no source of productivity');
  });

  it('because nobody has the agent leave the others taken', async () => {
    const heard = await post({
      items: [item('nobody', bucket(5, { talk: 1 })), item('agent-kim', bucket(5, { talk: 1 }))],
    });
    expect(results(heard)).toEqual([
      { id: 'nobody', status: 'refused', reason: 'UNKNOWN_AGENT' },
      { id: 'agent-kim', status: 'accepted' },
    ]);
  });
});

describe('actuals as an event', () => {
  it('are known by their fields and end in the same row as the bulk road', async () => {
    await putSource('wfm');
    const [one] = ACTUALS_PAGE.items;
    expect((await deliver('wfm', one)).body.status).toBe('accepted');
    expect((await deliver('wfm', one)).body.status).toBe('duplicate');
    expect((await readActuals(env.DB, [pat], OCTOBER, 1e9)).get(pat)?.rowIds).toHaveLength(1);
  });

  it('that exceed their bucket go into quarantine with a pointer, whole', async () => {
    const heard = await deliver('wfm', item('agent-kim', bucket(6, { talk: 90_000 })));
    expect(heard.body.status).toBe('quarantined');
    const listed = await ask('GET', '/v1/quarantine?sourceId=wfm');
    expect(listed.text).toContain('#/actuals/0/status_codes');
  });

  it('come by a mapping too', async () => {
    await putSource('wfm-mapped', {
      mapping: {
        rules: [
          {
            eventType: 'wfm.actuals.updated',
            eventId: 'ref',
            fields: { user_id: 'who', actuals: 'days', modified_date: 'changed' },
          },
        ],
      },
    });
    const body = {
      ref: 'x-1',
      who: 'agent-kim',
      changed: '2023-10-09T00:00:00Z',
      days: [bucket(8, { talk: 11 })],
    };
    expect((await deliver('wfm-mapped', body)).body.status).toBe('accepted');
    const span = { from: Date.UTC(2023, 9, 8), until: Date.UTC(2023, 9, 9) };
    expect(await millis(kim, span)).toEqual({ talk: 11_000 });
  });
});

describe('what actuals cost', () => {
  it('is one row per agent and day, however fine the buckets', () => {
    const quarters = Array.from({ length: 96 }, (_, index) => ({
      bucket_start: new Date(OCTOBER.from + index * 15 * MINUTE).toISOString(),
      bucket_end: new Date(OCTOBER.from + (index + 1) * 15 * MINUTE).toISOString(),
      status_codes: [{ status_code_id: 'talk', duration: 900 }],
    }));
    expect(actualsRows('key', { user_id: 'a', actuals: quarters })).toHaveLength(1);
    const month = Array.from({ length: 31 }, (_, index) => bucket(index + 1, { talk: 1 }));
    expect(actualsRows('key', { user_id: 'a', actuals: month })).toHaveLength(31);
  });
});

describe('what is read of actuals', () => {
  interface Said {
    readonly day: number;
    readonly revised: number;
    readonly talk: number;
  }
  const said: fc.Arbitrary<Said[]> = fc.uniqueArray(
    fc.record({
      day: fc.integer({ min: 1, max: 4 }),
      revised: fc.integer({ min: 1, max: 6 }),
      talk: fc.integer({ min: 0, max: 50 }),
    }),
    { minLength: 1, maxLength: 12, selector: ({ day, revised }) => `${day} ${revised}` },
  );
  const rowsOf = (key: string, { day, revised, talk }: Said) =>
    actualsRows(key, {
      ...item('a', bucket(day, { talk })),
      modified_date: new Date(OCTOBER.until + revised * HOUR).toISOString(),
    });

  it('depends on the set of revisions, not on their order or repetition', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(said, fc.nat(), async (all, turn) => {
        run += 1;
        const orders = [all, all.toReversed(), [...all.slice(turn % all.length), ...all]];
        const found: unknown[] = [];
        for (const [index, order] of orders.entries()) {
          const key = `o${run}x${index}`.padEnd(16, 'a');
          for (const one of order) await commit(env, { rows: rowsOf(key, one) }, 1);
          found.push(await millis(key));
        }
        const byDay = Map.groupBy(all, ({ day }) => day);
        const sum = [...byDay.values()].reduce(
          (whole, some) =>
            whole + (some.toSorted((a, b) => b.revised - a.revised)[0]?.talk ?? 0) * 1000,
          0,
        );
        expect(found).toEqual(orders.map(() => ({ talk: sum })));
      }),
      { numRuns: 8 },
    );
  });
});
