/**
 * What comes late: an update that a newer one has replaced, a grace that ends before the reset that
 * opens it is over, and cron that has not fired for more than a season.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuns } from '../../src/seasons/reset/store';
import { readSeatFacts } from '../../src/seasons/standing/seats/store';
import { readPlaces } from '../../src/seasons/standing/store';
import { Network } from '../delivery/network';
import { at, earn } from './stage';
import { archived, attributesOf, evaluate, type Quarter, quarter, seasonStub } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const NIGHT = '2031-10-01T00:10:00';
const writes = ({ agents }: Quarter) =>
  network.seen.filter(
    ({ method, path }) => method === 'PATCH' && path.includes(agents[0]?.user ?? ''),
  );

describe('an update that a newer one has replaced', () => {
  it('is not sent any more when it comes back from a long wait', async () => {
    const stage = await quarter([0]);
    const { agents, category, play } = stage;
    const key = agents[0]?.key ?? '';
    play.now = at('2031-09-12T12:00:00Z');
    await evaluate(env, play.now);
    const change = async (points: number, now: string) => {
      await earn(key, points, '2031-09-12', at(now), category);
      play.now = at(now);
      await evaluate(env, play.now);
    };
    // The platform asks for patience before the first is sent, and then another tier is reached.
    network.faults('genesys', [{ kind: 'throttle', retryAfter: 600, times: 1 }]);
    await change(3000, '2031-09-12T12:00:00Z');
    await play.work(at('2031-09-12T12:01:00Z'));
    await change(3000, '2031-09-12T12:05:00Z');
    await play.work(at('2031-09-12T13:00:00Z'));
    const bodies = writes(stage)
      .filter(({ status }) => status < 300)
      .map(({ body }) => JSON.parse(body).customAttributes.active_tier);
    expect(bodies).toEqual(['GOLD']);
    expect(attributesOf(network, agents[0]?.user ?? '').active_tier).toBe('GOLD');
  });
});

describe('a grace that ends before its reset is over', () => {
  it('waits for the reset, so that no two waves tell one agent different things', async () => {
    // The first window holds back the reset until the grace of a day is over.
    const stage = await quarter([6000], { graceDays: 1 });
    const { id, next, agents, play } = stage;
    const volume = async (value: number, now: string) =>
      seasonStub(id).volume(id, value, at(`${now}Z`));
    await volume(1000, '2031-09-30T12:00:00');
    await volume(500, '2031-10-01T01:55:00');
    await play.step(NIGHT, '2031-10-01T00:20:00');
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
    await play.step('2031-10-02T00:10:00', '2031-10-02T00:40:00');
    const graces = async () =>
      (await readRuns(env.DB, next)).filter(({ wave }) => wave === 'GRACE');
    expect(await graces()).toEqual([]);
    expect(await seasonStub(next).progress()).toMatchObject({ saga: null, asked: [{}] });
    await volume(10, '2031-10-02T01:58:00');
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:30:00');
    expect((await readRuns(env.DB, id)).at(-1)?.endedAt).not.toBeNull();
    await play.step('2031-10-03T02:00:00', '2031-10-03T02:30:00');
    expect(await graces()).toMatchObject([{ endedAt: expect.any(Number) }]);
    const tiers = writes(stage).map(({ body }) => JSON.parse(body).customAttributes.active_tier);
    expect(tiers.at(-1)).toBe('BRONZE');
    expect(attributesOf(network, agents[0]?.user ?? '')).toMatchObject({
      active_tier: 'BRONZE',
      grace_period_active: false,
      reset_applied_season: next,
    });
  });
});

describe('cron that has not fired for more than a season', () => {
  const WEEK = { startDay: '2031-09-15', endDay: '2031-09-30', graceDays: 0 };

  it('resets one season after the other, and everybody is in the archive of each', async () => {
    const stage = await quarter([6000, 0], WEEK);
    const { id, next, agents, play } = stage;
    const third = `${id}-3`;
    const now = '2031-10-18T00:10:00';
    play.now = at(`${now}Z`);
    // Two seasons have ended, and one of them was never written.
    const facts = await readSeatFacts(env.DB, [agents[0]?.key ?? ''], play.now);
    expect(facts.get(agents[0]?.key ?? '')).toMatchObject({ seasonId: third, honoured: 'BRONZE' });
    const places = await readPlaces(env.DB, [agents[1]?.key ?? ''], play.now);
    expect(places.get(agents[1]?.key ?? '')?.place?.season.id).toBe(third);
    for (const stop of ['18T00:10', '18T00:20', '18T02:00', '18T02:20', '19T02:00', '20T02:00']) {
      const from = at(`2031-10-${stop}:00Z`);
      play.now = from;
      await play.cron();
      await play.work(from + 12 * 60_000);
    }
    expect(await archived(id)).toHaveLength(2);
    expect((await archived(next)).map((row) => row.next_season)).toEqual([third, third]);
    for (const season of [id, next])
      expect((await readRuns(env.DB, season)).map(({ endedAt }) => endedAt !== null)).toEqual([
        true,
      ]);
    expect(attributesOf(network, agents[0]?.user ?? '')).toMatchObject({
      reset_applied_season: third,
      active_tier: 'BRONZE',
    });
  });
});
