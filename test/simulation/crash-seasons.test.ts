/**
 * Every I/O of a reset, of the wave that ends grace and of the nights, cron's own included, made to
 * fail in every way, once each. Whatever fails, whoever comes back first (the object by itself or cron), it ends the
 * same: everybody archived and exported once, one notice of each thing, the same history of tiers and
 * the same reports, the platform told what is honoured and given its skills, decay in closed form.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { Network } from '../delivery/network';
import { Play, platform, type Quarter, quarter } from '../seasons/theatre';
import {
  type Case,
  casesOf,
  crashesOf,
  inTurn,
  mostOf,
  nameOf,
  PLAYS_ALL,
  pieceOf,
  Striker,
} from '../worker/crashes';
import { emptied } from '../worker/empty';
import { type IoPoint, installBoard, removeBoard } from '../worker/io';
import { wrapEnv } from '../worker/wrap';
import { differenceBetween, endOf } from './seasons/ending';

const SLOW = { timeout: 3_000_000 };
/** Cases of `npm test`, spread over the points; `crashes.ts` says how more are played. */
const SAMPLE = 12;

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  removeBoard();
});

/** Each history has a season and a platform of its own: what they are, and not which. */
const naming = (point: IoPoint): string =>
  nameOf(point, point.place === 'seat' ? '' : point.actor.replace(/[0-9]+/, '#'));

/** Who comes back first: the object by itself, or cron that is there before it. */
const RETRIERS = ['cron', 'alarm'] as const;
type Retrier = (typeof RETRIERS)[number];

const FIELDS = {
  graceDays: 2,
  decay: { factor: '0.95' },
  thresholds: { SILVER: '10', GOLD: '30', PLATINUM: '90' },
};
/** What must be there to be compared. */
const PARTS = ['archive', 'changes', 'notices', 'reports', 'decay', 'audits', 'deliveries'].concat([
  'platform',
  'export',
]);
let histories = 0;
const STOPS = ['01T00:10', '01T02:00', '02T00:10', '03T00:10', '03T02:00', '04T02:00', '05T02:00'];

/** Cron at each stop, and objects until the next; what throws is what a crash leaves to the next. */
async function story(
  { play }: Quarter,
  by: Retrier,
  stride = by === 'cron' ? 6 : 2,
): Promise<void> {
  for (const stop of STOPS) {
    const from = Date.parse(`2031-10-${stop}:00Z`);
    play.now = from;
    await play.cron().catch(() => undefined);
    // The net under orders that were lost: an export has no hours of its own, and waits for nobody.
    await sweepDeliveries(env, play.now);
    // The window lasts a quarter of an hour; cron alone comes every five minutes.
    for (let minute = 1; minute <= 13; minute += stride) {
      await play.work(from + minute * 60_000).catch(() => undefined);
      if (by === 'cron') await play.cron().catch(() => undefined);
    }
  }
}

/** Three agents on Genesys, told of tiers and given skills, and an archive that goes to cold storage. */
async function world(): Promise<Quarter & { readonly cold: string }> {
  // Cron looks at every season there is: those of the cases before would make each case slower.
  await emptied();
  network.remove();
  network = new Network().install();
  histories += 1;
  const cold = `cold-${histories}`;
  await platform(cold, 'webhook');
  const stage = await quarter(
    [45, 100, 0],
    { ...FIELDS, coldStorage: cold },
    { preset: 'genesys-cloud', settings: { schemaId: 'schema-1' } },
  );
  const { id, next, destination, play } = stage;
  return { ...stage, cold, play: new Play(play.now, [id, next], [destination, cold]) };
}

async function played(one: Case<Retrier> | null, by: Retrier) {
  const stage = await world();
  const board = installBoard();
  stage.play.env = wrapEnv(env, { place: 'worker', actor: () => 'cron', state: null });
  const striker = new Striker(one, naming);
  board.decide = striker.decide;
  await story(stage, by);
  board.decide = () => null;
  // Nothing fails any more: few steps bring it to its end.
  await story(stage, by, 12);
  const ended = await endOf(network, stage, stage.cold);
  removeBoard();
  return { ended, met: [...striker.met], hasStruck: striker.hasStruck };
}

/** Some points, one way each, by both in turn; with SIM_CRASHES every way by each. */
async function casesOfRun(met: readonly string[]): Promise<readonly Case<Retrier>[]> {
  const ofCron = await played(null, 'cron');
  if (PLAYS_ALL) return pieceOf([...casesOf(met, 'alarm'), ...casesOf(ofCron.met, 'cron')]);
  const points = met.filter((name) => crashesOf(name).length > 0);
  const step = Math.floor(points.length / SAMPLE);
  return points
    .filter((_, index) => index % step === step - 1)
    .map((target, index) => {
      const mode = inTurn(crashesOf(target), index);
      const by = ofCron.met.includes(target) ? inTurn(RETRIERS, index) : 'alarm';
      return { target, mode, by };
    });
}

describe('a reset, the end of its grace and the nights between', () => {
  it('end the same whichever I/O fails, and however', SLOW, async () => {
    const whole = await played(null, 'alarm');
    for (const part of PARTS) expect(whole.ended.join('\n')).toContain(`${part} {`);
    const cases = await casesOfRun(whole.met);
    console.log(
      `${whole.met.length} I/O points, ${cases.length} cases, ${whole.ended.length} lines to compare`,
    );
    const wrong: string[] = [];
    let strikes = 0;
    const began = performance.now();
    for (const one of cases) {
      const { ended, hasStruck } = await played(one, one.by);
      if (hasStruck) strikes += 1;
      const differing = differenceBetween(whole.ended, ended);
      if (differing.length > 0)
        wrong.push(`${one.target} ${one.mode} by ${one.by}: ${differing.join(' ')}`);
    }
    const each = (performance.now() - began) / 1000 / Math.max(1, cases.length);
    console.log(`${strikes} strikes, ${each.toFixed(2)} s a case`);
    expect(wrong).toEqual([]);
    expect(strikes).toBeGreaterThanOrEqual(mostOf(cases.length));
  });
});
