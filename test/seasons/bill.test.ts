/** Rows written for a reset and for a day of decay, as the runtime counts them (design section 7). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runDecay } from '../../src/seasons/decay/client';
import { billOf, printed } from '../bill/meter';
import { Network } from '../delivery/network';
import { installBoard, removeBoard } from '../worker/io';
import { archived, attributesOf, quarter } from './theatre';

const AGENTS = 300;
const BARS = { reset: 2, decay: 1.5 };
const SLOW = { timeout: 300_000 };

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  removeBoard();
});

describe('rows written', () => {
  it(`for a reset with its platform are at most ${BARS.reset} an agent`, SLOW, async () => {
    const { id, agents, play } = await quarter(Array.from({ length: AGENTS }, () => 0));
    const board = installBoard();
    const bill = await billOf(board, AGENTS, async () => {
      await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
      await play.step('2031-10-01T02:00:00', '2031-10-01T02:40:00');
    });
    console.log(printed('a reset', bill));
    expect(await archived(id)).toHaveLength(AGENTS);
    const told = agents.filter(({ user }) => attributesOf(network, user).reset_applied === true);
    expect(told).toHaveLength(AGENTS);
    expect(bill.total).toBeLessThanOrEqual(BARS.reset);
  });

  it(`for a day of decay are at most ${BARS.decay} an agent`, SLOW, async () => {
    const points = Array.from({ length: AGENTS }, () => 100);
    const { agents } = await quarter(points, {
      decay: { factor: '0.95' },
      endDay: '2031-12-31',
      destinations: [],
    });
    const board = installBoard();
    const bill = await billOf(board, AGENTS, () =>
      runDecay(env, Date.parse('2031-10-02T00:07:00Z')),
    );
    console.log(printed('a day of decay', bill));
    const { results } = await env.DB.prepare(
      "SELECT count(*) AS n FROM entries WHERE kind = 'DECAY'",
    ).all();
    expect(results).toEqual([{ n: agents.length }]);
    expect(bill.total).toBeLessThanOrEqual(BARS.decay);
  });
});
