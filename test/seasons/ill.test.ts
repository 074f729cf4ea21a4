/** Leave that is written late: it pauses the clock of a grace that a wave has ended already (S6). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hearTierChanges } from '../../src/routing/jobs';
import { readRuns } from '../../src/seasons/reset/store';
import { evaluateTiers } from '../../src/seasons/standing/client';
import { readHistory } from '../../src/seasons/standing/store';
import { Network } from '../delivery/network';
import { decideAt } from '../routing/desk';
import { at, away } from './stage';
import { type Actor, attributesOf, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const NIGHT = '2031-10-01T00:10:00';
const LATE = '2031-10-01T00:30:00';
const WINDOW = '2031-10-01T02:00:00';
const AFTER = '2031-10-01T02:30:00';

describe('leave that is written after grace has ended', () => {
  it('opens it again, and a later wave ends it; withdrawn, the next wave does', async () => {
    const { next, agents, play } = await quarter([6000, 6000, 6000]);
    const [ill, back, late] = agents;
    if (ill === undefined || back === undefined || late === undefined) throw new Error('agents');
    const tierOf = ({ user }: Actor) => {
      const { active_tier, tier_expiry_date } = attributesOf(network, user);
      return [active_tier, tier_expiry_date];
    };
    await play.step(NIGHT, LATE);
    await play.step(WINDOW, AFTER);
    await play.step('2031-10-15T00:10:00', '2031-10-15T00:20:00');
    await play.step('2031-10-15T02:00:00', '2031-10-15T02:30:00');
    expect(agents.map(tierOf)).toEqual(agents.map(() => ['BRONZE', null]));
    // Three days after the end; of one of them only days that do not reach until today.
    const now = at('2031-10-18T09:00:00Z');
    const week = [{ from: '2031-10-03', to: '2031-10-09' }];
    await away(ill.key, week, now);
    await away(back.key, week, now);
    await away(late.key, [{ from: '2031-10-03', to: '2031-10-05' }], now);
    const seatsAt = async (instant: string) => {
      const said: string[] = [];
      for (const { id } of agents) {
        const { body } = await decideAt(at(instant), id, instant);
        said.push(`${body.tier} ${body.seasonId}`);
      }
      return said;
    };
    const seatsHear = (instant: string) =>
      evaluateTiers<typeof env>(hearTierChanges)(env, at(instant));
    expect(await seatsAt('2031-10-18T09:01:00Z')).toEqual(agents.map(() => `BRONZE ${next}`));
    await seatsHear('2031-10-18T09:05:00Z');
    await play.step('2031-10-18T09:05:00', '2031-10-18T09:20:00');
    expect(agents.map(tierOf)).toEqual([
      ['GOLD', '2031-10-22'],
      ['GOLD', '2031-10-22'],
      ['BRONZE', null],
    ]);
    const [gold, bronze] = [`GOLD ${next}`, `BRONZE ${next}`];
    expect(await seatsAt('2031-10-18T09:20:00Z')).toEqual([gold, gold, bronze]);
    await away(back.key, [], at('2031-10-19T09:00:00Z'));
    await seatsHear('2031-10-19T09:05:00Z');
    await play.step('2031-10-19T09:05:00', '2031-10-19T09:20:00');
    expect(await seatsAt('2031-10-19T09:20:00Z')).toEqual([gold, bronze, bronze]);
    await play.step('2031-10-20T02:00:00', '2031-10-20T02:30:00');
    expect(agents.map((one) => tierOf(one)[0])).toEqual(['GOLD', 'BRONZE', 'BRONZE']);
    expect(await seatsAt('2031-10-21T23:59:59Z')).toEqual([gold, bronze, bronze]);
    expect(await seatsAt('2031-10-22T00:00:00Z')).toEqual([bronze, bronze, bronze]);
    await play.step('2031-10-22T00:10:00', '2031-10-22T00:20:00');
    await play.step('2031-10-22T02:00:00', '2031-10-22T02:30:00');
    expect(agents.map(tierOf)).toEqual(agents.map(() => ['BRONZE', null]));
    const reasons = async ({ key }: Actor) =>
      (await readHistory(env.DB, key, next)).map(({ reason }) => reason);
    expect(await reasons(ill)).toEqual(['GRACE_ENDED', 'GRACE_REOPENED', 'GRACE_ENDED']);
    expect(await reasons(back)).toEqual([
      ...['GRACE_ENDED', 'GRACE_REOPENED'],
      ...['GRACE_MOVED', 'GRACE_ENDED'],
    ]);
    expect(await reasons(late)).toEqual(['GRACE_ENDED']);
    const waves = (await readRuns(env.DB, next)).filter(({ wave }) => wave === 'GRACE');
    expect(waves.map(({ report }) => report?.differing)).toEqual([0, 0, 0]);
  });

  it('while the wave that ends it waits for its window, is what the platform has in the end', async () => {
    const { next, agents, play } = await quarter([6000]);
    const [ill] = agents;
    if (ill === undefined) throw new Error('an agent');
    await play.step(NIGHT, LATE);
    await play.step(WINDOW, AFTER);
    await play.step('2031-10-15T00:10:00', '2031-10-15T00:20:00');
    await away(ill.key, [{ from: '2031-10-03', to: '2031-10-09' }], at('2031-10-15T01:00:00Z'));
    await play.step('2031-10-15T01:05:00', '2031-10-15T01:10:00');
    await play.step('2031-10-15T02:00:00', '2031-10-15T02:30:00');
    expect(attributesOf(network, ill.user)).toMatchObject({
      active_tier: 'GOLD',
      grace_period_active: true,
      tier_expiry_date: '2031-10-22',
    });
    const [wave] = (await readRuns(env.DB, next)).filter((one) => one.wave === 'GRACE');
    expect(wave?.report).toMatchObject({ applied: 1, retried: 1, differing: 0 });
  });
});
