/**
 * Every I/O of a delivery, made to fail in every way, once each: healed by the alarm or by the
 * sweep, one commit stands at the HRIS, and the books agree with it.
 */
import { env } from 'cloudflare:workers';
import { afterAll, describe, expect, it } from 'vitest';
import { orderDeliveries } from '../../src/delivery/client';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { agentReward } from '../../src/ledger/account';
import { type IoPoint, installBoard, type Mode, quiet, removeBoard } from '../worker/io';
import {
  agentKey,
  balance,
  destinationOf,
  HOUR,
  keep,
  MINUTE,
  NOON,
  outcomesOf,
  promise,
  REWARDS,
  stubOf,
  turn,
} from './depot';
import { Network } from './network';

const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];
const PLACES = ['destination', 'journal'];
let number = 0;

afterAll(removeBoard);

const nameOf = ({ place, call, phase, nth }: IoPoint): string => `${place} ${call} ${phase} ${nth}`;

interface Played {
  readonly points: readonly string[];
  readonly struck: boolean;
  /** What does not hold at the end; empty: all is well. */
  readonly wrong: string;
}

/** One delivery with one failure, healed; `honours` false: the HRIS knows no keys. */
async function play(
  target: string | null,
  mode: Mode,
  how: { readonly honours: boolean; readonly healer: 'alarm' | 'sweep' },
): Promise<Played> {
  number += 1;
  const id = `crash-${number}`;
  const network = new Network();
  if (!how.honours) network.faults('hris', [{ kind: 'ignore-keys', times: 99, match: REWARDS }]);
  const url = `https://${id}.hris.example.com`;
  const hris = destinationOf('hris', url, { honoursKeys: how.honours });
  await keep(id, hris);
  const agent = agentKey(`crash${number}k`);
  const ids = await promise(id, hris, [{ cause: id, agentKey: agent, amount: 900 }]);
  const board = installBoard();
  board.outside = (_, request) => network.answer(request);
  const points = new Set<string>();
  let struck = false;
  board.decide = (point) => {
    if (!PLACES.includes(point.place)) return null;
    points.add(nameOf(point));
    if (struck || nameOf(point) !== target) return null;
    struck = true;
    return mode;
  };
  await orderDeliveries(env, id, ids, NOON);
  await turn(id, NOON).catch(() => null);
  await quiet(board);
  board.decide = () => null;
  await heal(id, how.healer);
  const [outcome] = await outcomesOf(ids);
  const earned = await balance(agentReward(agent, 'earned'));
  const pending = await balance(agentReward(agent, 'pending'));
  const lines = network.lines(REWARDS).map(({ amount }) => String(amount));
  const found = `${outcome} ${lines.join()} earned ${earned} pending ${pending}`;
  const well = found === 'CONFIRMED 9.00 earned 900 pending 0';
  const label = `${target} ${mode} ${how.healer}${how.honours ? '' : ' without keys'}`;
  return { points: [...points], struck, wrong: well ? '' : `${label}: ${found}` };
}

/** The alarm comes again; or it is lost, and cron finds what was ordered. */
async function heal(id: string, healer: 'alarm' | 'sweep'): Promise<void> {
  let now = NOON + MINUTE;
  for (let round = 0; round < 8; round += 1) {
    if (healer === 'sweep' || round > 3) await sweepDeliveries(env, now);
    const next = await stubOf(id)
      .due(now)
      .catch(() => now);
    now = Math.max(now + 3 * MINUTE, next ?? 0);
    if (now > NOON + 2 * HOUR) break;
  }
}

describe('a delivery', () => {
  it.each([true, false])(
    'ends the same whichever I/O fails, and however (keys honoured: %s)',
    { timeout: 300_000 },
    async (honours) => {
      const { points, wrong: first } = await play(null, 'throw', { honours, healer: 'alarm' });
      expect(first).toBe('');
      expect(points.length).toBeGreaterThan(10);
      const wrong: string[] = [];
      let strikes = 0;
      // Keys matter from the first request on.
      const met = honours ? points : points.filter((point) => /fetch|JOURNAL/.test(point));
      for (const [index, target] of met.entries()) {
        for (const [turnOf, mode] of MODES.entries()) {
          const healer = (index + turnOf) % 2 === 0 ? 'alarm' : 'sweep';
          const played = await play(target, mode, { honours, healer });
          if (played.struck) strikes += 1;
          if (played.wrong !== '') wrong.push(played.wrong);
        }
      }
      console.log(`${met.length} points, ${strikes} strikes: ${met.join(', ')}`);
      expect(wrong).toEqual([]);
      expect(strikes).toBeGreaterThan(met.length * 2);
    },
  );
});
