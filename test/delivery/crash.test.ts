/**
 * Every I/O of a delivery, made to fail in every way, once each: healed by the alarm or by the
 * sweep, one commit stands at the HRIS, and the books agree with it.
 */
import { env } from 'cloudflare:workers';
import { afterAll, describe, expect, it } from 'vitest';
import { orderDeliveries } from '../../src/delivery/client';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { agentReward } from '../../src/ledger/account';
import {
  type Case,
  casesOf,
  crashesOf,
  inTurn,
  mostOf,
  PLAYS_ALL,
  pieceOf,
  Striker,
} from '../worker/crashes';
import { installBoard, quiet, removeBoard } from '../worker/io';
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

const PLACES = ['destination', 'journal'];
let number = 0;

afterAll(removeBoard);

const HEALERS = ['alarm', 'sweep'] as const;
type Healer = (typeof HEALERS)[number];

interface Played {
  readonly points: readonly string[];
  readonly hasStruck: boolean;
  /** What does not hold at the end; empty: all is well. */
  readonly wrong: string;
}

/** One delivery with one failure, healed; `honours` false: the HRIS knows no keys. */
async function play(one: Case<Healer> | null, honours: boolean): Promise<Played> {
  number += 1;
  const id = `crash-${number}`;
  const network = new Network();
  if (!honours) network.faults('hris', [{ kind: 'ignore-keys', times: 99, match: REWARDS }]);
  const url = `https://${id}.hris.example.com`;
  const hris = destinationOf('hris', url, { honoursKeys: honours });
  await keep(id, hris);
  const agent = agentKey(`crash${number}k`);
  const ids = await promise(id, hris, [{ cause: id, agentKey: agent, amount: 900 }]);
  const board = installBoard();
  board.outside = (_, request) => network.answer(request);
  const striker = new Striker(one);
  board.decide = (point) => (PLACES.includes(point.place) ? striker.decide(point) : null);
  await orderDeliveries(env, id, ids, NOON);
  await turn(id, NOON).catch(() => null);
  await quiet(board);
  board.decide = () => null;
  await heal(id, one?.by ?? 'alarm');
  const [outcome] = await outcomesOf(ids);
  const earned = await balance(agentReward(agent, 'earned'));
  const pending = await balance(agentReward(agent, 'pending'));
  const lines = network.lines(REWARDS).map(({ amount }) => String(amount));
  const found = `${outcome} ${lines.join()} earned ${earned} pending ${pending}`;
  const well = found === 'CONFIRMED 9.00 earned 900 pending 0';
  const label = `${one?.target} ${one?.mode} ${one?.by}${honours ? '' : ' without keys'}`;
  const { met, hasStruck } = striker;
  return { points: [...met], hasStruck, wrong: well ? '' : `${label}: ${found}` };
}

/** The alarm comes again; or it is lost, and cron finds what was ordered. */
async function heal(id: string, healer: Healer): Promise<void> {
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

/** Every way for each point, healed by both in turn; with SIM_CRASHES by each. */
function casesOfRun(points: readonly string[]): readonly Case<Healer>[] {
  if (PLAYS_ALL) return pieceOf(HEALERS.flatMap((healer) => casesOf(points, healer)));
  return points.flatMap((target, index) =>
    crashesOf(target).map((mode, turnOf) => ({
      target,
      mode,
      by: inTurn(HEALERS, index + turnOf),
    })),
  );
}

describe('a delivery', () => {
  it.each([true, false])(
    'ends the same whichever I/O fails, and however (keys honoured: %s)',
    { timeout: 600_000 },
    async (honours) => {
      const { points, wrong: first } = await play(null, honours);
      expect(first).toBe('');
      expect(points.length).toBeGreaterThan(10);
      const wrong: string[] = [];
      let strikes = 0;
      // Keys matter from the first request on.
      const met = honours ? points : points.filter((point) => /fetch|JOURNAL/.test(point));
      const cases = casesOfRun(met);
      for (const one of cases) {
        const played = await play(one, honours);
        if (played.hasStruck) strikes += 1;
        if (played.wrong !== '') wrong.push(played.wrong);
      }
      console.log(`${met.length} points, ${cases.length} cases, ${strikes} strikes`);
      expect(wrong).toEqual([]);
      expect(strikes).toBeGreaterThanOrEqual(mostOf(cases.length));
    },
  );
});
