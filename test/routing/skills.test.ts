/** Skills on platforms follow tiers, and only those of the tier table are ever taken away (S6). */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Question } from '../../src/delivery/client';
import { DESTINATION_KIND } from '../../src/delivery/destination';
import type { Json } from '../../src/events/event';
import { fail, ok } from '../../src/kernel/result';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import type { RoutingEnv } from '../../src/routing/client';
import { alignSkills, errandsOf } from '../../src/routing/skills/client';
import { differenceOf, skillsIn } from '../../src/seasons/telling/skill';
import { DEFAULT_TIERS, type SeatFacts } from '../../src/seasons/tier';
import { send } from '../http/caller';
import { put } from '../seasons/stage';
import { factsOf, keyOf, personKey } from './desk';

const NOW = Date.UTC(2090, 5, 1);
const TARGET = { destination: 'genesys', platform: 'genesys-cloud', skillIds: {} };
/** A platform as it is asked: what each user has, and what was ordered. */
class Platform {
  readonly skills = new Map<string, string[]>();
  readonly asked: Question[] = [];
  readonly ordered: string[] = [];
  away = false;

  get env(): RoutingEnv {
    const methods = {
      order: async (ids: readonly string[]) => {
        this.ordered.push(...ids);
      },
      ask: async (question: Question) => {
        this.asked.push(question);
        if (this.away) {
          return fail({ kind: 'unavailable' as const, detail: 'away', retryAfterSeconds: 1 });
        }
        const own = this.skills.get(String(question.fields.userId));
        if (own === undefined) return fail({ kind: 'not-found' as const, what: 'user', id: 'x' });
        return ok<Json>({ entities: own.map((id) => ({ id, proficiency: 5 })) });
      },
    };
    return { ...env, DESTINATIONS: { getByName: () => methods } } as unknown as RoutingEnv;
  }
}

const requestsOf = async (ids: readonly string[]): Promise<string[]> => {
  const said: string[] = [];
  for (const id of ids) {
    const row = await env.DB.prepare('SELECT content FROM deliveries WHERE id = ?1')
      .bind(id)
      .first<{ content: string }>();
    const { request, further = [] } = JSON.parse(row?.content ?? '{}');
    for (const one of [request, ...further])
      said.push(`${one.method} ${one.path} ${one.body ?? ''}`.trim());
  }
  return said;
};

const hireAt = async (agentId: string): Promise<string> => {
  const body = { platformIds: { 'genesys-cloud': `user-${agentId}` } };
  const heard = await send('PUT', `/v1/agents/${agentId}`, { key: await personKey(), body });
  if (heard.status >= 300) throw new Error(heard.text);
  return keyOf(agentId);
};

beforeAll(async () => {
  const destination = {
    preset: 'genesys-cloud',
    name: null,
    url: 'https://platform.test',
    hosts: ['platform.test'],
    auth: { type: 'none' },
    settings: {},
    concurrency: 5,
    ratePerMinute: null,
    probeSeconds: 300,
    honoursKeys: false,
    keyLifeHours: 24,
    enabled: true,
  };
  const version = {
    kind: DESTINATION_KIND,
    name: 'genesys',
    version: 1,
    effectiveFrom: null,
    writtenAt: NOW,
    author: 'test',
    content: destination,
  };
  await commit(env, { rows: [configRow(version, 'salt')] }, NOW);
  await put('routing-policy', 'policy', { skills: [TARGET] }, NOW);
});

/** Compares one agent, as a night does. */
const align = async (platform: Platform, facts: SeatFacts, night = '2090-06-01') =>
  alignSkills(
    platform.env,
    await errandsOf(env.DB, [facts], NOW),
    { table: DEFAULT_TIERS, night },
    NOW,
  );

describe('the skills that a platform holds', () => {
  it('are mended at night: what is missing is added, what no tier brings is left alone', async () => {
    const key = await hireAt('sue');
    const platform = new Platform();
    platform.skills.set('user-sue', ['skill_premium_support', 'skill_complex_resolution', 'own']);
    const aligned = await align(platform, factsOf(key, 'GOLD', { number: 4 }));
    expect(aligned).toEqual({ asked: 1, differed: 1, unknown: 0, silent: false });
    expect((await requestsOf(platform.ordered)).toSorted()).toEqual([
      'DELETE /api/v2/users/user-sue/routingskills/skill_complex_resolution',
      'DELETE /api/v2/users/user-sue/routingskills/skill_premium_support',
      'PATCH /api/v2/users/user-sue/routingskills/bulk [{"id":"skill_escalation_handler","proficiency":5},{"id":"skill_standard_support","proficiency":5}]',
    ]);
  });

  it('are left alone where nothing differs, and ordered once a night', async () => {
    const key = await hireAt('tom');
    const platform = new Platform();
    platform.skills.set('user-tom', ['skill_standard_support', 'own']);
    const silver = factsOf(key, 'SILVER', { number: 1 });
    const same = await align(platform, silver);
    expect([same.differed, platform.ordered]).toEqual([0, []]);
    platform.skills.set('user-tom', []);
    await align(platform, silver);
    await align(platform, silver);
    expect(new Set(platform.ordered).size).toBe(1);
  });

  it('are those of the tier that platforms were told: the end of grace is a wave', async () => {
    const key = await hireAt('uma');
    const platform = new Platform();
    platform.skills.set('user-uma', ['skill_standard_support', 'skill_escalation_handler']);
    const graceUntil = NOW - 1;
    const facts = factsOf(key, 'BRONZE', { honoured: 'GOLD', graceUntil });
    expect(await align(platform, facts)).toMatchObject({ asked: 1, differed: 0 });
  });

  it('of a platform that is silent are asked for again; of a stranger they are passed over', async () => {
    const key = await hireAt('vic');
    const platform = new Platform();
    const gold = factsOf(key, 'GOLD');
    expect(await align(platform, gold)).toMatchObject({ unknown: 1 });
    platform.away = true;
    expect(await align(platform, gold)).toMatchObject({ silent: true });
  });

  it('of who is to be told by a newer change are not mended by the older', async () => {
    const key = await hireAt('wim');
    const platform = new Platform();
    platform.skills.set('user-wim', []);
    await align(platform, factsOf(key, 'GOLD', { number: 7 }));
    const [id = ''] = platform.ordered;
    const row = await env.DB.prepare('SELECT content FROM deliveries WHERE id = ?1')
      .bind(id)
      .first<{ content: string }>();
    const { request } = JSON.parse(row?.content ?? '{}');
    expect(request.unless).toEqual([
      `tier_changes/${key}.2032-Q2.000008`,
      `season_archive/2032-Q2.${key}`,
    ]);
  });
});

describe('the difference', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'own-1', 'own-2'));
  const ofTiers = ['a', 'b', 'c', 'd', 'e'];

  it('once applied leaves what is due and what is nobody’s business, and nothing else', () => {
    fc.assert(
      fc.property(names, names, (have, tier) => {
        const wanted = tier.filter((name) => ofTiers.includes(name));
        const due = { wanted, ofTiers };
        const { add, remove } = differenceOf(TARGET, due, new Set(have));
        const after = new Set([...have.filter((name) => !remove.includes(name)), ...add]);
        const foreign = have.filter((name) => !ofTiers.includes(name));
        return (
          remove.every((name) => ofTiers.includes(name)) &&
          JSON.stringify([...after].sort()) === JSON.stringify([...wanted, ...foreign].sort())
        );
      }),
    );
  });

  it('speaks the ids of the platform', () => {
    const target = { ...TARGET, skillIds: { a: 'id-a', b: 'id-b' } };
    const due = { wanted: ['a'], ofTiers: ['a', 'b', 'c'] };
    const found = differenceOf(target, due, new Set(['id-b', 'c', 'b']));
    expect(found).toEqual({ add: ['id-a'], remove: ['c', 'id-b'] });
  });
});

describe('the answer of a platform', () => {
  it('is read in the form of each, and what is not active is not there', () => {
    const cxone = {
      resultSet: {
        agentSkillAssignments: [
          { skillId: 7, isActive: true },
          { skillId: 8, isActive: false },
        ],
      },
    };
    expect([...(skillsIn(cxone) ?? [])]).toEqual(['7']);
    expect([...(skillsIn({ entities: [{ id: 'x' }], total: 1 }) ?? [])]).toEqual(['x']);
    expect(skillsIn({ entities: [] })?.size).toBe(0);
    expect(skillsIn('text')).toBeNull();
    expect(skillsIn({ error: 'no' })).toBeNull();
  });
});
