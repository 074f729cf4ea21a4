/** A dry run promises, request by request, what the reset then sends (S12). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rehearse } from '../../src/seasons/reset/rehearsal/client';
import { findSeason } from '../../src/seasons/store';
import { Network } from '../delivery/network';
import { at } from './stage';
import { type Quarter, quarter } from './theatre';

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
