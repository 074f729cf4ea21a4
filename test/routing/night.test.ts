/** The nightly comparison, what webhooks bring, and what is left of an agent who was forgotten. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { jobs } from '../../src/compose';
import { runCron } from '../../src/cron';
import { readLatest } from '../../src/ledger/store';
import { compareNightly, routingHealth } from '../../src/routing/jobs';
import { NIGHT_KIND, NIGHT_NAME, type NightMark, nightOf } from '../../src/routing/night';
import { makeKey, send } from '../http/caller';
import { deliver, putSource } from '../intake/sender';
import { awake } from '../worker/evict';
import { DAY, decide, factsOf, hire, keyOf, sample, seatOf } from './desk';

/** As far ahead as no real alarm of a test goes. */
const NIGHT = Date.UTC(2090, 2, 3, 2, 23);

const markOf = async (): Promise<NightMark | undefined> =>
  (await readLatest<NightMark>(env.DB, NIGHT_KIND, NIGHT_NAME))?.content;

beforeAll(async () => {
  await hire('night-1', 'night-2', 'hook-1', 'gone-1');
  await putSource('workforce', { platform: 'genesys-cloud' });
});

describe('the nightly comparison', () => {
  it('mends a seat that holds what the books do not say, once a night', async () => {
    const key = await keyOf('night-1');
    await decide('night-1', 'wake');
    const forged = factsOf(key, 'PLATINUM', { seasonEnd: NIGHT - DAY });
    await seatOf(key).compare(forged, NIGHT - 2 * DAY);
    await runCron('*/5 * * * *', env, NIGHT, jobs);
    const first = await markOf();
    expect(first).toMatchObject({ night: nightOf(NIGHT), after: null, mended: 1, failed: 0 });
    expect(first?.compared).toBeGreaterThanOrEqual(4);
    await runCron('*/5 * * * *', env, NIGHT + 300_000, jobs);
    expect(await markOf()).toEqual(first);
    await runCron('*/5 * * * *', env, NIGHT + DAY, jobs);
    expect(await markOf()).toMatchObject({ night: nightOf(NIGHT + DAY), mended: 0 });
  });

  it('of more agents than a night compares goes on the next night, to the last of them', async () => {
    await hire('tail-1', 'tail-2', 'tail-3');
    const from = NIGHT + 10 * DAY;
    const some = { agents: 2, seats: 2 };
    await compareNightly(env, from, some);
    const first = await markOf();
    expect(first).toMatchObject({ night: nightOf(from), compared: 2 });
    await compareNightly(env, from + 300_000, some);
    await compareNightly(env, from + DAY, some);
    const third = await markOf();
    expect(third).toMatchObject({ night: nightOf(from), compared: 6 });
    expect((third?.after ?? '') > (first?.after ?? '')).toBe(true);
    const healthAt = async (now: number) => (await routingHealth.check(env, now)).status;
    expect(await healthAt(from + 2 * DAY)).toBe('ok');
    expect(await healthAt(from + 3 * DAY)).toBe('late');
    await compareNightly(env, from + 3 * DAY, some);
    expect(await markOf()).toMatchObject({ night: nightOf(from), after: null, compared: 7 });
    // The next begins at once, from the first agent.
    await compareNightly(env, from + 3 * DAY + 300_000, some);
    expect(await markOf()).toMatchObject({ night: nightOf(from + 3 * DAY), compared: 2 });
    expect(await healthAt(from + 3 * DAY)).toBe('ok');
  });

  it('begins at two in the night, UTC, and its health says when it is late', async () => {
    expect(nightOf(Date.UTC(2090, 2, 3, 1, 59))).toBe('2090-03-02');
    expect(nightOf(Date.UTC(2090, 2, 3, 2))).toBe('2090-03-03');
    const health = await send('GET', '/v1/health', {});
    const checks = health.body.checks as { name: string; status: string }[];
    expect(checks.find(({ name }) => name === 'routing')?.status).toBe('ok');
  });
});

describe('utilisation by webhook', () => {
  const said = (eventId: string, concurrent: number, more: object = {}) => ({
    eventType: 'agent.utilization',
    eventId,
    agentId: 'hook-1',
    concurrent,
    targetConcurrent: 10,
    ...more,
  });

  it('makes an agent overloaded as the route does, and leaves no row in the event log', async () => {
    expect((await deliver('workforce', said('u1', 12))).body.status).toBe('accepted');
    expect((await decide('hook-1', 'busy')).body.overloaded).toBe(true);
    expect((await deliver('workforce', said('u2', 8))).body.status).toBe('accepted');
    expect((await decide('hook-1', 'calm')).body.overloaded).toBe(false);
    const logged = await env.DB.prepare(
      "SELECT count(*) AS n FROM events WHERE type = 'agent.utilization'",
    ).first('n');
    expect(logged).toBe(0);
  });

  it(
    'is a duplicate when it comes again, and a conflict with other content',
    awake(async () => {
      await deliver('workforce', said('u3', 5));
      expect((await deliver('workforce', said('u3', 5))).body.status).toBe('duplicate');
      expect((await deliver('workforce', said('u3', 6))).body.status).toBe('conflict');
    }),
  );

  it('of an array is answered item by item, and what cannot be used is kept with its reason', async () => {
    const heard = await deliver('workforce', [
      said('u4', 5),
      said('u5', -1),
      said('u6', 5, { targetConcurrent: 0 }),
      { ...said('u7', 5), agentId: 'nobody' },
    ]);
    expect(heard.status).toBe(200);
    expect(heard.body.results.map(({ status }) => status)).toEqual([
      'accepted',
      'quarantined',
      'quarantined',
      'quarantined',
    ]);
  });
});

describe('the target capacity', () => {
  it(
    'is what the sample says, else the agent, else the policy',
    awake(async () => {
      const { key } = await makeKey(['admin', 'author', 'viewer', 'platform']);
      const now = async (agentId: string) =>
        ((await send('GET', `/v1/routing/agents/${agentId}`, { key })).body.load as { now: string })
          .now;
      const body = { targetConcurrent: '4' };
      expect((await send('PUT', '/v1/routing/policy', { key, body })).status).toBe(201);
      await hire('cap-1');
      await sample('cap-1', 2, { targetConcurrent: undefined });
      expect(await now('cap-1')).toBe('0.5');
      await send('PUT', '/v1/agents/cap-1', { key, body: { attributes: { targetConcurrent: 8 } } });
      await sample('cap-1', 2, { targetConcurrent: undefined });
      expect(await now('cap-1')).toBe('0.25');
      await sample('cap-1', 2);
      expect(await now('cap-1')).toBe('0.2');
      const again = await send('PUT', '/v1/routing/policy', { key, body });
      expect([again.status, again.body.version]).toEqual([200, 1]);
    }),
  );
});

describe('an agent who is forgotten', () => {
  it('leaves an empty seat, and is nobody to a flow', async () => {
    const key = await keyOf('gone-1');
    await decide('gone-1', 'call-1');
    await sample('gone-1', 12);
    const { key: law } = await makeKey(['compliance']);
    const asked = await send('POST', '/v1/agents/gone-1/pseudonymise', {
      key: law,
      body: { reason: 'request' },
    });
    expect(asked.status).toBe(202);
    await runCron('*/5 * * * *', env, Date.now() + 60_000, jobs);
    const left = await runInDurableObject(
      seatOf(key),
      (_, state) => [...state.storage.kv.list()].length,
    );
    expect(left).toBe(0);
    expect((await decide('gone-1', 'call-2')).status).toBe(422);
  });
});
