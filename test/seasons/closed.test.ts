/**
 * A season that was closed long ago (DEC-16, design section 4): what is awarded or taken back of it
 * stands in its own season whatever its age, decay included, and its archive stays as it is.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fractionOfDecimal } from '../../src/kernel/fraction';
import { dayNumber } from '../../src/kernel/period';
import { runDecay } from '../../src/seasons/decay/client';
import { LATE_DAYS, valueAt } from '../../src/seasons/decay/decay';
import { settleLate } from '../../src/seasons/decay/late/client';
import { Network } from '../delivery/network';
import { installBoard, removeBoard } from '../worker/io';
import { wrapEnv } from '../worker/wrap';
import { at, balanceOf, DAY, earn, HOUR, movesOf } from './stage';
import { archived, type Quarter, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  removeBoard();
});

const FIELDS = { decay: { factor: '0.95' }, graceDays: 0 };
const CLOSED = at('2032-06-01T09:07:00Z');
const FACTOR = fractionOfDecimal('0.95');

const account = ({ id, category, agents }: Quarter, nth: number): string =>
  `agent:${agents[nth]?.key}:points:${category}:${id}`;

/** What points of the tenth of September come to on the last day. */
const closing = (points: number): number =>
  Number(
    valueAt(
      [{ day: dayNumber('2031-09-10'), amount: BigInt(points * 10_000) }],
      dayNumber('2031-09-30'),
      FACTOR,
    ),
  );

async function runsOf({ id }: Quarter): Promise<number> {
  const row = await env.DB.prepare(
    "SELECT count(*) AS n FROM config WHERE kind = 'decay-run' AND name = ?1",
  )
    .bind(id)
    .first<{ n: number }>();
  return row?.n ?? 0;
}

/** A season that was reset and whose last night was long ago. */
async function longAgo(points: readonly number[]): Promise<Quarter> {
  const stage = await quarter(points, FIELDS);
  const { play } = stage;
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  await play.step('2031-10-01T02:00:00', '2031-10-01T02:05:00');
  await settleLate(env, CLOSED);
  return stage;
}

it('a revocation lands in its own season with all its decay, and the archive stays as it is', async () => {
  const stage = await longAgo([100, 100, 0]);
  const { id, agents, category } = stage;
  const before = await archived(id);
  const runs = await runsOf(stage);
  expect(await balanceOf(account(stage, 0))).toBe(closing(100));
  const [first, , third] = agents;
  await earn(first?.key ?? '', -100, '2031-09-10', CLOSED, category);
  // An award that comes so late has decayed until the season's last day, and no further.
  await earn(third?.key ?? '', 40, '2031-09-10', CLOSED, category);
  // The nights are over: without a look of its own the account would stand below zero for ever.
  await runDecay(env, CLOSED + DAY);
  expect(await balanceOf(account(stage, 0))).toBe(closing(100) - 1_000_000);
  await Promise.all([settleLate(env, CLOSED + DAY), settleLate(env, CLOSED + DAY)]);
  await settleLate(env, CLOSED + DAY);
  await settleLate(env, CLOSED + 2 * DAY);
  expect(await balanceOf(account(stage, 0))).toBe(0);
  expect(await balanceOf(account(stage, 1))).toBe(closing(100));
  expect(await balanceOf(account(stage, 2))).toBe(closing(40));
  expect(await movesOf(`agent:${first?.key}:points:${category}:${stage.next}`)).toEqual([]);
  expect(await archived(id)).toEqual(before);
  // One run, of two rows, for all who were looked at.
  expect(await runsOf(stage)).toBe(runs + 2);
});

it('what comes between the last night and the close is found when the season is closed', async () => {
  const stage = await quarter([100], FIELDS);
  const lastDay = at('2031-09-30T00:00:00Z') + LATE_DAYS * DAY;
  await runDecay(env, lastDay + 60_000);
  await earn(stage.agents[0]?.key ?? '', -50, '2031-09-10', lastDay + DAY / 2, stage.category);
  await runDecay(env, lastDay + DAY);
  await settleLate(env, lastDay + DAY / 2);
  expect(await balanceOf(account(stage, 0))).toBe(closing(100) - 500_000);
  await settleLate(env, lastDay + DAY);
  expect(await balanceOf(account(stage, 0))).toBe(closing(50));
  // Where there is nothing to post there is no run.
  const runs = await runsOf(stage);
  await settleLate(env, lastDay + 2 * DAY);
  expect(await runsOf(stage)).toBe(runs);
});

it('ends the same whichever write fails', async () => {
  const stage = await longAgo([100]);
  const wrapped = wrapEnv(env, { place: 'worker', actor: () => 'late', state: null });
  for (const [index, phase] of (['before', 'after'] as const).entries()) {
    for (let nth = 1; nth <= 4; nth += 1) {
      const now = CLOSED + (10 * index + nth) * DAY;
      await earn(stage.agents[0]?.key ?? '', -10, '2031-09-10', now, stage.category);
      const board = installBoard();
      board.decide = (point) =>
        point.call === 'JOURNAL.commit' && point.phase === phase && point.nth === nth
          ? 'throw'
          : null;
      await settleLate(wrapped, now).catch(() => undefined);
      removeBoard();
      await settleLate(env, now);
      const left = 100 - 10 * (4 * index + nth);
      expect([phase, nth, await balanceOf(account(stage, 0))]).toEqual([phase, nth, closing(left)]);
    }
  }
});

it.each([
  ['is not taken by the journal', false],
  ['cannot be read', true],
])('a season that %s holds up no other, and is made again', async (_, throws) => {
  const stages = [await longAgo([100]), await longAgo([100])];
  const now = CLOSED + 40 * DAY;
  for (const stage of stages) {
    await earn(stage.agents[0]?.key ?? '', -10, '2031-09-10', now, stage.category);
  }
  const held = () => Promise.all(stages.map((stage) => balanceOf(account(stage, 0))));
  // The first run of a firing is of the season that comes first.
  let isBegun = false;
  const board = installBoard();
  board.decide = ({ call, phase, nth }) => {
    const isFirst = call === 'JOURNAL.commit' && nth === 1;
    if (!throws) return isFirst && phase === 'before' ? 'throw' : null;
    if (isFirst) isBegun = phase === 'after';
    if (!isBegun || !call.startsWith('DB.')) return null;
    isBegun = false;
    return 'throw';
  };
  const wrapped = wrapEnv(env, { place: 'worker', actor: () => 'late', state: null });
  const fired = settleLate(wrapped, now);
  await (throws ? expect(fired).rejects.toThrow() : fired);
  removeBoard();
  expect((await held()).filter((points) => points === closing(90))).toHaveLength(1);
  await settleLate(env, now + HOUR);
  expect(await held()).toEqual([closing(90), closing(90)]);
});
