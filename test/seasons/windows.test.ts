import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SEASON_KIND } from '../../src/calendar/season';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { readLatest } from '../../src/ledger/store';
import { readRuns } from '../../src/seasons/reset/store';
import { hearingVolume } from '../../src/seasons/reset/volume/client';
import {
  durationOf,
  NO_VOLUME,
  nextWindow,
  openWindow,
  type Volume,
  volumeVerdict,
  windowsFor,
  withVolume,
} from '../../src/seasons/reset/window';
import { Network } from '../delivery/network';
import { at, put } from './stage';
import { attributesOf, currentOf, type Quarter, quarter, seasonStub } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const SHORT = { start: '02:00', minutes: 3 };
const NIGHT = '2031-10-01T00:10:00';
const reportOf = async ({ id }: Quarter) => (await readRuns(env.DB, id)).at(-1)?.report;

interface OfBatch {
  readonly kind: string;
  readonly batch: number;
  readonly agents: readonly { readonly agentId: string }[];
}

/** Notices of batches, in the order of the batches. */
const noticesOf = async ({ next }: Quarter): Promise<OfBatch[]> =>
  (
    await env.DB.prepare('SELECT kind, content FROM notices WHERE subject = ?1')
      .bind(`season:${next}`)
      .all<{ kind: string; content: string }>()
  ).results
    .map(({ kind, content }): OfBatch => ({ ...JSON.parse(content), kind }))
    .filter(({ batch }) => batch !== undefined)
    .toSorted((a, b) => a.batch - b.batch);

const contentOf = async (id: string): Promise<object> =>
  (await readLatest<object>(env.DB, SEASON_KIND, id))?.content ?? {};
const toldOf = ({ agents, next }: Quarter): number =>
  agents.filter(({ user }) => attributesOf(network, user).reset_applied_season === next).length;

describe('a reset that does not fit into one window', () => {
  it('pauses at its end and goes on in the next, with an estimate and notices by batch', async () => {
    const many = Array.from({ length: 120 }, () => 0);
    const stage = await quarter(many, { maintenanceWindow: SHORT }, { ratePerMinute: 20 });
    const { id, play } = stage;
    await play.step(NIGHT, '2031-10-01T01:00:00');
    const saga = (await seasonStub(id).progress())?.saga;
    expect(saga).toMatchObject({ phase: 'APPLY', staged: 3, next: 0, open: [] });
    // The estimate is of the next season's platforms, as the run began.
    await put(SEASON_KIND, id, { ...(await contentOf(id)), destinations: [] }, at(`${NIGHT}Z`));
    expect(await currentOf(stage)).toMatchObject({ estimatedWindows: 3, waitsFor: [] });
    expect(await noticesOf(stage)).toEqual([]);
    const told = [50, 100, 120];
    for (const [nth, agents] of told.entries()) {
      await play.step(`2031-10-0${nth + 1}T02:00:00`, `2031-10-0${nth + 1}T02:30:00`);
      expect(toldOf(stage)).toBe(agents);
      // One of each kind for every batch that is read back by now, and each about its own agents.
      const batches = told.slice(0, nth + 1).map((upTo, batch) => upTo - (told[batch - 1] ?? 0));
      for (const kind of ['season.synchronisation', 'session.invalidation']) {
        const own = (await noticesOf(stage)).filter((one) => one.kind === kind);
        expect(own.map(({ batch }) => batch)).toEqual(batches.map((_, batch) => batch));
        expect(own.map((one) => one.agents.length)).toEqual(batches);
      }
    }
    const named = (await noticesOf(stage)).flatMap(({ agents }) => agents);
    expect(new Set(named.map(({ agentId }) => agentId)).size).toBe(120);
    expect(await reportOf(stage)).toMatchObject({
      windows: 3,
      batches: 3,
      applied: 120,
      differing: 0,
    });
  });

  it('takes the one window that is estimated where batches share it', async () => {
    // 50 and 2 agents: 104 requests, of which a window holds 180.
    const many = Array.from({ length: 52 }, () => 0);
    const stage = await quarter(many, { maintenanceWindow: SHORT }, { ratePerMinute: 60 });
    const { play } = stage;
    await play.step(NIGHT, '2031-10-01T01:00:00');
    expect(await currentOf(stage)).toMatchObject({ batches: 2, estimatedWindows: 1 });
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
    expect(await reportOf(stage)).toMatchObject({ windows: 1, applied: 52, differing: 0 });
  });

  it('waits while the inbound volume is above a tenth of its peak, and says when it is unknown', async () => {
    const stage = await quarter([0]);
    const { id, play } = stage;
    const season = seasonStub(id);
    await season.volume(id, 1000, at('2031-09-30T15:00:00Z'));
    await season.volume(id, 101, at('2031-10-01T01:55:00Z'));
    await play.step(NIGHT, '2031-10-01T00:20:00');
    // The net under lost orders leaves what is staged to the reset, which knows the volume.
    await sweepDeliveries(env, play.now);
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:10:00');
    expect(toldOf(stage)).toBe(0);
    expect((await season.progress())?.saga?.heldBack).toBe(true);
    await season.volume(id, 100, at('2031-10-02T01:55:00Z'));
    await play.step('2031-10-02T02:00:00', '2031-10-02T03:00:00');
    expect(toldOf(stage)).toBe(1);
    expect(await reportOf(stage)).toMatchObject({ volume: 'known' });
  });
});

describe('a platform in trouble', () => {
  it('is asked more slowly when it says 429, and every agent is told in the end', async () => {
    const stage = await quarter([0, 0, 0, 0]);
    network.faults('genesys', [{ kind: 'throttle', retryAfter: 3, times: 6 }]);
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
    expect(toldOf(stage)).toBe(4);
    expect(network.mostInFlight).toBeLessThanOrEqual(5);
    expect(await reportOf(stage)).toMatchObject({ applied: 4, volume: 'unknown' });
  });

  it('may apply an update and not answer: it is told again, with the same key and values', async () => {
    const stage = await quarter([0, 0]);
    network.faults('genesys', [{ kind: 'close-after-commit', times: 1, match: '/users/' }]);
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
    const [first, again] = network.seen.filter(({ method }) => method === 'PATCH');
    expect(again).toMatchObject({ key: first?.key, body: first?.body, path: first?.path });
    expect(await reportOf(stage)).toMatchObject({ applied: 2, differing: 0 });
  });

  it('that says yes and does nothing is found by reading back, and told again', async () => {
    const stage = await quarter([0, 0]);
    let lies = 1;
    network.instead = (request) => {
      if (request.method !== 'PATCH' || lies === 0) return null;
      lies -= 1;
      return Response.json({ id: 'as if' });
    };
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:40:00');
    expect(toldOf(stage)).toBe(2);
    expect(await reportOf(stage)).toMatchObject({ applied: 2, retried: 1, differing: 0 });
  });

  it('is reported with those whom it or the directory does not know, and what is left different', async () => {
    const stage = await quarter([0, 0, 0]);
    const [gone, stubborn] = stage.agents;
    network.shelf('genesys').put('users', 'a-stranger', {});
    network.instead = (request) => {
      if (request.url.endsWith(gone?.user ?? '')) return Response.json({}, { status: 404 });
      if (request.method === 'PATCH' && request.url.endsWith(stubborn?.user ?? '')) {
        return Response.json({ id: 'as if' });
      }
      return null;
    };
    const { play } = stage;
    await play.step(NIGHT, '2031-10-01T00:20:00');
    for (const day of ['01', '02', '03', '04']) {
      await play.step(`2031-10-${day}T02:00:00`, `2031-10-${day}T02:40:00`);
    }
    const report = await reportOf(stage);
    expect(report).toMatchObject({ applied: 1, differing: 1, missingThere: 1, missingHere: 1 });
    expect(report?.missing).toEqual([
      { destination: stage.destination, id: gone?.key, where: 'there' },
      { destination: stage.destination, id: 'a-stranger', where: 'here' },
    ]);
    expect(report?.differences.map(({ agentKey }) => agentKey)).toEqual([stubborn?.key]);
  });
});

describe('a maintenance window', () => {
  const daily = {
    maintenanceWindow: { start: '02:30', minutes: 15 },
    timeZone: 'America/New_York',
  };

  it('opens by the wall clock, also on the days on which it is changed', () => {
    expect(openWindow(daily, at('2024-07-01T06:30:00Z'))).toEqual({
      from: at('2024-07-01T06:30:00Z'),
      until: at('2024-07-01T06:45:00Z'),
    });
    // 02:30 is skipped on this day and comes twice on that one.
    expect(nextWindow(daily, at('2024-03-10T05:00:00Z'))).toBe(at('2024-03-10T07:30:00Z'));
    const twice = { ...daily, maintenanceWindow: { start: '01:30', minutes: 15 } };
    expect(nextWindow(twice, at('2024-11-03T04:00:00Z'))).toBe(at('2024-11-03T05:30:00Z'));
    expect(nextWindow(twice, at('2024-11-03T05:30:00Z'))).toBe(at('2024-11-04T06:30:00Z'));
  });

  it('may last over midnight', () => {
    const late = { maintenanceWindow: { start: '23:50', minutes: 30 }, timeZone: 'Etc/UTC' };
    expect(openWindow(late, at('2024-07-02T00:10:00Z'))?.from).toBe(at('2024-07-01T23:50:00Z'));
    expect(openWindow(late, at('2024-07-02T00:20:00Z'))).toBeNull();
  });

  it('of fifteen minutes holds 4,500 requests at 300 a minute: 2,250 agents of two', () => {
    expect(durationOf(4500, 300)).toBe(15 * 60_000);
    const of = (count: number, cost: number, writes = 0) => ({
      costs: Array.from({ length: count }, () => cost),
      writes,
    });
    expect(windowsFor(of(200, 100), 300, daily)).toBe(5);
    expect(windowsFor(of(0, 100), 300, daily)).toBe(0);
    expect(windowsFor(of(3, 0), 300, daily)).toBe(0);
    // Batches go whole: a window of three minutes at 20 a minute holds one of fifty.
    const short = { maintenanceWindow: SHORT };
    expect(windowsFor(of(3, 50), 20, short)).toBe(3);
    expect(windowsFor(of(1, 100), 20, short)).toBe(1);
    // What a window does not get written goes on in the next.
    expect(windowsFor(of(1, 300, 150), 20, short)).toBe(3);
    // The window that is open has room for one more.
    const here = { from: 0, cost: 10, until: 180_000 };
    expect(windowsFor(of(2, 50), 20, short, here)).toBe(2);
    expect(windowsFor(of(1, 50), 20, short, here)).toBe(1);
  });
});

describe('the inbound volume', () => {
  it('is unknown until it is told, and when what was told is an hour old', () => {
    const now = at('2031-10-01T02:00:00Z');
    expect(volumeVerdict(NO_VOLUME, 10, now)).toBe('unknown');
    const told = withVolume(withVolume(NO_VOLUME, 500, now - 86_400_000), 50, now);
    expect(volumeVerdict(told, 10, now)).toBe('low');
    expect(volumeVerdict(withVolume(told, 51, now), 10, now)).toBe('high');
    expect(volumeVerdict(told, 10, now + 3_600_001)).toBe('unknown');
  });

  it('that comes late makes no peak of more than four weeks ago', () => {
    const day = 86_400_000;
    const late = withVolume(withVolume(NO_VOLUME, 90, 100 * day), 1000, 50 * day);
    expect(volumeVerdict(late, 10, 100 * day)).toBe('high');
    expect(late).toMatchObject({ latest: { value: 90 }, peaks: [[100, 90]] });
  });

  it('of a clock that is ahead counts as of now, and the next one is the latest again', async () => {
    const now = at('2031-09-15T10:00:00Z');
    const { id } = await quarter([0], { inboundVolume: { metricId: 'inbound.ahead' } });
    const tell = async (value: number, occurredAt: number, moment: number): Promise<void> => {
      const data = { metricId: 'inbound.ahead', value: String(value) };
      const kept = { event: { type: 'metric.recorded', data }, occurredAt };
      const owner = hearingVolume<typeof env>(async () => [{ verdict: 'accepted', kept } as never]);
      await owner(env, [], moment);
    };
    await tell(1000, at('2099-01-01T00:00:00Z'), now);
    await tell(50, now + 60_000, now + 60_000);
    const held = await runInDurableObject(
      seasonStub(id) as unknown as DurableObjectStub,
      (_, { storage }) => storage.kv.get<{ volume: Volume }>('state'),
    );
    expect(held?.volume.latest).toEqual({ value: 50, at: now + 60_000 });
    expect(volumeVerdict(held?.volume ?? NO_VOLUME, 10, now + 60_000)).toBe('low');
  });

  it('is measured against the peak of four weeks', () => {
    const day = 86_400_000;
    let volume = withVolume(NO_VOLUME, 1000, 0);
    for (let n = 1; n <= 40; n += 1) volume = withVolume(volume, 10, n * day);
    expect(volume.peaks).toHaveLength(28);
    expect(volumeVerdict(volume, 10, 40 * day)).toBe('high');
  });
});

describe('the windows of a report', () => {
  it('are those in which a batch begins, and those in which it goes on', async () => {
    // One batch: a window of three minutes at one a minute writes three of its four.
    const many = Array.from({ length: 4 }, () => 0);
    const stage = await quarter(many, { maintenanceWindow: SHORT }, { ratePerMinute: 1 });
    const { play } = stage;
    await play.step(NIGHT, '2031-10-01T00:15:00');
    expect(await currentOf(stage)).toMatchObject({ batches: 1, windows: 0, estimatedWindows: 2 });
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:03:30');
    expect(toldOf(stage)).toBe(3);
    expect(await currentOf(stage)).toMatchObject({ windows: 1 });
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:02:00');
    expect(toldOf(stage)).toBe(4);
    expect(await currentOf(stage)).toMatchObject({ windows: 2 });
    // A window in which platforms are only read is none.
    await play.step('2031-10-03T02:00:00', '2031-10-03T02:10:00');
    expect(await reportOf(stage)).toMatchObject({ windows: 2, batches: 1, applied: 4 });
  });
});
