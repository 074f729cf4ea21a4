import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { at, earn } from './stage';
import { archived, attributesOf, platform, quarter, seasonStub } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const NIGHT = '2031-10-01T00:10:00';
const WINDOW = '2031-10-01T02:00:00';
const LATER = '2031-10-01T02:30:00';

const kindsAbout = async (...subjects: string[]): Promise<string[]> =>
  (
    await env.DB.prepare(
      'SELECT kind FROM notices WHERE subject IN (SELECT value FROM json_each(?)) ORDER BY kind',
    )
      .bind(JSON.stringify(subjects))
      .all<{ kind: string }>()
  ).results.map(({ kind }) => kind);

const reportOf = async (id: string) => (await readRuns(env.DB, id)).at(-1)?.report;

describe('a reset', () => {
  it('archives at once, tells platforms in the window as printed, reconciles and closes (DEC-18)', async () => {
    const { id, next, agents, play } = await quarter([4250, 9000, 0]);
    await play.step(NIGHT, '2031-10-01T01:59:00');
    // What the season's last changes would say is not sent any more: the reset says what is newer.
    expect(network.seen.filter(({ path }) => path.includes(`agent-${id.slice(1)}`))).toEqual([]);
    const rows = await archived(id);
    expect(
      rows.map((row) => [row.points, row.tier, row.next_tier, row.next_honoured]).toSorted(),
    ).toEqual([
      [0, 'BRONZE', 'BRONZE', 'BRONZE'],
      [42_500_000, 'SILVER', 'BRONZE', 'SILVER'],
      [90_000_000, 'PLATINUM', 'BRONZE', 'PLATINUM'],
    ]);
    await play.step(WINDOW, LATER);
    expect(attributesOf(network, agents[0]?.user ?? '')).toEqual({
      active_tier: 'SILVER',
      current_season_points: 0,
      historical_tier_q3: 'SILVER',
      reset_applied: true,
      reset_applied_season: next,
      grace_period_active: true,
      tier_expiry_date: '2031-10-15',
      current_points: 0,
    });
    expect(await seasonStub(id).progress()).toMatchObject({
      saga: null,
      asked: [],
      openBatches: [],
    });
    expect(await kindsAbout(`season:${id}`, `season:${next}`)).toEqual([
      'season.closed',
      'season.synchronisation',
      'session.invalidation',
    ]);
    expect(await reportOf(id)).toMatchObject({
      agents: 3,
      batches: 1,
      expected: 3,
      applied: 3,
      windows: 1,
    });
  });

  it('ends grace in a second wave, and tells a drop outside of it at once (DEC-18)', async () => {
    const { agents, category, play } = await quarter([6000, 6000]);
    const [first, second] = agents;
    if (first === undefined || second === undefined) throw new Error('two agents');
    await play.step(NIGHT, '2031-10-01T00:20:00');
    await play.step(WINDOW, LATER);
    await earn(first.key, 3000, '2031-10-05', at('2031-10-05T12:00:00Z'), category);
    await play.step('2031-10-05T12:10:00', '2031-10-05T12:20:00');
    expect(attributesOf(network, first.user).active_tier).toBe('GOLD');
    await play.step('2031-10-15T00:10:00', '2031-10-15T00:20:00');
    expect(attributesOf(network, first.user).active_tier).toBe('GOLD');
    await play.step('2031-10-15T02:00:00', '2031-10-15T02:30:00');
    const told = { grace_period_active: false, tier_expiry_date: null };
    expect(attributesOf(network, first.user)).toMatchObject({
      ...told,
      active_tier: 'SILVER',
      current_points: 3000,
    });
    expect(attributesOf(network, second.user)).toMatchObject({ ...told, active_tier: 'BRONZE' });
    await earn(first.key, -1000, '2031-10-05', at('2031-10-20T12:00:00Z'), category);
    await play.step('2031-10-20T12:10:00', '2031-10-20T12:20:00');
    expect(attributesOf(network, first.user).active_tier).toBe('BRONZE');
  });

  it('is made once for a season and agent, whoever asks again', async () => {
    const { id, play } = await quarter([100]);
    await play.step(NIGHT, '2031-10-01T00:20:00');
    await play.step(WINDOW, LATER);
    const sent = network.seen.length;
    const ask = {
      season: id,
      wave: 'RESET' as const,
      by: 'api',
      groups: [],
      instant: at('2031-10-01T00:00:00Z'),
    };
    const again = await seasonStub(id).trigger({ ...ask, key: 'another' }, [], play.now);
    expect(again).toMatchObject({ status: 'duplicate', key: expect.stringMatching(/^cron:/) });
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:30:00');
    expect(network.seen.filter(({ path }) => path.includes(`agent-${id.slice(1)}-`)).length).toBe(
      network.seen.slice(0, sent).filter(({ path }) => path.includes(`agent-${id.slice(1)}-`))
        .length,
    );
    expect(await archived(id)).toHaveLength(1);
  });

  it('opens the next season at zero; a late revocation lands in its own', async () => {
    const { id, next, agents, category, play } = await quarter([4250]);
    const key = agents[0]?.key ?? '';
    await play.step(NIGHT, '2031-10-01T00:20:00');
    await play.step(WINDOW, LATER);
    await earn(key, -4250, '2031-09-10', at('2031-10-03T12:00:00Z'), category);
    const held = async (season: string) =>
      (
        await env.DB.prepare(
          `SELECT coalesce(sum(CASE WHEN to_account = ?1 THEN amount ELSE -amount END), 0) AS held
           FROM entries WHERE ?1 IN (to_account, from_account)`,
        )
          .bind(`agent:${key}:points:${category}:${season}`)
          .first<{ held: number }>()
      )?.held;
    expect([await held(id), await held(next)]).toEqual([0, 0]);
    expect((await archived(id))[0]?.points).toBe(42_500_000);
  });
});

describe('an export to cold storage', () => {
  it('is confirmed before anything is calculated', async () => {
    await platform('cold', 'webhook');
    const { id, play } = await quarter([100], { coldStorage: 'cold' });
    network.instead = (request) =>
      request.url.includes('webhook') ? new Response('', { status: 503 }) : null;
    await play.step(NIGHT, '2031-10-01T00:20:00');
    expect((await seasonStub(id).progress())?.saga?.phase).toBe('ARCHIVE');
    expect(await archived(id)).toEqual([]);
    expect(await seasonStub(id).skipExport(id, play.now)).toBe(true);
    await play.step(WINDOW, LATER);
    expect(await reportOf(id)).toMatchObject({ exported: 'skipped', agents: 1 });
  });
});
