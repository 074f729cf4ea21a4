import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateTiers, tiersHealth } from '../../src/seasons/standing/client';
import { readSeatFacts } from '../../src/seasons/standing/seats/store';
import type { SeatFacts } from '../../src/seasons/tier';
import { at, earn, hire, measured, season } from './stage';

const WROTE = at('2024-06-01T00:00:00Z');
const heard: SeatFacts[] = [];
const evaluate = evaluateTiers<typeof env>(async (_, changes) => {
  heard.push(...changes);
});

const changes = async (key: string) =>
  (
    await env.DB.prepare(
      'SELECT number, tier, honoured, reason FROM tier_changes WHERE id > ?1 AND id < ?2 ORDER BY id',
    )
      .bind(`${key}.`, `${key}/`)
      .all<{ number: number; tier: string; honoured: string; reason: string }>()
  ).results.map(({ number, tier, reason }) => `${number} ${tier} ${reason}`);

beforeAll(async () => {
  await season(
    'S',
    {
      startDay: '2024-07-01',
      endDay: '2024-09-30',
      compliance: [{ metric: 'csat', atLeast: '7.5', minimumCount: 3 }],
    },
    WROTE,
  );
});

describe('a tier', () => {
  it('follows the points both ways, each change once and with its reason', async () => {
    const key = await hire('pat');
    await evaluate(env, at('2024-07-02T00:00:00Z'));
    await earn(key, 4250, '2024-07-02', at('2024-07-02T12:00:00Z'));
    await evaluate(env, at('2024-07-02T12:05:00Z'));
    await Promise.all([
      evaluate(env, at('2024-07-02T12:10:00Z')),
      evaluate(env, at('2024-07-02T12:10:00Z')),
    ]);
    expect(await changes(key)).toEqual(['1 SILVER POINTS']);
    await earn(key, 4000, '2024-07-03', at('2024-07-03T12:00:00Z'));
    await evaluate(env, at('2024-07-03T12:05:00Z'));
    await earn(key, -4000, '2024-07-03', at('2024-07-04T12:00:00Z'));
    await Promise.all([
      evaluate(env, at('2024-07-04T12:05:00Z')),
      evaluate(env, at('2024-07-04T12:05:00Z')),
    ]);
    expect(await changes(key)).toEqual(['1 SILVER POINTS', '2 PLATINUM POINTS', '3 SILVER POINTS']);
    const own = heard.filter(({ agentKey }) => agentKey === key);
    expect(own.at(-1)).toMatchObject({ seasonId: 'S', number: 3, honoured: 'SILVER' });
    expect(own.at(-1)?.privileges).toMatchObject({ weight: '0.9', priority: 90 });
    const { results } = await env.DB.prepare(
      "SELECT kind FROM notices WHERE kind = 'tier.changed'",
    ).all();
    expect(results).toHaveLength(3);
  });

  it('is UNRANKED below a compliance minimum with enough samples, and comes back above it', async () => {
    const key = await hire('lee');
    await earn(key, 6000, '2024-07-05', at('2024-07-05T12:00:00Z'));
    await measured(key, 'csat', [5, 5], '2024-07-05');
    await evaluate(env, at('2024-07-05T12:05:00Z'));
    expect(await changes(key)).toEqual(['1 GOLD POINTS']);
    await measured(key, 'csat', [5], '2024-07-06');
    await evaluate(env, at('2024-07-06T12:05:00Z'));
    const facts = (await readSeatFacts(env.DB, [key], at('2024-07-06T12:06:00Z'))).get(key);
    expect(facts).toMatchObject({ honoured: 'UNRANKED', complianceOk: false });
    expect(facts?.privileges).toMatchObject({ skills: [], priority: 70 });
    await measured(key, 'csat', [10, 10, 10], '2024-07-07');
    await evaluate(env, at('2024-07-07T12:05:00Z'));
    expect(await changes(key)).toEqual([
      '1 GOLD POINTS',
      '2 UNRANKED COMPLIANCE_FAILED',
      '3 GOLD COMPLIANCE_MET',
    ]);
  });

  it('never falls below the floor, however far the points fall', async () => {
    const key = await hire('kim');
    await earn(key, -50, '2024-07-05', at('2024-07-08T12:00:00Z'));
    await evaluate(env, at('2024-07-08T12:05:00Z'));
    expect(await changes(key)).toEqual([]);
    const facts = (await readSeatFacts(env.DB, [key], at('2024-07-08T12:06:00Z'))).get(key);
    expect(facts).toMatchObject({ tier: 'BRONZE', honoured: 'BRONZE', number: 0 });
  });

  it('of an agent in no season is the floor of the table', async () => {
    const key = await hire('max');
    const facts = (await readSeatFacts(env.DB, [key], at('2020-07-08T12:06:00Z'))).get(key);
    expect(facts).toMatchObject({ seasonId: 'none', honoured: 'BRONZE' });
  });

  it('that nobody evaluates for an hour is told by health', async () => {
    const key = await hire('sam');
    await earn(key, 10, '2024-07-10', at('2024-07-10T12:00:00Z'));
    expect((await tiersHealth.check(env, at('2024-07-10T12:30:00Z'))).status).toBe('ok');
    expect((await tiersHealth.check(env, at('2024-07-10T14:00:00Z'))).status).toBe('late');
  });
});
