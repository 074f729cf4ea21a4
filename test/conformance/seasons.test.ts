/** The traps and edge cases of the seasons document, each by its name. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fractionOfDecimal } from '../../src/kernel/fraction';
import { hearTierChanges } from '../../src/routing/jobs';
import { sampleOf } from '../../src/routing/load/load';
import { valueAt } from '../../src/seasons/decay/decay';
import { readRuns } from '../../src/seasons/reset/store';
import { evaluateTiers } from '../../src/seasons/standing/client';
import { readSeatFacts } from '../../src/seasons/standing/seats/store';
import { honouredAt } from '../../src/seasons/tier';
import { Network } from '../delivery/network';
import { ask, conditionOf, decideAt, seatOf } from '../routing/desk';
import { at, earn } from '../seasons/stage';
import { archived, attributesOf, type Quarter, quarter, seasonStub } from '../seasons/theatre';
import type { SeasonHazardName } from './seasons';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const hazard = (name: SeasonHazardName, run: () => Promise<void>): void => {
  test(name, run);
};

const NIGHT = '2031-10-01T00:10:00';
const reportOf = async ({ id }: Quarter) => (await readRuns(env.DB, id)).at(-1)?.report;
const toldOf = ({ agents, next }: Quarter): number =>
  agents.filter(({ user }) => attributesOf(network, user).reset_applied_season === next).length;
const factsOf = async ({ agents }: Quarter, now: string) => {
  const key = agents[0]?.key ?? '';
  const facts = (await readSeatFacts(env.DB, [key], at(now))).get(key);
  if (facts === undefined) throw new Error('no facts');
  return facts;
};

/** The agent of a quarter, and what a platform is answered of them at an instant of UTC. */
const deskOf = ({ agents: [agent] }: Quarter) => {
  if (agent === undefined) throw new Error('no agent');
  const decided = (instant: string, interactionId: string) =>
    decideAt(at(`${instant}Z`), agent.id, interactionId);
  return { agent, decided };
};

hazard('Trap 1: a reset that is executed synchronously during peak hours', async () => {
  const stage = await quarter([4250]);
  const season = seasonStub(stage.id);
  await season.volume(stage.id, 900, at('2031-10-01T00:05:00Z'));
  await stage.play.step(NIGHT, '2031-10-01T00:30:00');
  // Archived and staged, and no platform has heard of it; routing goes on by the books meanwhile.
  expect(await archived(stage.id)).toHaveLength(1);
  expect(toldOf(stage)).toBe(0);
  const facts = await factsOf(stage, '2031-10-01T00:30:00Z');
  expect([facts.seasonId, facts.honoured]).toEqual([stage.next, 'SILVER']);
  await season.volume(stage.id, 60, at('2031-10-01T01:59:00Z'));
  await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:20:00');
  expect(toldOf(stage)).toBe(1);
});

hazard('Trap 2: static tier assignment without validation bound to the session', async () => {
  const stage = await quarter([6000]);
  const { agent, decided } = deskOf(stage);
  const first = await decided('2031-09-30T13:00:00', 'call-1');
  expect(first.body).toMatchObject({ tier: 'GOLD', weight: 1, seasonId: stage.id });
  await earn(agent.key, -3500, '2031-09-10', at('2031-09-30T14:00:00Z'), stage.category);
  await evaluateTiers<typeof env>(hearTierChanges)(env, at('2031-09-30T14:05:00Z'));
  await stage.play.step('2031-09-30T14:05:00', '2031-09-30T14:10:00');
  const second = await decided('2031-09-30T14:10:00', 'call-2');
  expect(second.body).toMatchObject({ tier: 'SILVER', weight: 0.9, seasonId: stage.id });
  // What the session began with is what it goes on with.
  expect((await decided('2031-09-30T14:10:00', 'call-1')).text).toBe(first.text);
  expect(attributesOf(network, agent.user).active_tier).toBe('SILVER');
});

hazard('Trap 3: synchronous bulk updates during active routing', async () => {
  const stage = await quarter(Array.from({ length: 55 }, () => 0));
  await stage.play.step(NIGHT, '2031-10-01T00:20:00');
  await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:20:00');
  expect(network.mostInFlight).toBeLessThanOrEqual(5);
  expect(await reportOf(stage)).toMatchObject({ agents: 55, batches: 2, applied: 55 });
  const keys = network.seen.filter(({ method }) => method === 'PATCH').map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

hazard('Trap 4: linear decay, or another tier right after the reset', async () => {
  const stage = await quarter([9000]);
  await stage.play.step(NIGHT, '2031-10-01T00:20:00');
  const facts = await factsOf(stage, '2031-10-02T00:00:00Z');
  expect([facts.tier, facts.honoured]).toEqual(['BRONZE', 'PLATINUM']);
  expect(honouredAt(facts, at('2031-10-14T23:59:59Z'))).toBe('PLATINUM');
  expect(honouredAt(facts, at('2031-10-15T00:00:00Z'))).toBe('BRONZE');
  const lots = [{ day: 0, amount: 10_000n }];
  const steps = [1, 2, 30, 31].map((day) => valueAt(lots, day, fractionOfDecimal('0.95')));
  // Five points in a hundred at first, one in a hundred after a month.
  expect(steps).toEqual([9500n, 9025n, 2146n, 2039n]);
});

hazard('Edge Case 1: cross-season session persistence during active routing', async () => {
  const stage = await quarter([6000], { graceDays: 0 });
  const { decided } = deskOf(stage);
  const last = await decided('2031-09-30T23:59:59', 'call-1');
  expect(last.body).toMatchObject({ tier: 'GOLD', seasonId: stage.id });
  // Nobody has begun the reset, nor told the seat of anything.
  const first = await decided('2031-10-01T00:00:00', 'call-2');
  expect(first.body).toMatchObject({ tier: 'BRONZE', seasonId: stage.next });
  expect(conditionOf(first, 'SEASON')?.actual).toContain('read anew');
  await stage.play.step(NIGHT, '2031-10-01T00:20:00');
  await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:20:00');
  const { results } = await env.DB.prepare(
    "SELECT kind, content FROM notices WHERE subject = ?1 AND kind IN ('session.invalidation', 'season.synchronisation')",
  )
    .bind(`season:${stage.next}`)
    .all<{ kind: string; content: string }>();
  expect(results.map(({ kind }) => kind).toSorted()).toEqual([
    'season.synchronisation',
    'session.invalidation',
  ]);
  expect(JSON.parse(results[0]?.content ?? '')).toMatchObject({
    seasonId: stage.next,
    agents: [{ agentId: stage.agents[0]?.id }],
  });
  expect(attributesOf(network, stage.agents[0]?.user ?? '')).toMatchObject({
    reset_applied_season: stage.next,
    active_tier: 'BRONZE',
  });
  const after = await decided('2031-10-20T00:00:00', 'call-1');
  expect(after.body).toMatchObject({ tier: 'BRONZE', seasonId: stage.next });
});

hazard('Edge Case 2: tier routing collision during predictive volume spikes', async () => {
  const stage = await quarter([9000, 9000, 0]);
  const keys = stage.agents.map(({ key }) => key);
  const now = at('2031-09-30T13:00:00Z');
  const standingOf = (key: string) => seatOf(key).standing(ask(key, now));
  const [busy, calm] = keys;
  if (busy === undefined || calm === undefined) throw new Error('two agents');
  expect((await standingOf(busy))?.weight).toBe(1_200_000);
  // 116 of 100: at once, without waiting for a mean.
  const taken = sampleOf({ concurrent: 11.6, targetConcurrent: 10 }, { at: now, cause: 'spike' });
  if (!taken.ok) throw new Error(taken.failure);
  await seatOf(busy).sample(ask(busy, now), [taken.value]);
  expect(await standingOf(busy)).toMatchObject({ overloaded: true, weight: 900_000 });
  expect(await standingOf(calm)).toMatchObject({ overloaded: false, weight: 1_200_000 });
  const candidates = (await Promise.all(keys.map(standingOf))).filter((one) => one !== null);
  const picked = new Map<string, number>();
  for (let nth = 0; nth < 100; nth += 1) {
    const { agentKey } = await env.QUEUES.getByName('spike').pick(`s${nth}`, candidates);
    picked.set(agentKey, (picked.get(agentKey) ?? 0) + 1);
  }
  const counts = keys.map((key) => picked.get(key) ?? 0);
  // Nobody idles: the thirty are even, and whoever is exhausted has less than before.
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(10);
  expect(counts[0]).toBeLessThan(counts[1] ?? 0);
});

hazard('Edge Case 3: API throttling and idempotency failure during bulk resets', async () => {
  const stage = await quarter(Array.from({ length: 8 }, () => 0));
  network.faults('genesys', [
    { kind: 'throttle', retryAfter: 2, times: 5 },
    { kind: 'close-after-commit', times: 2 },
    { kind: 'status', status: 503, times: 1 },
  ]);
  await stage.play.step(NIGHT, '2031-10-01T00:20:00');
  await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:40:00');
  expect(await reportOf(stage)).toMatchObject({ expected: 8, applied: 8, differing: 0 });
  const patches = network.seen.filter(({ method }) => method === 'PATCH');
  const byUser = Map.groupBy(patches, ({ path }) => path);
  // Every repetition is the first request once more: key and bytes.
  for (const own of byUser.values()) {
    expect(new Set(own.map(({ key, body }) => `${key} ${body}`)).size).toBe(1);
  }
  expect(patches.length).toBeGreaterThan(8);
});
