/**
 * Seats against real seasons: tiers that points reach, a season that ends, grace, and what happens
 * where news is lost. Each trap and edge case of the seasons document that is about routing.
 */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RoutingEnv } from '../../src/routing/client';
import { compareNightly, hearTierChanges } from '../../src/routing/jobs';
import type { Decision } from '../../src/routing/seats/decision';
import { evaluateTiers } from '../../src/seasons/standing/client';
import { at, DAY, earn, HOUR, hire, put, season } from '../seasons/stage';
import { ask, factsOf, seatOf } from './desk';

/** Far ahead of every clock, so that no real alarm fires by itself. */
const START = at('2090-01-01T00:00:00Z');
const END = at('2090-04-01T00:00:00Z');
const MID = at('2090-02-10T12:00:00Z');

async function decide(agentKey: string, name: string, now: number): Promise<Decision> {
  const question = { ...ask(agentKey, now), interactionId: name, resetApplied: null };
  const answer = await seatOf(agentKey).decide(question);
  if (answer.kind !== 'decided') throw new Error(answer.kind);
  return answer.decision;
}

/** Evaluates tiers as cron does; `lost`: nobody hears of the changes. */
const evaluate = (now: number, lost = false): Promise<void> =>
  evaluateTiers<RoutingEnv>(lost ? async () => undefined : hearTierChanges)(env, now);

const tierOf = async (agentKey: string, name: string, now: number): Promise<string> =>
  (await decide(agentKey, name, now)).tier;

beforeAll(async () => {
  await put(
    'organisation',
    'settings',
    { timeZone: 'Etc/UTC', currency: 'USD', weekStart: 'MONDAY' },
    0,
  );
  const dates = {
    startDay: '2090-01-01',
    endDay: '2090-03-31',
    decay: { factor: '1' },
    graceDays: 0,
  };
  await season('2090-Q1', dates, 0);
  await season(
    '2090-Q2',
    { ...dates, startDay: '2090-04-01', endDay: '2090-06-30', graceDays: 14 },
    0,
  );
});

describe('a seat in a season', () => {
  it('hears of a tier as points reach it, and of its loss as they go', async () => {
    const key = await hire('rise');
    expect(await decide(key, 'cold', START + HOUR)).toMatchObject({
      tier: 'BRONZE',
      seasonId: '2090-Q1',
    });
    await earn(key, 8500, '2090-02-01', MID);
    await evaluate(MID);
    expect(await decide(key, 'up', MID)).toMatchObject({ tier: 'PLATINUM', weight: '1.2' });
    await earn(key, -4000, '2090-02-01', MID + HOUR);
    await evaluate(MID + HOUR);
    expect(await tierOf(key, 'down', MID + HOUR)).toBe('SILVER');
    expect(await tierOf(key, 'up', MID + HOUR)).toBe('PLATINUM');
  });

  it('asked at the first instant of the next one holds nothing of the last (S9, edge case 1)', async () => {
    const key = await hire('idle');
    await earn(key, 9000, '2090-02-01', MID);
    await evaluate(MID + 2 * HOUR);
    expect(await tierOf(key, 'before', END - 1)).toBe('PLATINUM');
    const after = await decide(key, 'after', END);
    expect(after).toMatchObject({ seasonId: '2090-Q2' });
    expect(after.why[0]).toMatchObject({ condition: 'SEASON', verdict: 'PASSED' });
    expect(after.why[0]?.actual).toContain('read anew');
  });

  it('honours the previous tier during grace, and the points from its last instant on (S8, DEC-18)', async () => {
    const key = await hire('grace');
    await earn(key, 9000, '2090-02-01', MID);
    await evaluate(MID + 3 * HOUR);
    await decide(key, 'wake', MID + 3 * HOUR);
    expect(await tierOf(key, 'in grace', END + 14 * DAY - 1)).toBe('PLATINUM');
    expect(await tierOf(key, 'after grace', END + 14 * DAY)).toBe('BRONZE');
  });

  it('that was put away holds no more than one that was not', async () => {
    const key = await hire('away');
    await earn(key, 9000, '2090-02-01', MID);
    await evaluate(MID + 4 * HOUR);
    expect(await tierOf(key, 'before', MID + 4 * HOUR)).toBe('PLATINUM');
    await evictDurableObject(seatOf(key));
    expect(await tierOf(key, 'after grace', END + 14 * DAY)).toBe('BRONZE');
  });

  it('whose news was lost is mended by the comparison of a night', async () => {
    const key = await hire('lost');
    await earn(key, 9000, '2090-02-01', MID);
    await evaluate(MID + 5 * HOUR);
    expect(await tierOf(key, 'before', MID + 5 * HOUR)).toBe('PLATINUM');
    await earn(key, -8000, '2090-02-01', MID + 6 * HOUR);
    await evaluate(MID + 6 * HOUR, true);
    expect(await tierOf(key, 'stale', MID + 6 * HOUR)).toBe('PLATINUM');
    await compareNightly(env, MID + DAY);
    expect(await tierOf(key, 'mended', MID + DAY)).toBe('BRONZE');
  });

  it('whose news come twice, late and in another order holds the newest', async () => {
    const key = await hire('order');
    await decide(key, 'wake', MID + 7 * HOUR);
    const news = (tier: string, number: number) =>
      factsOf(key, tier, { seasonId: '2090-Q1', seasonStart: START, seasonEnd: END, number });
    const now = MID + 7 * HOUR;
    for (const one of [news('GOLD', 2), news('SILVER', 3), news('GOLD', 2), news('PLATINUM', 1)]) {
      await seatOf(key).tell(one, now);
    }
    expect(await tierOf(key, 'after', now)).toBe('SILVER');
  });

  it('of an agent who joined after the season began reads the books, and is in it', async () => {
    const key = await hire('joined', {}, MID);
    expect(await decide(key, 'first', MID + HOUR)).toMatchObject({
      tier: 'BRONZE',
      seasonId: '2090-Q1',
    });
  });

  it('is in none where its last one has ended and no other follows, whatever its points', async () => {
    const now = at('2088-02-10T12:00:00Z');
    const dates = { startDay: '2087-01-01', endDay: '2087-12-31', decay: { factor: '1' } };
    // Written when it had ended: it is history, which nobody resets and nothing follows.
    await season('2087', { ...dates, categories: ['Past'], target_groups: ['past'] }, now);
    const key = await hire('past', { groups: ['past'] }, now);
    await earn(key, 9000, '2087-05-01', now, 'Past');
    expect(await decide(key, 'first', now)).toMatchObject({ tier: 'BRONZE', seasonId: null });
    expect(await decide(key, 'next', now + 1)).toMatchObject({ tier: 'BRONZE', seasonId: null });
  });

  it('has the platform’s other reset looked at before it answers (S9)', async () => {
    const key = await hire('other');
    await decide(key, 'wake', MID);
    await earn(key, 9000, '2090-02-01', MID);
    await evaluate(MID + 9 * HOUR, true);
    expect(await tierOf(key, 'plain', MID + 9 * HOUR)).toBe('BRONZE');
    const question = {
      ...ask(key, MID + 9 * HOUR),
      interactionId: 'flow',
      resetApplied: '2089-Q4',
    };
    const answer = await seatOf(key).decide(question);
    expect(answer).toMatchObject({ decision: { tier: 'PLATINUM' } });
    const [season] = answer.kind === 'decided' ? answer.decision.why : [];
    expect(season).toMatchObject({ condition: 'SEASON', verdict: 'FAILED' });
    expect(season?.actual).toContain('read anew before this answer; the platform has applied 2089');
  });
});
