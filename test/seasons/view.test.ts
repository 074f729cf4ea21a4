/** What an agent is shown of a season with decay, against figures that are worked out here. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fractionOfDecimal } from '../../src/kernel/fraction';
import { runDecay } from '../../src/seasons/decay/client';
import { type Lot, valueAt } from '../../src/seasons/decay/decay';
import { runId } from '../../src/seasons/reset/run';
import { readRuns } from '../../src/seasons/reset/store';
import { DEFAULT_TIERS, thresholdOfTier } from '../../src/seasons/tier';
import { paceFor } from '../../src/seasons/view/forecast';
import { Network } from '../delivery/network';
import { makeKey, send } from '../http/caller';
import { at, earn, hire, measured, season } from './stage';
import { evaluate, quarter } from './theatre';

const WROTE = at('2031-06-01T00:00:00Z');
const CATEGORY = 'Viewed';
let key = '';

beforeEach(async () => {
  vi.setSystemTime(at('2031-09-12T13:00:00Z'));
  key = (await makeKey(['viewer'])).key;
});
afterEach(() => {
  vi.useRealTimers();
});

const get = async (path: string) => (await send('GET', path, { key })).body;

/** A line of points as it is printed. */
const printed = (points: number): string => String(Math.round(points * 10_000) / 10_000);

describe('an agent’s view', () => {
  it('has pace, steady state and decay of what was earned, and every change with its reason', async () => {
    const compliance = [{ metric: 'csat', atLeast: '7.5', minimumCount: 3 }];
    const dates = { startDay: '2031-07-01', endDay: '2031-09-30' };
    const fields = { categories: [CATEGORY], compliance, target_groups: ['viewed'] };
    await season('viewed', { ...dates, ...fields }, WROTE);
    const agent = await hire('viv', { groups: ['viewed'] }, WROTE);
    const award = (points: number, day: string) =>
      earn(agent, points, day, at(`${day}T12:00:00Z`), CATEGORY);
    const look = (instant: string) => evaluate(env, at(instant));
    await award(1000, '2031-08-01');
    await look('2031-08-01T12:05:00Z');
    await award(3000, '2031-09-01');
    await look('2031-09-01T12:05:00Z');
    await measured(agent, 'csat', [5, 5, 5], '2031-09-02');
    await look('2031-09-02T12:05:00Z');
    await measured(agent, 'csat', [10, 10, 10], '2031-09-03');
    await look('2031-09-03T12:05:00Z');
    await award(700, '2031-09-05');
    await runDecay(env, at('2031-09-12T00:10:00Z'));
    await award(250, '2031-09-12');

    const night = 1000 * 0.95 ** 42 + 3000 * 0.95 ** 11 + 700 * 0.95 ** 7;
    const points = Math.round(night * 10_000) / 10_000 + 250;
    const forecast = await get('/v1/agents/viv/forecast');
    expect(forecast).toMatchObject({
      day: '2031-09-12',
      points: printed(points),
      tier: 'SILVER',
      decayFactor: '0.95',
      decayToDate: printed(4950 - points),
      // Fourteen days with today: what was earned in August is no part of the present pace.
      pacePerDay: printed(3950 / 14),
      steadyState: { points: printed(3950 / 14 / 0.05), tier: 'GOLD' },
      paceToKeep: { tier: 'SILVER', perDay: '131.579' },
      paceToReach: { tier: 'GOLD', perDay: '263.1579' },
    });

    const { history } = await get('/v1/agents/viv/tier');
    const change = (day: string, tier: string, reason: string) => ({
      at: `${day}T12:05:00.000Z`,
      tier,
      honoured: tier,
      points: '4000',
      reason,
    });
    expect(history).toEqual([
      { number: 1, ...change('2031-09-01', 'SILVER', 'POINTS') },
      { number: 2, ...change('2031-09-02', 'UNRANKED', 'COMPLIANCE_FAILED') },
      { number: 3, ...change('2031-09-03', 'SILVER', 'COMPLIANCE_MET') },
    ]);
  });

  it('has no steady state without decay: a tier is reached with what is wanting ÷ days left', async () => {
    await season(
      'kept-whole',
      {
        startDay: '2031-07-01',
        endDay: '2031-09-30',
        categories: ['Whole'],
        decay: { factor: '1' },
        target_groups: ['whole'],
      },
      WROTE,
    );
    const held = { none: 0, some: 3000 };
    for (const [name, points] of Object.entries(held)) {
      const agent = await hire(name, { groups: ['whole'] }, WROTE);
      const day = '2031-09-12';
      if (points > 0) await earn(agent, points, day, at(`${day}T12:00:00Z`), 'Whole');
    }
    // Nineteen days are left with today.
    expect(await get('/v1/agents/none/forecast')).toMatchObject({
      seasonId: 'kept-whole',
      steadyState: null,
      paceToKeep: { tier: 'BRONZE', perDay: '0' },
      // 2500 ÷ 19 is 131.57894…: what is told suffices.
      paceToReach: { tier: 'SILVER', perDay: '131.579' },
    });
    expect(await get('/v1/agents/some/forecast')).toMatchObject({
      points: '3000',
      steadyState: null,
      paceToKeep: { tier: 'SILVER', perDay: '0' },
      paceToReach: { tier: 'GOLD', perDay: '105.2632' },
    });
  });

  it('is stated for those who set rates: a steady state is earnings per day ÷ rate', async () => {
    const { text } = await send('GET', '/openapi.json');
    const { paths } = JSON.parse(text) as { paths: Record<string, { put?: unknown }> };
    const written = JSON.stringify(paths['/v1/seasons/{id}']?.put);
    expect(written).toMatch(/"factor":\{[^}]*settles at earnings per day ÷ rate/);
  });
});

describe('a new season', () => {
  it('says where it came from, before its reset and after, and the former can be read', async () => {
    const network = new Network().install();
    const { id, next, agents, play } = await quarter([6000]);
    const path = `/v1/agents/${agents[0]?.id}/tier`;
    const came = { season: id, tier: 'GOLD', honoured: 'GOLD', points: '6000' };
    const change = { number: 1, tier: 'GOLD', points: '6000', reason: 'POINTS' };
    vi.setSystemTime(at('2031-09-30T13:00:00Z'));
    expect(await get(path)).toMatchObject({
      seasonId: id,
      historySeasonId: id,
      opened: null,
      closed: null,
      history: [change],
    });

    vi.setSystemTime(at('2031-10-01T00:05:00Z'));
    expect(await get(path)).toMatchObject({
      seasonId: next,
      points: '0',
      resetPending: true,
      opened: { ...came, archived: false, reset: null },
      history: [],
    });

    await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
    await play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
    network.remove();
    const [run] = await readRuns(env.DB, id);
    if (run === undefined) throw new Error('no run');
    vi.setSystemTime(at('2031-10-01T03:00:00Z'));
    expect(await get(path)).toMatchObject({
      seasonId: next,
      points: '0',
      resetPending: false,
      historySeasonId: next,
      opened: { ...came, archived: true, reset: runId(run) },
      closed: null,
      history: [],
    });
    const { season: _, ...closed } = { ...came, reset: runId(run) };
    expect(await get(`${path}?season=${id}`)).toMatchObject({
      seasonId: next,
      historySeasonId: id,
      opened: null,
      closed: { ...closed, nextSeasonId: next },
      history: [change],
    });
    expect((await send('GET', `${path}?season=nothing`, { key })).status).toBe(404);
  });
});

describe('the pace that keeps a tier', () => {
  it.each(
    ['SILVER', 'GOLD', 'PLATINUM'].flatMap((tier) =>
      ['0.95', '0.9', '0.5', '0.999'].map((factor) => [tier, factor] as const),
    ),
  )('holds %s at %s through 300 nights, and a point a day less loses it', (tier, factor) => {
    const threshold = BigInt(thresholdOfTier(DEFAULT_TIERS, tier));
    const pace = paceFor(Number(threshold), fractionOfDecimal(factor));
    const nights = (perDay: number): bigint[] => {
      const lots: Lot[] = [{ day: 0, amount: threshold }];
      return Array.from({ length: 300 }, (_, day) => {
        lots.push({ day, amount: BigInt(perDay) });
        return valueAt(lots, day + 1, fractionOfDecimal(factor));
      });
    };
    expect(nights(pace).every((points) => points >= threshold)).toBe(true);
    expect(nights(pace - 10_000).every((points) => points < threshold)).toBe(true);
  });
});
