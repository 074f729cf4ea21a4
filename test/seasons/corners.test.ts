/** Corners of a reset: settings that lead nowhere, platforms in pages, crashes around an erasure. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { at, away, earn, season } from './stage';
import { archived, attributesOf, platform, quarter, seasonStub } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const NIGHT = '2031-10-01T00:10:00';
const LATE = '2031-10-01T00:30:00';
const WINDOW = '2031-10-01T02:00:00';
const AFTER = '2031-10-01T02:30:00';
const reportOf = async (id: string) => (await readRuns(env.DB, id)).at(-1)?.report;

describe('cold storage', () => {
  it.each([
    ['that nobody has written', 'nowhere'],
    ['that cannot be told an archive', 'a-platform'],
  ])('%s is waited for until a person skips it', async (_, coldStorage) => {
    if (coldStorage === 'a-platform') await platform(coldStorage, 'seed');
    const { id, play } = await quarter([100], { coldStorage });
    await play.step(NIGHT, LATE);
    expect((await seasonStub(id).progress())?.saga?.phase).toBe('ARCHIVE');
    expect(await archived(id)).toEqual([]);
    expect(await seasonStub(id).skipExport(id, play.now)).toBe(true);
    await play.step(WINDOW, AFTER);
    expect(await reportOf(id)).toMatchObject({ exported: 'skipped', applied: 1 });
  });

  it('that is written at last takes the export', async () => {
    const { id, play } = await quarter([100], { coldStorage: 'late-storage' });
    await play.step(NIGHT, LATE);
    await platform('late-storage', 'webhook');
    await play.step(WINDOW, AFTER);
    await sweepDeliveries(env, play.now);
    await env.DESTINATIONS.getByName('late-storage').poke(play.now);
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:30:00');
    expect(await reportOf(id)).toMatchObject({ exported: 'confirmed', applied: 1 });
  });
});

describe('a survey of a platform', () => {
  it('of more users than one page ends, and counts each stranger once', async () => {
    const { id, play } = await quarter([0], {}, { preset: 'cxone' });
    for (let nth = 0; nth < 230; nth += 1) {
      network.shelf('cxone').put('users', `user-${String(nth).padStart(4, '0')}`, {});
    }
    await play.step(NIGHT, LATE);
    await play.step(WINDOW, AFTER);
    expect(await reportOf(id)).toMatchObject({ applied: 1, missingHere: 230 });
  });
});

describe('a log of seasons', () => {
  it('that a platform did not take is told again', async () => {
    const { id, next, agents, play } = await quarter([6000], {}, { preset: 'cxone' });
    const answer = network.answer.bind(network);
    let refusals = 1;
    network.answer = async (request) => {
      const isLog = (await request.clone().text()).includes('seasonal_performance_log');
      if (!isLog || refusals === 0) return answer(request);
      refusals -= 1;
      return Response.json({ message: 'not now' }, { status: 400 });
    };
    await play.step(NIGHT, LATE);
    await play.step(WINDOW, AFTER);
    const held = network.shelf('cxone').get('users', agents[0]?.id ?? '');
    expect(held).toMatchObject({
      seasonal_performance_log: [{ season_id: id, tier: 'GOLD' }, { season_id: next }],
    });
    expect(await reportOf(id)).toMatchObject({ retried: 1, differing: 0 });
  });
});

describe('an object that was lost after somebody was erased', () => {
  it('goes on with what the books hold', async () => {
    const { id, agents, play } = await quarter([4250, 0, 0]);
    const gone = agents.toSorted((a, b) => (a.key < b.key ? -1 : 1))[0];
    if (gone === undefined) throw new Error('three');
    await play.step(NIGHT, LATE);
    expect((await seasonStub(id).progress())?.saga).toMatchObject({ phase: 'APPLY', staged: 1 });
    await env.DB.prepare("UPDATE config SET content = NULL WHERE kind = 'agent' AND name = ?")
      .bind(gone.key)
      .run();
    await runInDurableObject(seasonStub(id) as unknown as DurableObjectStub, (_, state) =>
      state.storage.deleteAll(),
    );
    await seasonStub(id).resume(id, at('2031-10-01T01:10:00Z'));
    await play.step(WINDOW, AFTER);
    expect(await reportOf(id)).toMatchObject({ differing: 0 });
    for (const { user } of agents.filter((one) => one !== gone)) {
      expect(attributesOf(network, user).grace_period_active).toBe(true);
    }
  });
});

describe('a push that has not arrived', () => {
  it('is replaced only by what is told in its place', async () => {
    const { agents, category, play } = await quarter([6000]);
    const [agent] = agents;
    if (agent === undefined) throw new Error('an agent');
    await play.step(NIGHT, LATE);
    await play.step(WINDOW, AFTER);
    const day = '2031-10-05';
    await earn(agent.key, 9000, day, at(`${day}T08:00:00Z`), category);
    await play.step(`${day}T08:05:00`, `${day}T08:10:00`);
    expect(attributesOf(network, agent.user).active_tier).toBe('PLATINUM');
    network.instead = ({ method }) =>
      method === 'PATCH' ? new Response('', { status: 503 }) : null;
    await earn(agent.key, -9000, day, at(`${day}T09:00:00Z`), category);
    await play.step(`${day}T09:05:00`, `${day}T09:05:10`);
    await earn(agent.key, 3000, day, at(`${day}T10:00:00Z`), category);
    await play.step(`${day}T10:05:00`, `${day}T10:05:10`);
    network.instead = () => null;
    await play.work(at(`${day}T12:00:00Z`));
    expect(attributesOf(network, agent.user).active_tier).toBe('GOLD');
  });
});

describe('an end of grace', () => {
  it('that is moved back behind the wave that is over, has a wave of its own', async () => {
    const { agents, play } = await quarter([6000, 6000]);
    const [, second] = agents;
    if (second === undefined) throw new Error('two agents');
    await play.step(NIGHT, LATE);
    await play.step(WINDOW, AFTER);
    const gone = [{ from: '2031-10-03', to: '2031-10-12' }];
    await away(second.key, gone, at('2031-10-02T12:00:00Z'));
    await play.step('2031-10-02T12:05:00', '2031-10-02T12:20:00');
    expect(attributesOf(network, second.user).tier_expiry_date).toBe('2031-10-25');
    await play.step('2031-10-15T00:10:00', '2031-10-15T00:20:00');
    await play.step('2031-10-15T02:00:00', '2031-10-15T02:30:00');
    expect(attributesOf(network, second.user).active_tier).toBe('GOLD');
    await away(second.key, [], at('2031-10-20T12:00:00Z'));
    await play.step('2031-10-20T12:05:00', '2031-10-20T12:20:00');
    await play.step('2031-10-20T13:07:00', '2031-10-20T13:20:00');
    await play.step('2031-10-21T02:00:00', '2031-10-21T02:30:00');
    expect(attributesOf(network, second.user)).toMatchObject({
      active_tier: 'BRONZE',
      grace_period_active: false,
    });
  });
});

describe('a successor that is copied', () => {
  it('takes a name that nobody has, and none that has another season', async () => {
    const { id, group, play } = await quarter([100]);
    const other = {
      categories: [`${id}Other`],
      target_groups: [`${group}-others`],
      startDay: '2031-11-01',
      endDay: '2031-11-30',
    };
    await season(`${id}-2`, other, at('2031-06-01T00:00:00Z'));
    await play.step(NIGHT, LATE);
    expect(await archived(id)).toMatchObject([{ next_season: `${id}-3` }]);
  });
});
