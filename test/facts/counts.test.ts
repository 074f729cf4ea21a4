/** Counts of interactions, recorded metrics and the pins of scorecards. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCron } from '../../src/cron';
import { resultsAreIn } from '../../src/intake/pulls/jobs';
import { readInteractionCounts } from '../../src/pay/counts/store';
import { readMeasures } from '../../src/quality/measures/store';
import { pinScorecards } from '../../src/quality/scorecards/jobs';
import { readVersionsInForce } from '../../src/quality/scorecards/store';
import { errorsOf } from '../http/caller';
import { deliver, putSource } from '../intake/sender';
import { ask, hireAll, lastSeal, OCTOBER, pinnedVersions, results } from './desk';

let [ann, ben] = ['', ''];
const MONTH = { firstDay: '2023-10-01', lastDay: '2023-10-31' };

beforeAll(async () => {
  [ann = '', ben = ''] = await hireAll('ann', 'ben');
});

const post = (...items: object[]) => ask('POST', '/v1/interaction-counts', { items });
const countOf = async (key: string, days = MONTH, seal = 1e9) =>
  (await readInteractionCounts(env.DB, [key], days, seal)).get(key)?.count ?? null;

describe('a count of interactions', () => {
  it('is replaced by a higher revision, and read as of a seal', async () => {
    const one = { agentId: 'ann', period: '2023-10', count: 145, revision: 1 };
    expect(results(await post(one))).toEqual([{ id: 'ann', status: 'accepted' }]);
    expect(results(await post(one))).toEqual([{ id: 'ann', status: 'duplicate' }]);
    const seal = await lastSeal();
    await post({ ...one, count: 49, revision: 3 });
    await post({ ...one, count: 70, revision: 2 });
    expect(await countOf(ann)).toBe(49);
    expect(await countOf(ann, MONTH, seal)).toBe(145);
  });

  it('by days adds up; a month goes before the days inside it; a quarter is made of months', async () => {
    await post(
      { agentId: 'ben', period: '2023-10-30', count: 3 },
      { agentId: 'ben', period: '2023-10-31', count: 4 },
      { agentId: 'ben', period: '2023-11-01', count: 100 },
    );
    expect(await countOf(ben)).toBe(7);
    await post({ agentId: 'ben', period: '2023-10', count: 50 });
    expect(await countOf(ben)).toBe(50);
    const quarter = { firstDay: '2023-10-01', lastDay: '2023-12-31' };
    expect(await countOf(ben, quarter)).toBe(150);
    expect(await countOf(ben, { firstDay: '2023-10-30', lastDay: '2023-10-30' })).toBe(3);
  });

  it('is listed with its revisions', async () => {
    const path = '/v1/interaction-counts?agentId=ann&from=2023-10-01&until=2023-10-31';
    const { body } = await ask('GET', path);
    const items = body.items as { revision: number; count: number }[];
    expect(items.map(({ revision, count }) => `${revision}:${count}`).sort()).toEqual([
      '1:145',
      '2:70',
      '3:49',
    ]);
  });

  it.each([
    ['#/items/0/period', { agentId: 'a', period: '2023-13', count: 1 }],
    ['#/items/0/period', { agentId: 'a', period: '2023-02-30', count: 1 }],
    ['#/items/0/count', { agentId: 'a', period: '2023-10', count: -1 }],
    ['#/items/0/count', { agentId: 'a', period: '2023-10', count: 1.5 }],
    ['#/items/0/revision', { agentId: 'a', period: '2023-10', count: 1, revision: 'x' }],
    ['#/items/0/handle_time', { agentId: 'a', period: '2023-10', count: 1, handle_time: 2 }],
  ])('is refused with the pointer %s', async (pointer, item) => {
    const heard = await post(item);
    expect(heard.status).toBe(422);
    expect(errorsOf(heard).map((error) => error.pointer)).toContain(pointer);
  });

  it('of nobody is refused by itself', async () => {
    const heard = await post({ agentId: 'nobody', period: '2023-10', count: 1 });
    expect(results(heard)).toEqual([{ id: 'nobody', status: 'refused', reason: 'UNKNOWN_AGENT' }]);
  });

  it.each([
    'from=2023-10-02&until=2023-10-01',
    'from=2023-01-01&until=2023-12-31',
    'from=x&until=y',
  ])('is not listed for %s', async (days) => {
    const heard = await ask('GET', `/v1/interaction-counts?agentId=ann&${days}`);
    expect(heard.status).toBe(422);
  });
});

describe('a recorded metric', () => {
  const metric = (eventId: string, value: number | string, more: object = {}) => ({
    eventType: 'metric.recorded',
    eventId,
    metricId: 'aht',
    agentId: 'ann',
    occurredAt: '2023-10-10T10:00:00Z',
    value,
    ...more,
  });
  const sums = async (...metrics: string[]) => {
    const found = await readMeasures(env.DB, [ann, ben], metrics, OCTOBER, 1e9);
    return [...(found.get(ann) ?? [])].map(([id, { sum, count }]) => [id, sum, count]);
  };

  it('is kept where somebody wants it: one row, and a higher revision replaces', async () => {
    await putSource('metrics');
    await deliver('metrics', [
      metric('m1', 300.25, { interactionId: 'i1', revision: 1 }),
      metric('m2', 280, { interactionId: 'i1', revision: 3 }),
      metric('m3', 999, { interactionId: 'i1', revision: 2 }),
      metric('m4', -0.5),
      metric('m5', -0.5),
      metric('m6', 1, { metricId: 'fcr', interactionId: 'i1' }),
      metric('m7', 1, { metricId: 'shoe-size' }),
    ]);
    expect(await sums('aht', 'fcr', 'shoe-size')).toEqual([
      ['aht', 279_000_000n, 3],
      ['fcr', 1_000_000n, 1],
    ]);
    expect(await sums('csat')).toEqual([]);
  });

  it('sent again, also as another event of the same revision, counts once', async () => {
    const again = metric('m8', 280, { interactionId: 'i1', revision: 3 });
    await deliver('metrics', [metric('m2', 280, { interactionId: 'i1', revision: 3 }), again]);
    expect(await sums('aht')).toEqual([['aht', 279_000_000n, 3]]);
  });

  it('too large to be summed is logged and is no measure', async () => {
    const heard = await deliver('metrics', metric('m9', '999999999999999.5', { metricId: 'csat' }));
    expect(heard.body.status).toBe('accepted');
    expect(await sums('csat')).toEqual([]);
  });

  it('costs a row of the table and none in the objects beside its event', async () => {
    const count = async () =>
      (await env.DB.prepare('SELECT count(*) AS n FROM measures').first<number>('n')) ?? 0;
    const before = await count();
    await deliver('metrics', metric('m10', 5, { metricId: 'csat', interactionId: 'i9' }));
    expect((await count()) - before).toBe(1);
  });
});

describe('scorecard versions (P2)', () => {
  const result = (id: string, version: string, day: string, status = 'COMPLETED') => ({
    id,
    user_id: 'ann',
    scorecard_version_id: version,
    result_status: status,
    score: { total: 90 },
    created_date: `${day}T12:00:00Z`,
  });
  const take = (...items: object[]) => ask('POST', '/v1/quality-results', { items });
  const hourly = (now: number) => pinScorecards(env, now, resultsAreIn);

  it('in force are those that made results that count on the days of a period', async () => {
    await take(
      result('s1', 'v1', '2023-10-02'),
      result('s2', 'v2', '2023-10-20', 'PUBLISHED'),
      result('s3', 'v3', '2023-10-21', 'DRAFT'),
      result('s4', 'v4', '2023-11-01'),
    );
    expect(await readVersionsInForce(env.DB, MONTH)).toEqual(['v1', 'v2']);
  });

  it('are pinned at the end of a week, of a month and of a quarter, once', async () => {
    await hourly(Date.UTC(2023, 9, 31, 23, 7));
    expect(await pinnedVersions('2023-10')).toBeNull();
    await hourly(Date.UTC(2023, 10, 1, 0, 7));
    expect(await pinnedVersions('2023-10')).toEqual(['v1', 'v2']);
    expect(await pinnedVersions('2023-10-16')).toEqual(['v2']);
    await take(result('s5', 'v5', '2023-10-30'), result('s6', 'v6', '2023-10-18'));
    await hourly(Date.UTC(2023, 10, 1, 1, 7));
    expect(await pinnedVersions('2023-10')).toEqual(['v1', 'v2']);
    expect(await pinnedVersions('2023-10-16')).toEqual(['v2']);
    expect(await readVersionsInForce(env.DB, MONTH)).toEqual(['v1', 'v2', 'v5', 'v6']);
    await hourly(Date.UTC(2024, 0, 1, 0, 7));
    expect(await pinnedVersions('2023-Q4')).toEqual(['v1', 'v2', 'v4', 'v5', 'v6']);
  });

  it('are not pinned for a period in which nothing was evaluated yet', async () => {
    expect(await pinnedVersions('2023-09')).toBeNull();
  });

  it('cost a row a day, not a row a result', async () => {
    await take(...Array.from({ length: 20 }, (_, n) => result(`d${n}`, 'v9', '2023-12-03')));
    const found = await env.DB.prepare(
      "SELECT count(*) AS n FROM scorecard_days WHERE version = 'v9'",
    ).first<number>('n');
    expect(found).toBe(1);
  });

  it('are pinned by the hourly cron', async () => {
    const { jobs } = await import('../../src/compose');
    const names = jobs['7 * * * *'].map(({ name }) => name);
    expect(names).toContain('scorecard-pins');
    expect((await runCron('7 * * * *', env, Date.UTC(2024, 0, 1, 1, 7), jobs)).failed).toEqual([]);
  });
});
