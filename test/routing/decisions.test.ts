/** Decisions as a platform's machine asks for them, over the whole way. */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorsOf, faultsOfProblem, makeKey, send } from '../http/caller';
import { awake } from '../worker/evict';
import {
  ask,
  conditionOf,
  decide,
  factsOf,
  hire,
  keyOf,
  MINUTE,
  machineKey,
  sample,
  seatOf,
  selectFrom,
} from './desk';

beforeAll(() => hire('ann', 'bob', 'cid', 'dot', 'eve', 'fay', 'gus', 'ivy'));

/** A seat that was asked once and then hears this. */
async function seated(agentId: string, tier: string, more: object = {}): Promise<void> {
  await decide(agentId, `first-of-${agentId}`);
  await seatOf(await keyOf(agentId)).compare(factsOf(await keyOf(agentId), tier, more), Date.now());
}

describe('a decision', () => {
  it('of an agent nobody has heard of before is the lowest tier, without a season', async () => {
    const heard = await decide('ann', 'call-1');
    expect([heard.status, heard.text]).toEqual([200, heard.text]);
    expect(heard.body).toMatchObject({
      tier: 'BRONZE',
      queue: 'Development Routing',
      weight: 0.8,
      priority: null,
      skills: ['skill_standard_support'],
      seasonId: null,
      overloaded: false,
    });
    expect(conditionOf(heard, 'SEASON')).toMatchObject({ verdict: 'PASSED' });
    expect(conditionOf(heard, 'LOAD_NOW')).toMatchObject({ verdict: 'NOT_KNOWN' });
  });

  it('is refused from the moment on at which its key is revoked', async () => {
    const made = await makeKey(['platform']);
    const asks = (interactionId: string) =>
      send('POST', '/v1/routing/decisions', {
        key: made.key,
        body: { interactionId, agentId: 'ann', platform: 'genesys-cloud' },
      });
    expect((await asks('key-1')).status).toBe(200);
    const { key: admin } = await makeKey(['admin']);
    expect((await send('DELETE', `/v1/keys/${made.id}`, { key: admin })).status).toBeLessThan(300);
    expect((await asks('key-2')).status).toBe(401);
  });

  it('names queue, weight and skills of each tier, and on CXone a priority (S6)', async () => {
    const expected: Record<string, [string, number, number, number]> = {
      PLATINUM: ['Premium Resolution', 1.2, 120, 3],
      GOLD: ['Standard Resolution', 1, 100, 2],
      SILVER: ['Standard Resolution', 0.9, 90, 1],
      BRONZE: ['Development Routing', 0.8, 80, 1],
    };
    for (const [tier, [queue, weight, priority, skills]] of Object.entries(expected)) {
      await seated('bob', tier, { number: Object.keys(expected).indexOf(tier) + 2 });
      const genesys = await decide('bob', `call-${tier}`);
      const cxone = await decide('bob', `call-${tier}`, { platform: 'cxone' });
      expect(genesys.body).toMatchObject({ tier, queue, weight, priority: null });
      expect(cxone.body).toMatchObject({ tier, queue, weight: null, priority });
      expect(genesys.body.skills).toHaveLength(skills);
      expect(genesys.body.decidedAt).toBe(cxone.body.decidedAt);
    }
  });

  it('of an agent below the compliance minimums is UNRANKED, without tier skills (DEC-19)', async () => {
    await seated('cid', 'UNRANKED', { complianceOk: false });
    const heard = await decide('cid', 'call-1', { platform: 'cxone' });
    expect(heard.body).toMatchObject({ tier: 'UNRANKED', priority: 70, skills: [] });
    expect(conditionOf(heard, 'COMPLIANCE')).toMatchObject({ verdict: 'FAILED' });
  });

  it(
    'holds for its interaction after a tier change and an eviction, until it is released (S9)',
    awake(async () => {
      await seated('dot', 'PLATINUM');
      const first = await decide('dot', 'call-1');
      expect(first.body.tier).toBe('PLATINUM');
      await seatOf(await keyOf('dot')).tell(
        factsOf(await keyOf('dot'), 'SILVER', { number: 2 }),
        Date.now(),
      );
      expect((await decide('dot', 'call-2')).body.tier).toBe('SILVER');
      await evictDurableObject(seatOf(await keyOf('dot')));
      const again = await decide('dot', 'call-1');
      expect(again.text).toBe(first.text);
      const key = await machineKey();
      const released = await send('DELETE', '/v1/routing/agents/dot/interactions/call-1', { key });
      expect(released.status).toBe(204);
      expect((await decide('dot', 'call-1')).body.tier).toBe('SILVER');
    }),
  );

  it(
    'is of an overload that ends in silence, whoever puts the seat away',
    awake(async () => {
      const key = await keyOf('ivy');
      const seat = seatOf(key);
      const over = (at: number) => ({
        ...{ at, concurrent: 12_000_000, target: 10_000_000, cause: `said-${at}` },
        ...{ ahtSeconds: null, targetAhtSeconds: null, queueWaitSeconds: null },
        ...{ queueLength: null, queueId: null },
      });
      const now = Date.UTC(2032, 5, 1);
      const isOverloaded = async (at: number) =>
        (await seat.show(ask(key, at))).load.overload !== null;
      const watched = async (until: number): Promise<void> => {
        for (let at: number | null = await seat.due(now); at !== null && at <= until; ) {
          await evictDurableObject(seat);
          at = await seat.due(at);
        }
        await evictDurableObject(seat);
      };
      for (const minute of [0, 5, 10, 20]) {
        await seat.sample(ask(key, now + minute * MINUTE), [over(now + minute * MINUTE)]);
        await evictDurableObject(seat);
      }
      // Somebody spoke of it in the twentieth minute.
      await watched(now + 34 * MINUTE);
      expect(await isOverloaded(now + 34 * MINUTE)).toBe(true);
      await watched(now + 45 * MINUTE);
      expect(await isOverloaded(now + 45 * MINUTE)).toBe(false);
    }),
  );

  it('is one when twenty ask for it at once', async () => {
    const heard = await Promise.all(Array.from({ length: 20 }, () => decide('eve', 'call-1')));
    expect(new Set(heard.map(({ text }) => text)).size).toBe(1);
  });

  it('of an agent nobody knows is refused with the field; an address of theirs is not there', async () => {
    const heard = await decide('nobody', 'call-1');
    expect([heard.status, faultsOfProblem(heard)]).toEqual([422, []]);
    expect(errorsOf(heard)[0]).toMatchObject({ pointer: '#/agentId' });
    const key = await machineKey();
    const gone = await send('DELETE', '/v1/routing/agents/nobody/interactions/x', { key });
    expect([gone.status, faultsOfProblem(gone)]).toEqual([404, []]);
  });

  it(
    'weighs as SILVER while its agent is over 115 % of the target, and as itself again below 100 % (S10)',
    awake(async () => {
      await seated('fay', 'PLATINUM');
      expect((await sample('fay', 11.5)).body).toMatchObject({
        results: [{ status: 'accepted', overloaded: false }],
      });
      expect((await decide('fay', 'calm')).body).toMatchObject({ weight: 1.2, overloaded: false });
      await sample('fay', 12);
      const heard = await decide('fay', 'busy');
      expect(heard.body).toMatchObject({
        tier: 'PLATINUM',
        weight: 0.9,
        queue: 'Premium Resolution',
        overloaded: true,
      });
      expect(conditionOf(heard, 'LOAD_NOW')).toMatchObject({ verdict: 'FAILED', actual: '120 %' });
      const cxone = await decide('fay', 'busy', { platform: 'cxone' });
      expect(cxone.body.priority).toBe(90);
      await sample('fay', 9);
      expect((await decide('fay', 'cooled')).body).toMatchObject({
        weight: 1.2,
        overloaded: false,
      });
      expect((await decide('fay', 'busy')).body.weight).toBe(0.9);
    }),
  );
});

describe('a machine key of a platform', () => {
  it('asks and reports, and reads no books', async () => {
    const key = await machineKey();
    expect((await send('GET', '/v1/agents', { key })).status).toBe(403);
    expect((await send('GET', '/v1/audit', { key })).status).toBe(403);
    expect((await decide('ann', 'call-2')).status).toBe(200);
  });

  it('is not what a viewer has', async () => {
    const { key } = await makeKey(['viewer']);
    const body = { interactionId: 'x', agentId: 'ann', platform: 'cxone' };
    expect((await send('POST', '/v1/routing/decisions', { key, body })).status).toBe(403);
  });
});

describe('a selection', () => {
  it(
    'answers the same for the same id, also after an eviction',
    awake(async () => {
      const ids = ['ann', 'bob', 'dot'];
      const first = await selectFrom('premium', 'sel-1', ids);
      expect(first.status).toBe(200);
      await selectFrom('premium', 'sel-2', ids);
      const queue = env.QUEUES.getByName('premium') as unknown as DurableObjectStub;
      await evictDurableObject(queue);
      expect((await selectFrom('premium', 'sel-1', ids)).text).toBe(first.text);
      expect((await selectFrom('premium', 'sel-1', ['dot'])).body.agentId).toBe(first.body.agentId);
    }),
  );

  it('leaves out whom nobody knows and says so; of nobody known it is refused', async () => {
    const heard = await selectFrom('mixed', 'sel-1', ['nobody', 'ann']);
    expect(heard.body).toMatchObject({ agentId: 'ann', unknownAgentIds: ['nobody'] });
    const refused = await selectFrom('mixed', 'sel-2', ['nobody']);
    expect([refused.status, faultsOfProblem(refused)]).toEqual([422, []]);
  });
});
