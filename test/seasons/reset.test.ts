import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Network } from '../delivery/network';
import { at, DAY, earn, hire, season } from './stage';
import { attributesOf, MINUTE, Play, platform, seasonStub } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const WROTE = at('2031-06-01T00:00:00Z');
let serial = 0;

/** A quarter of its own with some agents of given points; answers names and keys. */
async function quarter(points: readonly number[], fields: Record<string, unknown> = {}) {
  serial += 1;
  const id = `Q${serial}`;
  const group = `group-${serial}`;
  const destination = `seed-${serial}`;
  await platform(destination, 'seed');
  await season(
    id,
    {
      categories: [`Cat${serial}`],
      startDay: '2031-07-01',
      endDay: '2031-09-30',
      decay: { factor: '1' },
      target_groups: [group],
      destinations: [destination],
      ...fields,
    },
    WROTE,
  );
  const agents: { id: string; key: string; user: string }[] = [];
  for (const [index, count] of points.entries()) {
    const name = `agent-${serial}-${index}`;
    const key = await hire(name, { groups: [group] }, WROTE);
    if (count > 0) {
      const when = at('2031-09-10T12:00:00Z');
      await earn(key, count, '2031-09-10', when, `Cat${serial}`);
    }
    agents.push({ id: name, key, user: `genesys-${name}` });
  }
  return { id, group, destination, agents, category: `Cat${serial}` };
}

const archived = async (id: string) =>
  (
    await env.DB.prepare('SELECT * FROM season_archive WHERE id > ?1 AND id < ?2 ORDER BY id')
      .bind(`${id}.`, `${id}/`)
      .all<Record<string, unknown>>()
  ).results;

const END = at('2031-10-01T00:00:00Z');

describe('a reset', () => {
  it('archives, tells platforms in the window as printed, reconciles and closes', async () => {
    const { id, destination, agents } = await quarter([4250, 9000, 0]);
    const play = new Play(at('2031-09-30T23:00:00Z'), [id], [destination]);
    await play.until(END + 90 * MINUTE);
    expect(network.seen).toEqual([]);
    const rows = await archived(id);
    expect(
      rows
        .map(({ points, tier, next_tier, next_honoured }) => [
          points,
          tier,
          next_tier,
          next_honoured,
        ])
        .toSorted(),
    ).toEqual([
      [0, 'BRONZE', 'BRONZE', 'BRONZE'],
      [42_500_000, 'SILVER', 'BRONZE', 'SILVER'],
      [90_000_000, 'PLATINUM', 'BRONZE', 'PLATINUM'],
    ]);
    await play.until(END + 150 * MINUTE);
    const silver = attributesOf(network, agents[0]?.user ?? '');
    expect(silver).toEqual({
      active_tier: 'SILVER',
      current_season_points: 0,
      historical_tier_q3: 'SILVER',
      reset_applied: true,
      reset_applied_season: `${id}-2`,
      grace_period_active: true,
      tier_expiry_date: '2031-10-15',
      current_points: 0,
    });
    const progress = await seasonStub(id).progress();
    expect(progress).toMatchObject({ saga: null, asked: [], openBatches: [] });
    const { results } = await env.DB.prepare(
      'SELECT kind FROM notices WHERE subject IN (?1, ?2) ORDER BY kind',
    )
      .bind(`season:${id}`, `season:${id}-2`)
      .all<{ kind: string }>();
    expect(results.map(({ kind }) => kind)).toEqual([
      'season.closed',
      'season.synchronisation',
      'session.invalidation',
    ]);
  });

  it('ends grace in a second wave with the same windows', async () => {
    const { id, destination, agents, category } = await quarter([6000, 6000]);
    const next = `${id}-2`;
    const play = new Play(at('2031-09-30T23:00:00Z'), [id, next], [destination]);
    await play.until(END + 150 * MINUTE);
    await earn(agents[0]?.key ?? '', 3000, '2031-10-05', at('2031-10-05T12:00:00Z'), category);
    play.now = at('2031-10-05T12:00:00Z');
    await play.until(play.now + 10 * MINUTE);
    expect(attributesOf(network, agents[0]?.user ?? '').active_tier).toBe('GOLD');
    play.now = END + 14 * DAY - 10 * MINUTE;
    await play.until(END + 14 * DAY + 150 * MINUTE);
    const [first, second] = agents.map(({ user }) => attributesOf(network, user));
    expect(first).toMatchObject({
      active_tier: 'SILVER',
      grace_period_active: false,
      current_points: 3000,
    });
    expect(second).toMatchObject({ active_tier: 'BRONZE', grace_period_active: false });
  });

  it('is made once for a season and agent, whoever asks again', async () => {
    const { id, destination } = await quarter([100]);
    const play = new Play(at('2031-09-30T23:00:00Z'), [id], [destination]);
    await play.until(END + 150 * MINUTE);
    const sent = network.seen.length;
    const ask = { season: id, wave: 'RESET' as const, by: 'api', groups: [], instant: END };
    const again = await seasonStub(id).trigger({ ...ask, key: 'another' }, [], play.now);
    expect(again).toMatchObject({ status: 'duplicate', key: expect.stringMatching(/^cron:/) });
    await play.until(play.now + DAY / 24, true);
    expect(network.seen).toHaveLength(sent);
    expect(await archived(id)).toHaveLength(1);
  });
});
