/**
 * A platform that was told and does not answer what it holds: it is named, and after a day the run
 * goes on without it. `SIM_CRASHES` plays further corners.
 */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Batch, Saga, SeasonState } from '../../src/seasons/reset/run';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { PLAYS_ALL } from '../worker/crashes';
import { at } from './stage';
import { Play, platform, quarter, seasonStub } from './theatre';
import { asOne, type Line, shownOf, toldOf, turned } from './waiting';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  vi.useRealTimers();
});

const WINDOW = { maintenanceWindow: { start: '02:00', minutes: 30 } };
const hasEnded = async ({ id }: Line) => (await readRuns(env.DB, id)).at(-1)?.endedAt !== null;
const reportOf = async ({ id }: Line) => (await readRuns(env.DB, id)).at(-1)?.report;

/** Cron and objects before the window and in it, until everybody was told and read. */
async function firstNight({ play }: Line, day = '01'): Promise<void> {
  await play.step(`2031-10-${day}T00:10:00`, `2031-10-${day}T00:11:00`);
  await play.step(`2031-10-${day}T02:00:00`, `2031-10-${day}T02:00:20`);
}

/** Objects alone do what is due at some instants of October. */
async function looks({ play }: Line, times: readonly string[]): Promise<void> {
  for (const time of times) {
    play.now = at(`2031-10-${time}:00Z`);
    await play.work(play.now);
  }
}

/** Questions whose address has this in it are answered so. */
const answers = (part: string, status: number): void => {
  network.instead = ({ method, url }) =>
    method === 'GET' && url.includes(part) ? Response.json({}, { status }) : null;
};

const dueAt = (id: string, now: number) =>
  (seasonStub(id) as unknown as { due(now: number): Promise<number | null> }).due(now);

type Insides = {
  change(now: number, to: (state: SeasonState & { saga: Saga }) => Partial<SeasonState>): void;
};

/** The one batch of a run as many of one agent each: all of them are told with the same deliveries. */
async function split({ id, play }: Line): Promise<void> {
  const stub = seasonStub(id) as unknown as DurableObjectStub;
  await runInDurableObject(stub, (object, { storage }) => {
    const [[, whole] = []] = [...storage.kv.list<Batch>({ prefix: 'batch:' })];
    if (whole === undefined) throw new Error('nothing is staged');
    for (const [number, agent] of whole.agents.entries()) {
      const expected = whole.expected.filter(({ agentKey }) => agentKey === agent.agentKey);
      const one = { ...whole, number, agents: [agent], expected, requests: 2 };
      storage.kv.put(`batch:${String(number).padStart(9, '0')}`, one);
    }
    (object as unknown as Insides).change(play.now, ({ saga }) => ({
      saga: { ...saga, staged: whole.agents.length },
    }));
  });
}

describe('a platform that was told and does not answer what it holds', () => {
  it('is named, and after a day a run of many batches goes on without it, and surveys it', async () => {
    await platform('mute', 'seed', {
      url: 'https://mute.genesys.example.com',
      hosts: ['mute.genesys.example.com'],
    });
    const silent = [
      () => Response.json({}, { status: 503 }),
      () => Response.json({ entities: Array.from({ length: 100 }, (_, id) => ({ id })) }),
      () => Response.json({}, { status: 503 }),
    ];
    network.instead = ({ method, url }) => {
      if (method !== 'GET' || !url.includes('mute')) return null;
      if (!url.includes('pageSize')) return Response.json({}, { status: 401 });
      return silent.shift()?.() ?? Response.json({ entities: [{ id: 'stranger' }] });
    };
    const points = Array.from({ length: 12 }, () => 0);
    const both = ['mute', 'platform-1'];
    const line = await quarter(points, { ...WINDOW, destinations: both }, { ratePerMinute: 6000 });
    expect(line.destination).toBe('platform-1');
    const { id, play } = line;
    const own = { id, play: new Play(play.now, [id, line.next], both) };
    await own.play.step('2031-10-01T00:10:00', '2031-10-01T00:11:00');
    await split(own);
    await own.play.step('2031-10-01T02:00:00', '2031-10-01T02:00:20');
    expect(await shownOf(own)).toEqual([]);
    await own.play.step('2031-10-01T02:20:00');
    await asOne(own, ['mute NOT_READ']);
    await looks(own, ['01T04:00', '01T08:00', '02T01:59']);
    await own.play.step('2031-10-02T02:00:00');
    await asOne(own, ['mute NOT_READ']);
    expect((await seasonStub(id).progress())?.saga).toMatchObject({ next: 5, staged: 12 });
    // Whoever is asked twice at once, or broken off, says the same.
    await looks(own, ['02T02:01']);
    await Promise.allSettled([dueAt(id, own.play.now), dueAt(id, own.play.now)]);
    await looks(
      own,
      [2, 3, 4, 5, 6, 7, 8, 9].map((minute) => `02T02:0${minute}`),
    );
    expect(await hasEnded(own)).toBe(true);
    const report = await reportOf(own);
    const unmet = { differing: 12, uncertain: 12, missingThere: 0, missingHere: 101 };
    expect(report).toMatchObject({ expected: 24, applied: 12, ...unmet });
    expect(report?.passed).toEqual([{ destination: 'mute', reason: 'not-read', agents: 12 }]);
    const lost = report?.differences.map(({ agentKey, reason }) => `${agentKey} ${reason}`);
    const all = line.agents.map(({ key }) => `${key} not-read`);
    expect(lost?.toSorted()).toEqual(all.toSorted());
    // A page that was answered is asked for once.
    const pages = network.seen.filter(
      ({ url, status }) => url.includes('pageSize') && status < 300,
    );
    expect(pages.filter(({ url }) => url.includes('mute')).length).toBe(2);
    expect(network.seen.filter(({ method }) => method === 'PATCH').length).toBe(24);
  });

  it('is believed when it answers within the day, and is polled until then', async () => {
    const line = await quarter([0, 3000], WINDOW);
    const { id, play } = line;
    // One is not known there yet: what was read of that a day ago is not what is reported.
    network.instead = ({ method, url }) => {
      const status = url.includes(String(line.agents[0]?.user)) ? 404 : 503;
      return method === 'GET' ? Response.json({}, { status }) : null;
    };
    await firstNight(line);
    // Where nothing that was ordered is left it is not asked at once for ever.
    await runInDurableObject(seasonStub(id) as unknown as DurableObjectStub, (_, { storage }) => {
      const [[key, batch] = ['', {}]] = [...storage.kv.list<object>({ prefix: 'batch:' })];
      storage.kv.put(key, { ...batch, deliveries: [] });
    });
    expect((await seasonStub(id).progress())?.openBatches).toMatchObject([{ deliveries: [] }]);
    expect(await dueAt(id, play.now)).toBeGreaterThan(play.now);
    await looks(line, ['01T04:00', '01T08:00', '01T20:00']);
    network.instead = () => null;
    await looks(line, ['02T02:01', '02T02:02']);
    expect(await reportOf(line)).toMatchObject({ applied: 2, differing: 0, missingThere: 0 });
    expect((await reportOf(line))?.passed).toBeUndefined();
    expect(await hasEnded(line)).toBe(true);
  });

  it('and falls silent again for somebody it did not know: that is reported as it was found', async () => {
    const line = await quarter([0, 3000], WINDOW);
    let [unknown, silent] = [404, 503];
    network.instead = ({ method, url }) => {
      const isFirst = url.includes(String(line.agents[0]?.user));
      const status = isFirst ? unknown : silent;
      if (method !== 'GET' || url.includes('pageSize') || status === 200) return null;
      return Response.json({}, { status });
    };
    await firstNight(line);
    await looks(line, ['01T04:00']);
    [unknown, silent] = [503, 200];
    await looks(line, ['01T08:00', '01T12:00']);
    const report = await reportOf(line);
    expect(report).toMatchObject({ applied: 1, differing: 0, missingThere: 1 });
    expect(report?.passed).toBeUndefined();
    expect(await hasEnded(line)).toBe(true);
  });

  it('to more than two questions at a time is read all the same, those who differ first', async () => {
    const line = await quarter([0, 0, 0, 0], WINDOW);
    const [first, second] = line.agents;
    let lies = 2;
    let left = new Map<number, number>();
    network.instead = ({ method, url }) => {
      if (method === 'PATCH') {
        const isLie = [first, second].some((one) => url.includes(String(one?.user)));
        lies -= isLie ? 1 : 0;
        return isLie && lies >= 0 ? Response.json({ id: 'as if' }) : null;
      }
      if (url.includes('pageSize')) return null;
      const asked = (left.get(line.play.now) ?? 0) + 1;
      left = new Map([[line.play.now, asked]]);
      return asked > 2 ? Response.json({}, { status: 429 }) : null;
    };
    await firstNight(line);
    await looks(line, ['01T02:02', '01T02:04', '01T02:06', '01T02:08']);
    expect(await reportOf(line)).toMatchObject({ applied: 4, differing: 0, retried: 2 });
  });

  it('that only cannot be surveyed is passed over after a day, and what was read of it stands', async () => {
    answers('pageSize', 503);
    const line = await quarter([3000], WINDOW);
    const { destination, play } = line;
    await firstNight(line);
    await looks(line, ['01T02:30', '01T04:00']);
    await play.step('2031-10-01T05:30:00');
    await asOne(line, [`${destination} NOT_READ`]);
    await looks(line, ['02T02:00', '02T02:01']);
    expect(await hasEnded(line)).toBe(true);
    const report = await reportOf(line);
    expect(report).toMatchObject({ applied: 1, differing: 0 });
    expect(report?.passed).toEqual([{ destination, reason: 'not-read', agents: 0 }]);
  });

  it('lets an end of grace go on as well, also where its object was lost meanwhile', async () => {
    const { id, next, destination, play } = await quarter([6000], { ...WINDOW, graceDays: 1 });
    const line = { id: next, play };
    await firstNight({ id, play });
    expect(await hasEnded({ id, play })).toBe(true);
    answers('example.com', 401);
    await firstNight(line, '02');
    const stub = seasonStub(next) as unknown as DurableObjectStub;
    await runInDurableObject(stub, (_, state) => state.storage.deleteAll());
    await play.step('2031-10-02T02:05:00', '2031-10-02T02:05:20');
    await play.step('2031-10-02T02:25:00');
    expect((await toldOf(line))[0]).toContain(`season.grace.waits ${destination} NOT_READ`);
    await looks(line, ['02T04:00', '02T08:00', '03T02:06', '03T02:07', '03T02:08']);
    expect(await hasEnded(line)).toBe(true);
    expect((await reportOf(line))?.passed).toMatchObject([{ reason: 'not-read' }]);
  });
});

if (PLAYS_ALL) {
  describe('a platform that does not answer', () => {
    it('for one agent alone is reported of that one', async () => {
      const line = await quarter([0, 3000, 100], WINDOW);
      answers(String(line.agents[1]?.user), 500);
      await firstNight(line);
      await looks(line, ['01T04:00', '01T08:00', '02T02:01', '02T02:02']);
      const report = await reportOf(line);
      expect(report).toMatchObject({ expected: 3, applied: 2, differing: 1, uncertain: 1 });
      expect(report?.differences).toMatchObject([{ agentKey: line.agents[1]?.key }]);
    });

    it('does not run out of its day while it is switched off', async () => {
      answers('pageSize', 503);
      const line = await quarter([3000], WINDOW);
      const { destination } = line;
      await firstNight(line);
      await turned(destination, false, '2031-10-01T03:00:00Z');
      await looks(line, ['01T04:00', '01T08:00', '02T02:00', '03T02:00']);
      expect(await shownOf(line)).toMatchObject([expect.stringContaining('SWITCHED_OFF')]);
      await turned(destination, true, '2031-10-03T12:00:00Z');
      await looks(line, ['03T12:05', '03T14:00', '03T18:00']);
      expect(await hasEnded(line)).toBe(false);
      await looks(line, ['04T12:06', '04T12:08']);
      expect(await hasEnded(line)).toBe(true);
    });
  });
}
