/** `POST /v1/quality-results`: what becomes of each item, and what a time of creation is good for. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { callSource } from '../../src/intake/client';
import { adminKey, deliver, type Heard, hire, putSource, send } from '../intake/sender';

const MINUTE = 60_000;

beforeAll(() => hire('mentee-1'));

const item = (id: string, more: object = {}): object => ({
  id,
  user_id: 'mentee-1',
  result_status: 'COMPLETED',
  score: { total: 80 },
  ...more,
});

const post = async (...items: readonly object[]): Promise<Heard> =>
  send('POST', '/v1/quality-results', { key: await adminKey(), body: { items } });

const countResults = async (): Promise<number> =>
  (await env.DB.prepare('SELECT count(*) AS n FROM quality_results').first<{ n: number }>())?.n ??
  0;

describe('a quality result', () => {
  test('without a time of creation is refused by itself; the others are taken', async () => {
    const dated = item('r1', { created_date: '2024-09-02T14:30:00Z' });
    const heard = await post(
      item('r2'),
      dated,
      item('r3', { created_date: 'yesterday' }),
      item('r4', { created_date: '2024-09-02T14:30:00Z', user_id: 'nobody' }),
    );
    expect(heard.body.results).toEqual([
      { id: 'r2', status: 'refused', reason: 'MISSING_CREATED_DATE' },
      { id: 'r1', status: 'accepted' },
      { id: 'r3', status: 'refused', reason: 'MISSING_CREATED_DATE' },
      { id: 'r4', status: 'refused', reason: 'UNKNOWN_AGENT' },
    ]);
    expect((await post(dated)).body.results).toEqual([{ id: 'r1', status: 'duplicate' }]);
  });

  test('that comes as an event without a time of creation is one row, however often it comes', async () => {
    await putSource('quality');
    const before = await countResults();
    const event = { eventType: 'performance.result.updated', eventId: 'q1', ...item('r5') };
    expect((await deliver('quality', event)).body.status).toBe('accepted');
    expect((await deliver('quality', event)).body.status).toBe('duplicate');
    await callSource(env, 'quality', (source) => source.due(Date.now() + MINUTE));
    expect(await countResults()).toBe(before + 1);
  });
});
