/** Rows written for each fact, as the runtime counts them. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callSource } from '../../src/intake/client';
import { billOf, printed } from '../bill/meter';
import { deliver, putSource } from '../intake/sender';
import { installBoard, quiet, removeBoard } from '../worker/io';
import { ask, hireAll } from './desk';

const MANY = 200;
const MINUTE = 60_000;

beforeAll(async () => {
  await hireAll('ann');
  await putSource('bill');
});

afterEach(removeBoard);

const result = (n: number, prefix: string) => ({
  id: `${prefix}-${n}`,
  user_id: 'ann',
  scorecard_version_id: 'v1',
  result_status: 'COMPLETED',
  score: { total: n % 100 },
  created_date: '2023-10-15T14:30:00Z',
});

const day = (n: number, prefix: string) => ({
  user_id: 'ann',
  actuals: [
    {
      bucket_start: new Date(Date.UTC(prefix === 'a' ? 2020 : 2022, 0, 1 + n)).toISOString(),
      bucket_end: new Date(Date.UTC(prefix === 'a' ? 2020 : 2022, 0, 2 + n)).toISOString(),
      status_codes: [{ status_code_id: 'talk', duration: 100 }],
    },
  ],
});

const all = <T>(make: (n: number) => T): T[] => Array.from({ length: MANY }, (_, n) => make(n));

/** Sends events in lists and lets everything settle. */
async function send(events: readonly object[], most: number): Promise<void> {
  const board = installBoard();
  const before = await deliver('bill', { eventType: 'nothing', eventId: 'x' });
  expect(before.status).toBe(200);
  const bill = await billOf(board, events.length, async () => {
    for (let at = 0; at < events.length; at += 50) {
      await deliver('bill', events.slice(at, at + 50));
      await quiet(board);
    }
    await callSource(env, 'bill', (source) => source.due(Date.now() + MINUTE));
  });
  console.log(printed(`an event of ${'score' in (events[0] ?? {}) ? 'a result' : 'a day'}`, bill));
  expect(bill.total).toBeLessThanOrEqual(most);
}

describe('rows written', () => {
  it('for a result in bulk are about two, one to find it by its id, and for a day of actuals one', async () => {
    for (const [path, items, most] of [
      ['/v1/quality-results', all((n) => result(n, 'bulk')), 2.1],
      ['/v1/wfm-actuals', all((n) => day(n, 'a')), 1.1],
    ] as const) {
      const board = installBoard();
      const bill = await billOf(board, MANY, async () => {
        expect((await ask('POST', path, { items })).status).toBe(200);
      });
      console.log(printed(path, bill));
      expect(bill.total).toBeLessThanOrEqual(most);
    }
  });

  it('for the same in bulk again are none', async () => {
    const board = installBoard();
    const bill = await billOf(board, 1, async () => {
      const items = all((n) => result(n, 'bulk'));
      expect((await ask('POST', '/v1/quality-results', { items })).status).toBe(200);
    });
    expect(bill.total).toBe(0);
  });

  it('for a result that comes as an event are about five, event and object and all', () =>
    send(
      all((n) => result(n, 'event')),
      5.2,
    ));

  it('for a day of actuals that comes as an event are about four', () =>
    send(
      all((n) => day(n, 'b')),
      4.2,
    ));
});
