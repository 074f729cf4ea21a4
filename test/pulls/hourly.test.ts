/**
 * What cron asks of platforms by itself: lately every hour, the last month every night, an older one
 * in turn; and what that is for: a change whose message was lost is found, a pin waits for the walk.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobs } from '../../src/compose';
import { runCron } from '../../src/cron';
import { callPulls } from '../../src/intake/pulls/client';
import { pullSources, resultsAreIn } from '../../src/intake/pulls/jobs';
import { DAY_MS } from '../../src/kernel/instant';
import { pinScorecards } from '../../src/quality/scorecards/jobs';
import { readResultsOfPeriod } from '../../src/quality/store';
import { hireAll, OCTOBER, pinnedVersions } from '../facts/desk';
import { putSource } from '../intake/sender';
import { connect, FakePlatform, gaps, pullAll, resultOfAnn as result } from './platform';

const HOUR = 3_600_000;
let platform = new FakePlatform();
let ann = '';

beforeAll(async () => {
  [ann = ''] = await hireAll('ann');
});

beforeEach(() => {
  platform = new FakePlatform();
  platform.install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const latest = async () =>
  ((await readResultsOfPeriod(env.DB, [ann], OCTOBER, 1e9)).get(ann) ?? []).map(
    ({ status, score }) => `${status} ${score}`,
  );

const waiting = async (source: string): Promise<string[]> =>
  (await callPulls(env, source, (pulls) => pulls.status())).map(
    ({ firstDay, lastDay }) => `${firstDay} ${lastDay}`,
  );

/** Cron asks, and the pulls of a source go to their end. Answers what was asked for. */
async function hour(source: string, now: number): Promise<string[]> {
  await pullSources(env, now);
  const asked = await waiting(source);
  await pullAll(source, now);
  return asked;
}

const silence = (source: string) => putSource(source, { platform: 'genesys-cloud' });

describe('cron', () => {
  it('asks every hour for what came lately, and once a night for the month that ended', async () => {
    await connect('h1', 'seed', ['results']);
    const now = Date.UTC(2023, 10, 1, 3, 7);
    const fired = await runCron('7 * * * *', env, now, jobs);
    expect(fired.failed).toEqual([]);
    const both = ['2023-10-31 2023-11-01', '2023-10-01 2023-10-31'];
    expect(await waiting('h1')).toEqual(both);
    await pullSources(env, now + 1000);
    expect(await waiting('h1')).toEqual(both);
    await pullAll('h1', now);
    const [month] = await gaps('h1');
    expect(month).toMatchObject({ firstDay: '2023-10-01', lookedAt: '2023-11-01T03:00:00.000Z' });
    expect(await hour('h1', now + HOUR)).toEqual(both.slice(0, 1));
    expect(await hour('h1', now + DAY_MS)).toEqual([
      '2023-11-01 2023-11-02',
      '2023-10-01 2023-10-31',
    ]);
    // Nothing was new, so the line is the one of the night before; it says that somebody looked.
    const [again] = await gaps('h1');
    expect(again).toMatchObject({ asOf: month?.asOf, lookedAt: '2023-11-02T03:00:00.000Z' });
    await silence('h1');
  });

  it('asks again every hour for a month that was refused, until it is walked to its end', async () => {
    await connect('h2', 'seed', ['results']);
    const now = Date.UTC(2023, 10, 2, 3, 7);
    const months = async (at: number): Promise<number> =>
      (await hour('h2', at)).filter((days) => days.endsWith('2023-10-31')).length;
    platform.spoil = () => 400;
    expect(await months(now)).toBe(1);
    platform.spoil = (_, page) => page;
    expect(await months(now + HOUR)).toBe(1);
    expect(await months(now + 2 * HOUR)).toBe(0);
    await silence('h2');
  });

  it('finds an override whose message was lost, in the last month and in one before it', async () => {
    await connect('h3', 'seed', ['results']);
    platform.results = [result('a', 92)];
    await hour('h3', Date.UTC(2023, 10, 1, 0, 7));
    expect(await latest()).toEqual(['COMPLETED 92/1']);
    const override = { modified_date: '2023-11-14T12:00:00Z' };
    platform.results = [result('a', 78, override)];
    await hour('h3', Date.UTC(2023, 10, 15, 0, 7));
    expect(await latest()).toEqual(['COMPLETED 78/1']);
    await hour('h3', Date.UTC(2023, 11, 1, 0, 7));
    platform.results = [result('a', 81, { modified_date: '2023-12-01T12:00:00Z' })];
    const asked = await hour('h3', Date.UTC(2023, 11, 2, 0, 7));
    // Months that were never walked are not begun.
    expect(asked.slice(1)).toEqual(['2023-11-01 2023-11-30', '2023-10-01 2023-10-31']);
    expect(await latest()).toEqual(['COMPLETED 81/1']);
  });

  it('finds a result that was withdrawn; it stays as a revision and counts no more', async () => {
    platform.results = [result('a', 81, { result_status: 'DRAFT' })];
    await hour('h3', Date.UTC(2023, 11, 3, 0, 7));
    expect(await latest()).toEqual([]);
    const { results: kept } = await env.DB.prepare(
      'SELECT DISTINCT status FROM quality_results ORDER BY status',
    ).all<{ status: string }>();
    expect(kept.map(({ status }) => status)).toEqual(['COMPLETED', 'DRAFT']);
    await silence('h3');
  });
});

describe('the pin of scorecard versions', () => {
  const pin = (now: number) => pinScorecards(env, now, resultsAreIn);
  const march = (id: string, version: string) =>
    result(id, 80, { scorecard_version_id: version, created_date: '2024-03-15T14:30:00Z' });
  const END = Date.UTC(2024, 3, 1);

  it('waits until the month was walked since it ended, and names what that brought', async () => {
    await connect('p1', 'seed', ['results']);
    platform.results = [march('m1', 'sc-m1')];
    await hour('p1', END - 12 * HOUR);
    platform.results = [march('m1', 'sc-m1'), march('m2', 'sc-m2')];
    await pullAll('p1', END);
    await pin(END + 7);
    expect(await pinnedVersions('2024-03')).toBeNull();
    await hour('p1', END + 7);
    await pin(END + HOUR);
    expect(await pinnedVersions('2024-03')).toEqual(['sc-m1', 'sc-m2']);
    await silence('p1');
  });

  it('is taken after a day where the platform never answers', async () => {
    await connect('p2', 'seed', ['results']);
    platform.results = [{ ...march('j1', 'sc-j1'), created_date: '2024-05-15T14:30:00Z' }];
    await hour('p2', Date.UTC(2024, 5, 1, 0, 7));
    const end = Date.UTC(2024, 6, 1);
    platform.results = [{ ...march('j2', 'sc-j2'), created_date: '2024-06-30T14:30:00Z' }];
    await hour('p2', end - HOUR);
    platform.spoil = () => 400;
    await hour('p2', end + 7);
    await pin(end + 23 * HOUR);
    expect(await pinnedVersions('2024-06')).toBeNull();
    await pin(end + 24 * HOUR);
    expect(await pinnedVersions('2024-06')).toEqual(['sc-j2']);
    await silence('p2');
  });
});
