/** Who leaves the groups of a season while it runs, is reset with it all the same. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuns } from '../../src/seasons/reset/store';
import { readSeatFacts } from '../../src/seasons/standing/seats/store';
import { honouredAt } from '../../src/seasons/tier';
import { Network } from '../delivery/network';
import { at, hire, season } from './stage';
import { archived, attributesOf, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const AUGUST = at('2031-09-20T00:00:00Z');
const factsOf = async (key: string, now: string) => {
  const facts = (await readSeatFacts(env.DB, [key], at(now))).get(key);
  if (facts === undefined) throw new Error('no facts');
  return facts;
};

describe('an agent who left the groups of the season', () => {
  it('is archived, keeps nothing of a season that is closed, and loses the tier after grace', async () => {
    const { id, next, agents, play } = await quarter([6000]);
    const [agent] = agents;
    if (agent === undefined) throw new Error('an agent');
    await hire(agent.id, { groups: ['elsewhere'] }, AUGUST);
    const before = await factsOf(agent.key, '2031-10-01T00:00:01Z');
    expect([before.seasonId, before.honoured]).toEqual([next, 'GOLD']);
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:30:00');
    expect(await archived(id)).toMatchObject([{ points: 60_000_000, next_season: next }]);
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
    expect(attributesOf(network, agent.user)).toMatchObject({
      active_tier: 'GOLD',
      grace_period_active: true,
    });
    await play.step('2031-10-15T00:10:00', '2031-10-15T00:20:00');
    await play.step('2031-10-15T02:00:00', '2031-10-15T02:30:00');
    expect(attributesOf(network, agent.user)).toMatchObject({
      active_tier: 'BRONZE',
      grace_period_active: false,
    });
  });

  it('is in the season of the new group from then on', async () => {
    const { id, agents, play } = await quarter([6000]);
    const [agent] = agents;
    if (agent === undefined) throw new Error('an agent');
    const dates = { startDay: '2031-07-01', endDay: '2031-12-31', graceDays: 0 };
    const other = { categories: [`${id}Other`], target_groups: [`${id}-others`], ...dates };
    await season(`${id}-others`, other, AUGUST);
    await hire(agent.id, { groups: [`${id}-others`] }, AUGUST);
    expect((await factsOf(agent.key, '2031-09-25T00:00:00Z')).seasonId).toBe(id);
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:30:00');
    expect(await archived(id)).toMatchObject([{ next_season: `${id}-others` }]);
    const facts = await factsOf(agent.key, '2031-10-01T00:30:00Z');
    expect([facts.seasonId, honouredAt(facts, at('2031-10-01T00:30:00Z'))]).toEqual([
      `${id}-others`,
      'BRONZE',
    ]);
  });

  it('is reset by a trigger that names every group of the season', async () => {
    const { id, agents, group, play } = await quarter([6000]);
    const [agent] = agents;
    if (agent === undefined) throw new Error('an agent');
    await hire(agent.id, { groups: [] }, AUGUST);
    play.now = at('2031-10-01T00:01:00Z');
    const instant = at('2031-10-01T00:00:00Z');
    const ask = { season: id, wave: 'RESET' as const, by: 'trigger', key: 'k', instant };
    await env.SEASONS.getByName(id).trigger({ ...ask, groups: [group] }, [group], play.now);
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:30:00');
    expect(await archived(id)).toHaveLength(1);
    expect(await readRuns(env.DB, id)).toHaveLength(1);
  });
});
