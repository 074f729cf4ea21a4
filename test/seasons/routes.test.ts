import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { SEASON_EXAMPLE } from '../../src/seasons/settings/routes';
import { DEFAULT_TIERS } from '../../src/seasons/tier';
import { errorsOf, type Heard, makeKey, send } from '../http/caller';
import { deliver, putSource } from '../intake/sender';

let author = '';
let admin = '';
let approver = '';

const put = (path: string, body: unknown, key = author) => send('PUT', path, { key, body });
const get = (path: string, headers = {}) => send('GET', path, { key: author, headers });
const post = (path: string, body: unknown, key = author) => send('POST', path, { key, body });

/** The seed's trigger, as printed. */
const TRIGGER = {
  event_type: 'SEASONAL_RESET_TRIGGER',
  timestamp: '2024-10-01T02:00:00Z',
  target_groups: ['group_12345', 'group_67890'],
  idempotency_key: 'reset_2024q4_001',
};

beforeAll(async () => {
  author = (await makeKey(['author', 'viewer'])).key;
  admin = (await makeKey(['admin'])).key;
  approver = (await makeKey(['approver'])).key;
});

describe('a season', () => {
  it('is written, replaced and listed; the same again writes nothing', async () => {
    const made = await put('/v1/seasons/2024-Q3', SEASON_EXAMPLE);
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        id: '2024-Q3',
        version: 1,
        state: 'ENDED',
        startsAt: '2024-07-01T00:00:00.000Z',
        endsAt: '2024-10-01T00:00:00.000Z',
        graceDays: 14,
      },
    ]);
    const again = await put('/v1/seasons/2024-Q3', SEASON_EXAMPLE);
    expect([again.status, again.body.version]).toEqual([200, 1]);
    const stale = await send('PUT', '/v1/seasons/2024-Q3', {
      key: author,
      body: { ...SEASON_EXAMPLE, graceDays: 7 },
      headers: { 'If-Match': '"9"' },
    });
    expect(stale.status).toBe(412);
    expect((await get('/v1/seasons')).body.items).toMatchObject([{ id: '2024-Q3' }]);
  });

  it.each([
    ['#/endDay', { endDay: '2024-06-30' }],
    ['#/endDay', { endDay: '2029-06-30' }],
    ['#/thresholds/DIAMOND', { thresholds: { DIAMOND: 9000 } }],
    ['#/thresholds/A~1B~0C', { thresholds: { 'A/B~C': 9000 } }],
    ['#/thresholds', { thresholds: { SILVER: 6000 } }],
    ['#/floor', { floor: 'DIAMOND' }],
    ['#/timeZone', { timeZone: 'Mars/Olympus' }],
    ['#/decay/factor', { decay: { factor: '1.5' } }],
    ['#/inboundVolume/metricId', { inboundVolume: { metricId: 'calls.offered' } }],
    ['#/inboundVolume/metricId', { inboundVolume: { metricId: 'inbound.calls ' } }],
    ['#/maintenanceWindow/start', { maintenanceWindow: { start: '25:00' } }],
  ])('is refused at %s when it says %o', async (pointer, fields) => {
    const refused = await put('/v1/seasons/another', {
      ...SEASON_EXAMPLE,
      categories: ['Other'],
      target_groups: ['others'],
      ...fields,
    });
    expect([refused.status, errorsOf(refused)[0]?.pointer]).toEqual([422, pointer]);
  });

  it('keeps the length of its grace once that is over', async () => {
    const longer = await put('/v1/seasons/2024-Q3', { ...SEASON_EXAMPLE, graceDays: 20 });
    expect([longer.status, errorsOf(longer)]).toMatchObject([
      422,
      [{ pointer: '#/graceDays', detail: expect.stringContaining('is over') }],
    ]);
    expect((await get('/v1/seasons/2024-Q3')).body.graceDays).toBe(14);
  });

  it('shares no days with another of the same category or agents', async () => {
    const refused = await put('/v1/seasons/rival', { ...SEASON_EXAMPLE, startDay: '2024-09-30' });
    expect(errorsOf(refused).map(({ pointer }) => pointer)).toEqual([
      '#/categories',
      '#/target_groups',
    ]);
  });
});

describe('two seasons that are written at once', () => {
  it('come to no overlap, where both were there before', async () => {
    const year = (number: number) => ({
      ...SEASON_EXAMPLE,
      categories: ['Twins'],
      target_groups: ['twins'],
      startDay: `${number}-01-01`,
      endDay: `${number}-03-31`,
    });
    for (const number of [2071, 2072]) await put(`/v1/seasons/twin-${number}`, year(number));
    const answers = await Promise.all(
      [2071, 2072].map((number) => put(`/v1/seasons/twin-${number}`, year(2073))),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect([
      [200, 409],
      [200, 422],
    ]).toContainEqual(statuses);
  });
});

describe('the tier table', () => {
  it('has the document’s tiers until one is written', async () => {
    const { body } = await get('/v1/tiers');
    expect(body).toEqual({ version: 0, ...DEFAULT_TIERS });
    const tiers = body.tiers as Record<string, unknown>[];
    expect(
      tiers.map(({ name, threshold, weight, priority }) => [name, threshold, weight, priority]),
    ).toEqual([
      ['BRONZE', '0', '0.8', 80],
      ['SILVER', '2500', '0.9', 90],
      ['GOLD', '5000', '1.0', 100],
      ['PLATINUM', '8000', '1.2', 120],
    ]);
  });

  it('refuses tiers that do not rise', async () => {
    const refused = await put('/v1/tiers', { tiers: [...DEFAULT_TIERS.tiers].reverse() });
    expect([refused.status, errorsOf(refused)[0]?.pointer]).toEqual([422, '#/tiers/0/threshold']);
  });
});

describe('an agent', () => {
  beforeAll(async () => {
    await put('/v1/agents/pat', { groups: ['group_12345'] }, admin);
  });

  it('has absences that pause the clocks, and no reason for them', async () => {
    const absences = [{ from: '2024-08-01', to: '2024-08-10' }];
    const made = await put('/v1/agents/pat/absences', { absences }, admin);
    expect([made.status, made.body]).toEqual([201, { agentId: 'pat', version: 1, absences }]);
    const refused = await put(
      '/v1/agents/pat/absences',
      { absences: [{ from: '2024-08-10', to: '2024-08-01' }] },
      admin,
    );
    expect(errorsOf(refused)[0]?.pointer).toBe('#/absences/0/to');
    expect((await put('/v1/agents/nobody/absences', { absences }, admin)).status).toBe(404);
  });

  it('sees tier, thresholds and where the points lead', async () => {
    const year = new Date().getUTCFullYear();
    const running = { startDay: `${year}-01-01`, endDay: `${year + 1}-12-31` };
    const made = await put('/v1/seasons/running', { ...running, categories: ['Running'] });
    expect(made.status).toBe(201);
    const tier = await get('/v1/agents/pat/tier');
    expect(tier.status).toBe(200);
    expect(tier.body).toMatchObject({ honoured: 'BRONZE', points: '0', nextTier: 'SILVER' });
    const forecast = await get('/v1/agents/pat/forecast');
    expect(forecast.body).toMatchObject({
      points: '0',
      decayFactor: '0.95',
      losses: [],
      steadyState: { points: '0', tier: 'BRONZE' },
      paceToReach: { tier: 'SILVER', perDay: '131.579' },
    });
    expect((await get('/v1/agents/nobody/forecast')).status).toBe(404);
  });
});

describe('a reset', () => {
  const asked = '/v1/seasons/2024-Q3/reset';

  it('lists on a dry run who moves and what is sent, and writes nothing', async () => {
    const before = await env.DB.prepare('SELECT count(*) AS n FROM config').first();
    const heard = await post(`${asked}?dry_run=true`, {});
    expect([heard.status, heard.body]).toMatchObject([
      200,
      {
        status: 'dry_run',
        next_season_id: '2024-Q4',
        estimatedWindows: 0,
        items: [{ agentId: 'pat', tier: 'BRONZE', nextTier: 'BRONZE', requests: [] }],
        nextCursor: null,
      },
    ]);
    expect(await env.DB.prepare('SELECT count(*) AS n FROM config').first()).toEqual(before);
  });

  it('takes the signed trigger as printed, once; another key names the first', async () => {
    await putSource('wem', { platform: 'genesys-cloud' });
    const first = await deliver('wem', TRIGGER);
    expect(first.body).toEqual({ status: 'accepted', eventId: 'reset_2024q4_001' });
    const same = await deliver('wem', TRIGGER);
    expect(same.body).toEqual({ status: 'duplicate', eventId: 'reset_2024q4_001' });
    const other = await deliver('wem', { ...TRIGGER, idempotency_key: 'reset_2024q4_002' });
    expect(other.body).toEqual({ status: 'duplicate', eventId: 'reset_2024q4_001' });
    const byHand = await post(asked, { target_groups: ['group_12345'] });
    expect([byHand.status, byHand.body]).toMatchObject([
      200,
      { status: 'duplicate', idempotency_key: 'reset_2024q4_001' },
    ]);
    const late = await deliver('wem', {
      ...TRIGGER,
      timestamp: '2019-01-01T00:00:00Z',
      idempotency_key: 'k',
    });
    expect(late.body.status).toBe('quarantined');
  });

  it('is watched, and its archive is exported in three forms', async () => {
    const watched = await get(asked);
    expect(watched.status).toBe(200);
    expect((await get('/v1/seasons/2024-Q3/reconciliation')).status).toBe(200);
    const csv = await get('/v1/seasons/2024-Q3/archive', { Accept: 'text/csv' });
    expect(csv.text.split('\r\n')[0]).toBe(
      'agent_id,season_id,aht_avg,csat_score,first_contact_resolution,tier,points_accumulated,archive_timestamp,honoured_tier,next_season_id,next_tier',
    );
    expect((await get('/v1/seasons/nothing/archive')).status).toBe(404);
  });

  it('of a season that runs is refused, and so is a skip where nothing waits', async () => {
    const refused: Heard = await post('/v1/seasons/running/reset', {});
    expect(refused.status).toBe(409);
    const skipped = await post('/v1/seasons/running/skip-export', { reason: 'no' }, approver);
    expect(skipped.status).toBe(409);
    expect((await post('/v1/seasons/running/skip-export', { reason: 'no' })).status).toBe(403);
  });
});
