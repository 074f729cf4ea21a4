import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
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
