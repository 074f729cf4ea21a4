/** A dry run promises, request by request, what the reset then sends (S12). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rehearse } from '../../src/seasons/reset/rehearsal/client';
import { countAgentsAfter, readAgentsBy, readRuns } from '../../src/seasons/reset/store';
import { grownTo } from '../../src/seasons/reset/window';
import { findSeason } from '../../src/seasons/store';
import { Network } from '../delivery/network';
import { at } from './stage';
import { currentOf, type Quarter, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
});

interface Told {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const line = ({ method, path, body }: Told): string => `${method} ${path} ${JSON.stringify(body)}`;

async function promised({ id, group }: Quarter, now: number): Promise<string[]> {
  const season = await findSeason(env.DB, id, now);
  if (!season.ok) throw new Error(`no season ${id}`);
  const page = { groups: [group], limit: 100, cursor: null };
  const { items, nextCursor } = await rehearse(env, season.value, page, now);
  expect(nextCursor).toBe(null);
  const agents = items as readonly { readonly requests: readonly Told[] }[];
  return agents.flatMap(({ requests }) => requests.map(line)).toSorted();
}

const POINTS = [0, 400, 1500, 6000, 16_000, 40_000];

describe('a dry run estimates the windows of the whole', () => {
  it('as the run does once it is staged, and as it then takes', async () => {
    // 60 requests of 62 agents go into a window: 50 take more than one, and 12 the next.
    const stage = await quarter(
      Array.from({ length: 62 }, () => 0),
      { maintenanceWindow: { start: '02:00', minutes: 3 } },
      { ratePerMinute: 20 },
    );
    const { id, group, play } = stage;
    const rehearsed = async (now: string, cursor: string | null = null) => {
      const season = await findSeason(env.DB, id, at(now));
      if (!season.ok) throw new Error(`no season ${id}`);
      return rehearse(env, season.value, { groups: [group], limit: 10, cursor }, at(now));
    };
    const first = await rehearsed('2031-09-20T12:00:00Z');
    expect(first.estimatedWindows).toBe(2);
    const { estimatedWindows } = await rehearsed('2031-09-20T12:00:00Z', first.nextCursor);
    expect(estimatedWindows).toBe(null);
    expect((await rehearsed('2031-10-01T00:05:00Z')).estimatedWindows).toBe(2);
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
    expect(await currentOf(stage)).toMatchObject({ batches: 2, estimatedWindows: 2 });
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:30:00');
    const [run] = await readRuns(env.DB, id);
    expect(run?.report).toMatchObject({ windows: 2, applied: 62 });
    // Whoever was reset is not reset again.
    expect((await rehearsed('2031-10-02T12:00:00Z')).estimatedWindows).toBe(0);
  });

  it('of more agents than are looked at by those that were', () => {
    const left = { costs: [100, 40], writes: 70 };
    expect(grownTo(left, 70, 175)).toEqual({ costs: [100, 40, 100, 40, 100], writes: 175 });
    expect(grownTo(left, 70, 70)).toBe(left);
    expect(grownTo({ costs: [], writes: 0 }, 200, 500)).toEqual({ costs: [], writes: 0 });
  });

  it('and counts the names of the directory after one', async () => {
    const all = await countAgentsAfter(env.DB, '', Number.MAX_SAFE_INTEGER);
    const [first = ''] = (await readAgentsBy(env.DB, null, 1, Number.MAX_SAFE_INTEGER)).names;
    expect(all).toBeGreaterThan(1);
    expect(await countAgentsAfter(env.DB, first, Number.MAX_SAFE_INTEGER)).toBe(all - 1);
  });
});

describe('a dry run lists every request that the reset then sends', () => {
  for (const graceDays of [0, 3]) {
    for (const preset of ['seed', 'genesys-cloud'] as const) {
      it(`to ${preset}, with a grace of ${graceDays} days`, async () => {
        const settings = preset === 'seed' ? {} : { settings: { schemaId: 'schema-1' } };
        const stage = await quarter(POINTS, { graceDays }, { preset, ...settings });
        await stage.play.work(at('2031-09-30T13:00:00Z'));
        const before = network.seen.length;
        const promises = await promised(stage, at('2031-10-01T00:05:00Z'));
        expect(network.seen.length).toBe(before);
        await stage.play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
        await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
        const sent = network.seen
          .slice(before)
          .filter(({ method }) => method !== 'GET')
          .map(({ method, path, body }) =>
            line({ method, path, body: body === '' || body === null ? null : JSON.parse(body) }),
          );
        expect(sent.toSorted()).toEqual(promises);
        // GOLD loses one skill, PLATINUM three, one request each; grace keeps them.
        const lost = promises.filter((told) => told.startsWith('DELETE'));
        expect(lost.length).toBe(preset === 'genesys-cloud' && graceDays === 0 ? 7 : 0);
      });
    }
  }
});
