/** A whole reset over a change of clocks: archive, window, grace and decay by the season's wall clock. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { at } from './stage';
import { archived, attributesOf, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const ZONE = { timeZone: 'America/New_York', graceDays: 1, decay: { factor: '0.95' } };

/** Fires cron at each instant but the last, and lets objects work until the next. */
async function played({ play }: Awaited<ReturnType<typeof quarter>>, ...stops: readonly string[]) {
  for (const [index, stop] of stops.slice(0, -1).entries()) {
    await play.step(stop, stops[index + 1]);
  }
}

const toldAt = async (season: string) =>
  (await readRuns(env.DB, season)).map(({ instant }) => instant);

describe('a reset on the day on which clocks are set back', () => {
  it('opens its window once, and grace lasts a day of 25 hours', async () => {
    const stage = await quarter([6000], {
      ...ZONE,
      startDay: '2031-09-01',
      endDay: '2031-11-01',
      // Half past one comes twice on the second of November.
      maintenanceWindow: { start: '01:30', minutes: 15 },
    });
    const { id, next, agents } = stage;
    const user = agents[0]?.user ?? '';
    await played(stage, '2031-11-02T03:58:00', '2031-11-02T03:59:00');
    expect(await archived(id)).toEqual([]);
    await played(stage, '2031-11-02T04:10:00', '2031-11-02T05:29:00');
    expect(await toldAt(id)).toEqual([at('2031-11-02T04:00:00Z')]);
    expect(attributesOf(network, user).reset_applied_season).not.toBe(next);
    await played(stage, '2031-11-02T05:30:00', '2031-11-02T05:44:00');
    expect(attributesOf(network, user)).toMatchObject({
      reset_applied_season: next,
      grace_period_active: true,
    });
    const sent = network.seen.filter(({ method }) => method === 'PATCH').length;
    await played(stage, '2031-11-02T06:30:00', '2031-11-03T04:59:00');
    expect(network.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(sent);
    expect(await toldAt(next)).toEqual([]);
    await played(stage, '2031-11-03T05:10:00', '2031-11-03T06:30:00', '2031-11-03T06:44:00');
    expect(await toldAt(next)).toEqual([at('2031-11-03T05:00:00Z')]);
    expect(attributesOf(network, user)).toMatchObject({
      active_tier: 'BRONZE',
      grace_period_active: false,
    });
    // One night a local day, the long one too: 52 nights since the tenth of September.
    const lost = await env.DB.prepare(
      'SELECT sum(amount) AS lost FROM entries WHERE to_account = ?',
    )
      .bind(`decay:${id}`)
      .first<{ lost: number }>();
    expect(lost?.lost).toBe(60_000_000 - Math.round(60_000_000 * 0.95 ** 52));
  });
});

describe('a reset on the day on which clocks are set forward', () => {
  it('opens the window that the clocks skip an hour later, and grace lasts 23 hours', async () => {
    const stage = await quarter([6000], {
      ...ZONE,
      startDay: '2031-09-01',
      endDay: '2032-03-13',
      // Half past two is skipped on the fourteenth of March.
      maintenanceWindow: { start: '02:30', minutes: 15 },
    });
    const { id, next, agents } = stage;
    const user = agents[0]?.user ?? '';
    await played(stage, '2032-03-14T05:10:00', '2032-03-14T07:29:00');
    expect(await toldAt(id)).toEqual([at('2032-03-14T05:00:00Z')]);
    expect(attributesOf(network, user).reset_applied_season).not.toBe(next);
    await played(stage, '2032-03-14T07:30:00', '2032-03-14T07:44:00');
    expect(attributesOf(network, user).reset_applied_season).toBe(next);
    await played(stage, '2032-03-15T04:10:00', '2032-03-15T06:30:00', '2032-03-15T06:44:00');
    expect(await toldAt(next)).toEqual([at('2032-03-15T04:00:00Z')]);
    expect(attributesOf(network, user).grace_period_active).toBe(false);
  });
});
