/** Facts of a person who was forgotten: what was counted stays under the key, the words go. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobs } from '../../src/compose';
import { runCron } from '../../src/cron';
import { callPulls } from '../../src/intake/pulls/client';
import { dropPulled } from '../../src/intake/pulls/jobs';
import { readActuals } from '../../src/pay/actuals/store';
import { readInteractionCounts } from '../../src/pay/counts/store';
import { readResultItems, readResultsOfPeriod } from '../../src/quality/store';
import { connect, FakePlatform, gaps, pull, pullAll } from '../pulls/platform';
import { ask, hireAll, OCTOBER, results } from './desk';

const HOUR = 3_600_000;
const platform = new FakePlatform();
let key = '';

const result = (id: string, more: object = {}) => ({
  id,
  user_id: 'pat-doe',
  result_status: 'COMPLETED',
  score: { total: 80 },
  created_date: '2023-10-15T14:30:00Z',
  ...more,
});

const day = {
  user_id: 'pat-doe',
  actuals: [
    {
      bucket_start: '2023-10-01T00:00:00Z',
      bucket_end: '2023-10-01T23:59:59Z',
      status_codes: [{ status_code_id: 'talk', duration: 100 }],
    },
  ],
};

beforeEach(() => platform.install());
afterEach(() => vi.restoreAllMocks());

beforeAll(async () => {
  platform.install();
  [key = ''] = await hireAll('pat-doe', 'somebody');
  await ask('POST', '/v1/quality-results', { items: [result('pat-1')] });
  await ask('POST', '/v1/wfm-actuals', { items: [day] });
  const counts = [{ agentId: 'pat-doe', period: '2023-10', count: 60 }];
  await ask('POST', '/v1/interaction-counts', { items: counts });
  await connect('asked', 'seed', ['results', 'actuals']);
});

describe('the facts of a person who is forgotten', () => {
  it('are let go by a pull that is under way, which begins anew', async () => {
    const away = new FakePlatform();
    away.install();
    away.spoil = () => 503;
    await pull('asked', ['actuals']);
    await callPulls(env, 'asked', (pulls) => pulls.due(Date.now()));
    const person = { agentKey: key, words: ['somebody'] };
    await callPulls(env, 'asked', (pulls) => pulls.due(Date.now()));
    await dropPulled(env, person, Date.now());
    const [run] = await callPulls(env, 'asked', (pulls) => pulls.status());
    expect(run).toMatchObject({ pending: null, place: { users: null, page: 1 } });
    platform.install();
    await pullAll('asked');
  });

  it('stay as numbers under the key and name nobody', async () => {
    const asked = await ask('POST', '/v1/agents/pat-doe/pseudonymise', { reason: 'asked for' });
    expect(asked.status).toBe(202);
    const report = await runCron('*/5 * * * *', env, Date.now() + HOUR, jobs);
    expect(report.failed).toEqual([]);
    const [one] = (await readResultsOfPeriod(env.DB, [key], OCTOBER, 1e9)).get(key) ?? [];
    expect(one?.score).toBe('80/1');
    expect((await readResultItems(env.DB, [one?.rowId ?? ''])).get(one?.rowId ?? '')).toBeNull();
    const actuals = (await readActuals(env.DB, [key], OCTOBER, 1e9)).get(key);
    expect(actuals?.millisByCode).toEqual({ talk: 100_000 });
    const month = { firstDay: '2023-10-01', lastDay: '2023-10-31' };
    expect((await readInteractionCounts(env.DB, [key], month, 1e9)).get(key)?.count).toBe(60);
    const path = '/v1/quality-results?agentId=pat-doe&from=2023-10-01&until=2023-10-31';
    expect((await ask('GET', path)).status).toBe(404);
  });

  it('that come later are refused, and pulled ones are kept without their words', async () => {
    const sent = await ask('POST', '/v1/quality-results', { items: [result('pat-2')] });
    expect(results(sent)).toEqual([{ id: 'pat-2', status: 'refused', reason: 'UNKNOWN_AGENT' }]);
    platform.results = [result('pat-3')];
    await pull('asked', ['results']);
    await pullAll('asked');
    expect((await gaps('asked')).find(({ kind }) => kind === 'results')).toMatchObject({
      apiCount: 1,
      refused: 1,
    });
    const { body } = await ask('GET', '/v1/quarantine?sourceId=asked');
    expect(body.items).toMatchObject([{ reason: 'ERASED_AGENT', body: null }]);
  });
});
