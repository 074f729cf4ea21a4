import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { driveSeasons } from '../../src/seasons/reset/client';
import { DAY, MINUTE, MONDAY } from '../points/build';
import { completion, netOf, openBooks, score, send, sessionStub } from '../points/world';
import { season } from '../seasons/stage';

const account = (id: string): string => `agent:keymentor1:points:Mentorship:${id}`;

/** Sends, and lets the lock window end. */
async function settled(
  id: string,
  arrivals: Parameters<typeof send>[0],
  now: number,
): Promise<void> {
  await send(arrivals, now);
  await sessionStub(id).due(now + 2 * MINUTE);
}

beforeAll(async () => {
  await openBooks();
});

describe('the points of a coaching session', () => {
  it('stay where they were posted when a season is defined afterwards', async () => {
    await settled('early', [completion('early')], MONDAY);
    expect(await netOf(account('none'))).toBe(500_000);
    await season('S', { startDay: '2024-09-01', endDay: '2024-09-30' }, MONDAY + DAY);
    const lowered = [score('early', 85, 60, MONDAY + MINUTE)];
    await settled('early', lowered, MONDAY + DAY);
    expect([await netOf(account('none')), await netOf(account('S'))]).toEqual([0, 0]);
  });

  it('belong to the season that holds its end, and so does what takes them back later', async () => {
    await settled('late', [completion('late')], MONDAY + DAY);
    expect(await netOf(account('S'))).toBe(500_000);
    const after = MONDAY + 30 * DAY;
    await season('T', { startDay: '2024-10-01', endDay: '2024-12-31' }, after);
    await settled('late', [score('late', 85, 60, after)], after);
    expect([await netOf(account('S')), await netOf(account('T'))]).toEqual([0, 0]);
    const { results } = await env.DB.prepare(
      'SELECT id, from_account FROM entries WHERE from_account = ?1',
    )
      .bind(account('S'))
      .all<{ id: string }>();
    // Its business day is that of the award, so that its decay comes back.
    expect(results.map(({ id }) => id.split('.')[1])).toEqual(['20240916']);
  });
});

describe('the points of a season that nobody has written yet', () => {
  const week = (id: string, startDay: string, endDay: string, now: number) =>
    season(id, { categories: ['Mentorship'], startDay, endDay, decay: { factor: '1' } }, now);

  it('stand in the copy that cron would have made, and that is written with them', async () => {
    // The last season that is written ends on 2024-12-31; cron never fires again.
    const now = Date.parse('2025-04-07T10:00:00Z');
    await settled('later', [completion('later', {}, now)], now);
    expect(await netOf(account('none'))).toBe(0);
    expect(await netOf(account('T-3'))).toBe(500_000);
    const { results } = await env.DB.prepare(
      "SELECT name, written_at AS at FROM config WHERE kind = 'season' AND name >= 'T' ORDER BY name",
    ).all<{ name: string; at: number }>();
    expect(results.map(({ name, at }) => [name, new Date(at).toISOString().slice(0, 10)])).toEqual([
      ['T', '2024-10-16'],
      ['T-2', '2025-01-01'],
      ['T-3', '2025-04-01'],
    ]);
    // Cron makes the same copy, and nothing changes.
    await driveSeasons(env, now + MINUTE);
    expect(await netOf(account('T-3'))).toBe(500_000);
  });

  it('are those of what a person wrote where somebody was first', async () => {
    const now = Date.parse('2025-07-02T10:00:00Z');
    await week('Hand', '2025-07-01', '2025-07-31', now - DAY);
    await settled('hand', [completion('hand', {}, now)], now);
    expect(await netOf(account('Hand'))).toBe(500_000);
  });
});
