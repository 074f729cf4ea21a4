/**
 * Every I/O of a reset, of the wave that ends grace and of the nights, cron's own included, made to
 * fail in every way, once each. Whatever fails, whoever comes back first (the object by itself or cron), it ends the
 * same: everybody archived once, the platform told what is honoured, decay as the closed form has it.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Network } from '../delivery/network';
import { archived, attributesOf, type Quarter, quarter } from '../seasons/theatre';
import { database } from '../worker/database';
import { type IoPoint, installBoard, type Mode, removeBoard } from '../worker/io';
import { wrapEnv } from '../worker/wrap';
import { PLAYS_ALL, pieceOf } from './crashes';

const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];
const SLOW = { timeout: 3_000_000 };
/** Cases of `npm test`, spread over the points; `crashes.ts` says how more are played. */
const SAMPLE = 2;

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  removeBoard();
});

/** Each history has a season and a platform of its own: what they are, and not which. */
const nameOf = ({ place, actor, call, phase, nth }: IoPoint): string =>
  `${place} ${place === 'seat' ? '' : actor.replace(/[0-9]+/, '#')} ${call} ${phase} ${nth}`;

const FIELDS = {
  graceDays: 2,
  decay: { factor: '0.95' },
  thresholds: { SILVER: '10', GOLD: '30', PLATINUM: '90' },
};
const STOPS = ['01T00:10', '01T02:00', '02T00:10', '03T00:10', '03T02:00', '04T02:00', '05T02:00'];

/** Cron at each stop, and objects until the next; what throws is what a crash leaves to the next. */
async function story({ play }: Quarter, byCron: boolean, stride = byCron ? 6 : 2): Promise<void> {
  for (const stop of STOPS) {
    const from = Date.parse(`2031-10-${stop}:00Z`);
    play.now = from;
    await play.cron().catch(() => undefined);
    // The window lasts a quarter of an hour; cron alone comes every five minutes.
    for (let minute = 1; minute <= 13; minute += stride) {
      await play.work(from + minute * 60_000).catch(() => undefined);
      if (byCron) await play.cron().catch(() => undefined);
    }
  }
}

async function end({ id, next, agents }: Quarter): Promise<string> {
  const rows = await archived(id);
  const told = agents.map(({ user }) => attributesOf(network, user));
  const { results } = await database()
    .prepare(
      "SELECT count(*) AS n, sum(amount) AS amount FROM entries WHERE kind = 'DECAY' AND to_account = ?",
    )
    .bind(`decay:${id}`)
    .all<{ n: number; amount: number }>();
  const runs = await database()
    .prepare(
      "SELECT count(*) AS n FROM config WHERE kind = 'season-run' AND version = 2 AND name >= ?1 AND name < ?1 || '/'",
    )
    .bind(id)
    .first<{ n: number }>();
  return [
    rows
      .map((row) => `${row.points} ${row.tier} ${row.next_honoured}`)
      .toSorted()
      .join(', '),
    told
      .map((one) => [one.active_tier, one.historical_tier_q3, one.grace_period_active].join(' '))
      .join(', '),
    told.every((one) => one.reset_applied_season === next) ? 'all told' : 'not all told',
    `${results[0]?.n} entries of ${results[0]?.amount}`,
    `${runs?.n} runs over`,
  ].join('; ');
}

async function played(target: string | null, mode: Mode, byCron: boolean) {
  const stage = await quarter([45, 100, 0], FIELDS);
  const board = installBoard();
  stage.play.env = wrapEnv(env, { place: 'worker', actor: () => 'cron', state: null });
  const met = new Set<string>();
  let struck = false;
  board.decide = (point) => {
    met.add(nameOf(point));
    if (struck || nameOf(point) !== target) return null;
    struck = true;
    return mode;
  };
  await story(stage, byCron);
  board.decide = () => null;
  // Nothing fails any more: few steps bring it to its end.
  await story(stage, byCron, 12);
  const ended = await end(stage);
  removeBoard();
  return { ended, met: [...met] };
}

const isRead = (name: string): boolean => / DB\.(read|look) /.test(name);

/** What a read answers is lost before it or after it alike, and it leaves nothing behind. */
function waysOf(name: string): readonly Mode[] {
  if (isRead(name) && name.includes(' after ')) return [];
  if (name.startsWith('worker')) return MODES.slice(0, 1);
  return isRead(name) ? MODES.slice(0, 2) : MODES;
}

type Case = readonly [name: string, mode: Mode, byCron: boolean];

function casesOf(met: readonly string[]): Case[] {
  const points = met.filter((name) => waysOf(name).length > 0);
  const step = PLAYS_ALL ? 1 : Math.floor(points.length / SAMPLE);
  return points
    .filter((_, index) => index % step === step - 1)
    .flatMap((name, index) => {
      const ways = waysOf(name);
      const chosen = PLAYS_ALL ? ways : [ways[index % ways.length] ?? 'throw'];
      return chosen.map((mode): Case => [name, mode, index % 2 === 0]);
    });
}

describe('a reset, the end of its grace and the nights between', () => {
  it('end the same whichever I/O fails, and however', SLOW, async () => {
    const whole = await played(null, 'throw', false);
    expect(whole.ended).toContain('all told');
    const cases = pieceOf(casesOf(whole.met));
    console.log(`${whole.met.length} I/O points, ${cases.length} cases; ends: ${whole.ended}`);
    const wrong: string[] = [];
    const began = performance.now();
    for (const [target, mode, byCron] of cases) {
      const { ended } = await played(target, mode, byCron);
      if (ended !== whole.ended) wrong.push(`${target} ${mode} by cron ${byCron}: ${ended}`);
    }
    const each = (performance.now() - began) / 1000 / Math.max(1, cases.length);
    console.log(`${each.toFixed(2)} s a case`);
    expect(wrong).toEqual([]);
  });
});
