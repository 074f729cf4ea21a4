/** The guard on the inbound volume: what it holds back beside the first orders, and who hears of it. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../src/seasons/reset/applying/client';
import { settingOf } from '../../src/seasons/reset/steps/client';
import { readRuns } from '../../src/seasons/reset/store';
import { hearingVolume } from '../../src/seasons/reset/volume/client';
import { NO_VOLUME, type Volume, withVolume } from '../../src/seasons/reset/window';
import { readDestinationsBy } from '../../src/seasons/telling/store';
import { Network } from '../delivery/network';
import { at } from './stage';
import { attributesOf, currentOf, type Quarter, quarter, seasonStub } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const NIGHT = '2031-10-01T00:10:00';
const reportOf = async ({ id }: Quarter) => (await readRuns(env.DB, id)).at(-1)?.report;
const toldOf = ({ agents, next }: Quarter): number =>
  agents.filter(({ user }) => attributesOf(network, user).reset_applied_season === next).length;

describe('the inbound volume, while a reset is under way', () => {
  it('sends nothing again while the volume is high, and says what it waits for', async () => {
    const stage = await quarter([0, 0]);
    const { id, play } = stage;
    const season = seasonStub(id);
    const sent = (): number => network.seen.filter(({ method }) => method === 'PATCH').length;
    let lies = 2;
    network.instead = (request) => {
      if (request.method !== 'PATCH' || lies === 0) return null;
      lies -= 1;
      return Response.json({ id: 'as if' });
    };
    await season.volume(id, 1000, at('2031-09-30T15:00:00Z'));
    await season.volume(id, 50, at('2031-10-01T01:55:00Z'));
    await play.step(NIGHT, '2031-10-01T00:20:00');
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:00:00');
    expect(await currentOf(stage)).toMatchObject({ waitsFor: [stage.destination] });
    await season.volume(id, 500, at('2031-10-01T02:00:00Z'));
    await play.work(at('2031-10-01T02:09:00Z'));
    expect([sent(), toldOf(stage)]).toEqual([2, 0]);
    expect(await currentOf(stage)).toMatchObject({ heldBack: true, waitsFor: [] });
    await season.volume(id, 50, at('2031-10-01T02:09:00Z'));
    await play.work(at('2031-10-01T02:30:00Z'));
    expect([sent(), toldOf(stage)]).toEqual([4, 2]);
    expect(await reportOf(stage)).toMatchObject({ applied: 2, retried: 2, differing: 0 });
  });

  it('that rises within a window holds back what is not ordered yet, and lets it go when it falls', async () => {
    // Five batches are on their way at one time: the sixth is of one agent.
    const many = Array.from({ length: 251 }, () => 0);
    const stage = await quarter(many);
    const { id, play } = stage;
    const season = seasonStub(id);
    await season.volume(id, 1000, at('2031-09-30T15:00:00Z'));
    await season.volume(id, 50, at('2031-10-01T01:55:00Z'));
    await play.step(NIGHT, '2031-10-01T01:00:00');
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:00:00');
    expect((await season.progress())?.saga).toMatchObject({ staged: 6, next: 5, heldBack: false });
    await season.volume(id, 101, at('2031-10-01T02:00:01Z'));
    await play.work(at('2031-10-01T02:07:00Z'));
    expect(toldOf(stage)).toBe(250);
    expect((await season.progress())?.saga).toMatchObject({ next: 5, open: [] });
    const held = { phase: 'APPLY', batches: 6, applied: 5, heldBack: true };
    expect(await currentOf(stage)).toMatchObject({ ...held, estimatedWindows: 1, windows: 1 });
    await season.volume(id, 100, at('2031-10-01T02:07:00Z'));
    await play.work(at('2031-10-01T02:14:00Z'));
    expect(toldOf(stage)).toBe(251);
    expect(await reportOf(stage)).toMatchObject({ windows: 1, applied: 251, volume: 'known' });
  });

  it('gives no lost order again while the volume is high', async () => {
    const stage = await quarter([0]);
    const { id, play } = stage;
    await play.step(NIGHT, '2031-10-01T01:00:00');
    const saga = (await seasonStub(id).progress())?.saga;
    if (saga == null) throw new Error('a run is under way');
    const setting = await settingOf(env, saga);
    const destinations = await readDestinationsBy(env.DB, setting.next.destinations, saga.seal);
    const asked: string[] = [];
    const deaf = {
      getByName: (name: string) => {
        asked.push(name);
        return { order: async () => null };
      },
    };
    const now = at('2031-10-01T02:00:00Z');
    const deliveries = [{ destination: stage.destination, id: 'lost' }];
    const batch = { number: 0, agents: [], deliveries, expected: [], requests: 1, retries: 0 };
    const settleAt = (value: number) => {
      const volume = withVolume(withVolume(NO_VOLUME, 1000, now - 86_400_000), value, now);
      const off = new Map();
      const applying = { saga, setting, destinations, volume, off, batch: () => batch };
      return settle({ ...env, DESTINATIONS: deaf } as never, applying, batch, now);
    };
    expect(await settleAt(500)).toEqual({ kind: 'waits' });
    expect(asked).toEqual([]);
    // The batch goes on in this window, and the window is counted.
    expect(await settleAt(50)).toMatchObject({ kind: 'kept', batch });
    expect(asked).toEqual([stage.destination]);
  });

  it('is heard by every season that ends on a day, until its reset is over', async () => {
    const metricId = 'inbound.twins';
    const twins = [await quarter([0], { inboundVolume: { metricId } })];
    twins.push(await quarter([0], { inboundVolume: { metricId } }));
    const now = at('2031-10-01T01:55:00Z');
    const kept = { event: { type: 'metric.recorded', data: { metricId, value: '7' } } };
    const owner = hearingVolume<typeof env>(async () => [
      { verdict: 'accepted', kept: { ...kept, occurredAt: now } } as never,
    ]);
    await owner(env, [], now);
    const heard = await Promise.all(
      twins.map(({ id }) =>
        runInDurableObject(
          seasonStub(id) as unknown as DurableObjectStub,
          (_, { storage }) => storage.kv.get<{ volume: Volume }>('state')?.volume.latest,
        ),
      ),
    );
    expect(heard).toEqual([
      { value: 7, at: now },
      { value: 7, at: now },
    ]);
  });
});
