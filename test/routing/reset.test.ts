/** Seats beside a reset that really runs: its archive, its window, its grace and the wave that ends it (S9). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hearTierChanges } from '../../src/routing/jobs';
import type { Decision } from '../../src/routing/seats/decision';
import { evaluateTiers } from '../../src/seasons/standing/client';
import { Network } from '../delivery/network';
import { at, earn } from '../seasons/stage';
import { attributesOf, quarter } from '../seasons/theatre';
import { ask, seatOf } from './desk';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

async function decide(key: string, name: string, now: string, resetApplied: string | null = null) {
  const question = { ...ask(key, at(`${now}Z`)), interactionId: name, resetApplied };
  const answer = await seatOf(key).decide(question);
  if (answer.kind !== 'decided') throw new Error(answer.kind);
  const { tier, seasonId }: Decision = answer.decision;
  return `${tier} ${seasonId}`;
}

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
});
