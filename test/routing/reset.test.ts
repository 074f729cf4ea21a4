/** Seats beside a reset that really runs: its archive, its window, its grace and the wave that ends it (S9). */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hearTierChanges } from '../../src/routing/jobs';
import type { Decision } from '../../src/routing/seats/decision';
import { evaluateTiers } from '../../src/seasons/standing/client';
import { Network } from '../delivery/network';
import { at, earn, hire } from '../seasons/stage';
import { archived, attributesOf, type Quarter, quarter } from '../seasons/theatre';
import { type Board, installBoard, removeBoard } from '../worker/io';
import { ask, seatOf } from './desk';

let network: Network;
let board: Board;
beforeEach(() => {
  network = new Network().install();
  board = installBoard();
});
afterEach(() => {
  network.remove();
  removeBoard();
});

async function decisionOf(key: string, name: string, now: string, resetApplied: string | null) {
  const question = { ...ask(key, at(`${now}Z`)), interactionId: name, resetApplied };
  const answer = await seatOf(key).decide(question);
  if (answer.kind !== 'decided') throw new Error(answer.kind);
  return answer.decision;
}

async function decide(key: string, name: string, now: string, resetApplied: string | null = null) {
  const { tier, seasonId }: Decision = await decisionOf(key, name, now, resetApplied);
  return `${tier} ${seasonId}`;
}

/** What each agent is routed by, and whether the answer says that it was foreseen. */
const openings = ({ agents }: Quarter, now: string): Promise<string[]> =>
  Promise.all(
    agents.map(async ({ key }) => {
      const { tier, why } = await decisionOf(key, `at ${now}`, now, null);
      const isForeseen = why[0]?.actual.includes('as foreseen') ?? false;
      return `${tier}${isForeseen ? ' foreseen' : ''}`;
    }),
  );

const honouredByArchive = async ({ id, agents }: Quarter): Promise<unknown[]> => {
  const rows = await archived(id);
  return agents.map(({ key }) => rows.find((row) => row.id === `${id}.${key}`)?.next_honoured);
};

/** Questions of seats to D1. */
const looks = (): number =>
  [...board.met]
    .filter(([name]) => /^seat DB/.test(name))
    .reduce((sum, [, count]) => sum + count, 0);

describe('a seat beside a reset', () => {
  it('is never behind it, is told of rises at once, and of the end of grace by the clock', async () => {
    const stage = await quarter([6000, 6000], { graceDays: 1 });
    const { id, next, agents, category, play } = stage;
    const [first = '', second = ''] = agents.map(({ key }) => key);
    expect(await decide(first, 'held', '2031-09-30T23:59:59')).toBe(`GOLD ${id}`);
    // The season has ended, and nobody has begun its reset.
    expect(await decide(first, 'ended', '2031-10-01T00:00:00')).toBe(`GOLD ${next}`);
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
    // It is archived and staged; the platform still says the last season.
    expect(await decide(first, 'staged', '2031-10-01T00:30:00', id)).toBe(`GOLD ${next}`);
    expect(await decide(first, 'held', '2031-10-01T00:30:00')).toBe(`GOLD ${id}`);
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:14:00');
    const applied = String(attributesOf(network, agents[0]?.user ?? '').reset_applied_season);
    expect(await decide(first, 'told', '2031-10-01T02:15:00', applied)).toBe(`GOLD ${next}`);
    await earn(first, 9000, '2031-10-01', at('2031-10-01T12:00:00Z'), category);
    await evaluateTiers<typeof env>(hearTierChanges)(env, at('2031-10-01T12:05:00Z'));
    expect(await decide(first, 'risen', '2031-10-01T12:06:00')).toBe(`PLATINUM ${next}`);
    expect(await decide(second, 'in grace', '2031-10-01T23:59:59')).toBe(`GOLD ${next}`);
    expect(await decide(second, 'over', '2031-10-02T00:00:00')).toBe(`BRONZE ${next}`);
    await play.step('2031-10-02T00:10:00', '2031-10-02T00:20:00');
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:14:00');
    expect(await decide(first, 'after', '2031-10-02T02:15:00', next)).toBe(`PLATINUM ${next}`);
    expect(await decide(second, 'after', '2031-10-02T02:15:00', next)).toBe(`BRONZE ${next}`);
    expect(agents.map(({ user }) => attributesOf(network, user).active_tier)).toEqual([
      'PLATINUM',
      'BRONZE',
    ]);
  });

  it('asked at once on both sides of its end answers each from its own season', async () => {
    const { id, next, agents } = await quarter([6000], { graceDays: 1 });
    const key = agents[0]?.key ?? '';
    const answers = Promise.all([
      decide(key, 'before', '2031-09-30T23:59:59'),
      decide(key, 'after', '2031-10-01T00:00:00'),
    ]);
    expect(await answers).toEqual([`GOLD ${id}`, `GOLD ${next}`]);
    expect(await decide(key, 'later', '2031-10-01T00:00:01')).toBe(`GOLD ${next}`);
  });

  it('is not behind an award, a revocation or first points that came before its seal', async () => {
    const stage = await quarter([6000, 6000, 0], { graceDays: 7 });
    const { category, agents, play } = stage;
    expect(await openings(stage, '2031-10-01T00:00:00')).toEqual([
      'GOLD foreseen',
      'GOLD foreseen',
      'BRONZE foreseen',
    ]);
    for (const [index, points] of [3000, -3000, 6000].entries())
      await earn(
        agents[index]?.key ?? '',
        points,
        '2031-09-29',
        at('2031-10-01T00:05:00Z'),
        category,
      );
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
    const wanted = ['PLATINUM', 'SILVER', 'GOLD'];
    expect(await honouredByArchive(stage)).toEqual(wanted);
    expect(await openings(stage, '2031-10-01T00:20:00')).toEqual(wanted);
    const before = looks();
    expect(await openings(stage, '2031-10-03T12:00:00')).toEqual(wanted);
    expect(looks()).toBe(before);
  });

  it('goes on with what it foresees while D1 is silent, and asks again half a minute later', async () => {
    const stage = await quarter([6000], { graceDays: 7 });
    const { category, agents, play } = stage;
    expect(await openings(stage, '2031-10-01T00:00:00')).toEqual(['GOLD foreseen']);
    await earn(agents[0]?.key ?? '', -3000, '2031-09-29', at('2031-10-01T00:05:00Z'), category);
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
    board.decide = ({ call, place }) =>
      place === 'seat' && call.startsWith('DB.') ? 'throw' : null;
    expect(await openings(stage, '2031-10-01T00:20:00')).toEqual(['GOLD foreseen']);
    const silent = looks();
    expect(await openings(stage, '2031-10-01T00:20:29')).toEqual(['GOLD foreseen']);
    expect(looks()).toBe(silent);
    board.decide = () => null;
    expect(await openings(stage, '2031-10-01T00:20:30')).toEqual(['SILVER']);
  });

  it('looks every half minute while it foresees the same, and keeps no row of that', async () => {
    const stage = await quarter([6000], { graceDays: 7 });
    const key = stage.agents[0]?.key ?? '';
    const kept = () =>
      runInDurableObject(seatOf(key) as unknown as DurableObjectStub, (_, { storage }) =>
        JSON.stringify(storage.kv.get('state')),
      );
    expect(await openings(stage, '2031-10-01T00:00:00')).toEqual(['GOLD foreseen']);
    const [first, before] = [await kept(), looks()];
    expect(await openings(stage, '2031-10-01T00:00:30')).toEqual(['GOLD foreseen']);
    expect(await openings(stage, '2031-10-01T00:00:59')).toEqual(['GOLD foreseen']);
    const after = looks();
    expect(after).toBeGreaterThan(before);
    expect(await openings(stage, '2031-10-01T00:01:00')).toEqual(['GOLD foreseen']);
    expect(looks() - after).toBe(after - before);
    expect(await kept()).toBe(first);
  });

  it('of one who came after it is over foresees nothing, and reads the books once', async () => {
    const { group, id, next, play } = await quarter([6000], { graceDays: 1 });
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:14:00');
    const key = await hire(`new-${id}`, { groups: [group] }, at('2031-10-01T12:00:00Z'));
    expect(await decide(key, 'first', '2031-10-01T13:00:00')).toBe(`BRONZE ${next}`);
    const before = looks();
    expect(await decide(key, 'second', '2031-10-02T13:00:00')).toBe(`BRONZE ${next}`);
    expect(looks()).toBe(before);
  });
});
