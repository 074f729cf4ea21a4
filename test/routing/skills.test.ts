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
import { DEFAULT_POLICY } from '../../src/routing/policy/policy';
import { alignSkills, changeCause } from '../../src/routing/skills/client';
import { differenceOf, skillsIn } from '../../src/routing/skills/skill';
import { DEFAULT_TIERS } from '../../src/seasons/tier';
import { send } from '../http/caller';
import { factsOf, keyOf, personKey } from './desk';

const NOW = Date.UTC(2090, 5, 1);
const TARGET = { destination: 'genesys', platform: 'genesys-cloud', skillIds: {} };
const SETTING = { policy: { ...DEFAULT_POLICY, skills: [TARGET] }, table: DEFAULT_TIERS };

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
    const { request } = JSON.parse(row?.content ?? '{}');
    said.push(`${request.method} ${request.path} ${request.body ?? ''}`.trim());
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
});

describe('skills on a platform', () => {
  it('follow a tier: what is missing is added, what no longer is due is taken away', async () => {
    const key = await hireAt('sue');
    const platform = new Platform();
    platform.skills.set('user-sue', ['skill_premium_support', 'skill_complex_resolution', 'own']);
    const facts = factsOf(key, 'GOLD', { number: 4 });
    const looks = [{ facts, cause: changeCause(facts) }];
    const aligned = await alignSkills(platform.env, looks, SETTING, NOW);
    expect(aligned).toEqual({ asked: 1, differed: 1, unknown: 0, silent: false });
    expect(await requestsOf(platform.ordered)).toEqual([
      'PATCH /api/v2/users/user-sue/routingskills/bulk [{"id":"skill_escalation_handler","proficiency":5},{"id":"skill_standard_support","proficiency":5}]',
      'DELETE /api/v2/users/user-sue/routingskills/skill_complex_resolution',
      'DELETE /api/v2/users/user-sue/routingskills/skill_premium_support',
    ]);
  });

  it('are left alone where nothing differs, and ordered once for one change', async () => {
    const key = await hireAt('tom');
    const platform = new Platform();
    platform.skills.set('user-tom', ['skill_standard_support', 'own']);
    const silver = factsOf(key, 'SILVER', { number: 1 });
    const same = await alignSkills(platform.env, [{ facts: silver, cause: 'x' }], SETTING, NOW);
    expect([same.differed, platform.ordered]).toEqual([0, []]);
    platform.skills.set('user-tom', []);
    const looks = [{ facts: silver, cause: changeCause(silver) }];
    await alignSkills(platform.env, looks, SETTING, NOW);
    await alignSkills(platform.env, looks, SETTING, NOW + 1000);
    expect(new Set(platform.ordered).size).toBe(1);
  });

  it('that an earlier change still brings are taken away after it', async () => {
    const key = await hireAt('uma');
    const platform = new Platform();
    platform.skills.set('user-uma', ['skill_standard_support']);
    const up = factsOf(key, 'PLATINUM', { number: 1 });
    await alignSkills(platform.env, [{ facts: up, cause: changeCause(up) }], SETTING, NOW);
    platform.ordered.length = 0;
    const down = factsOf(key, 'SILVER', { number: 2 });
    await alignSkills(platform.env, [{ facts: down, cause: changeCause(down) }], SETTING, NOW);
    const said = await requestsOf(platform.ordered);
    expect(said.filter((one) => one.startsWith('DELETE'))).toHaveLength(3);
  });

  it('of a platform that is silent are asked for again; of a stranger they are passed over', async () => {
    const key = await hireAt('vic');
    const platform = new Platform();
    const looks = [{ facts: factsOf(key, 'GOLD'), cause: 'x' }];
    expect(await alignSkills(platform.env, looks, SETTING, NOW)).toMatchObject({ unknown: 1 });
    platform.away = true;
    expect(await alignSkills(platform.env, looks, SETTING, NOW)).toMatchObject({ silent: true });
  });

  it('cost nothing where the policy names no platform', async () => {
    const platform = new Platform();
    const setting = { policy: DEFAULT_POLICY, table: DEFAULT_TIERS };
    const looks = [{ facts: factsOf('k', 'GOLD'), cause: 'x' }];
    await alignSkills(platform.env, looks, setting, NOW);
    expect(platform.asked).toEqual([]);
  });
});

describe('the difference', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'own-1', 'own-2'));
  const ofTiers = ['a', 'b', 'c', 'd', 'e'];

  it('once applied leaves what is due and what is nobody’s business, and nothing else', () => {
    fc.assert(
      fc.property(names, names, (have, tier) => {
        const wanted = tier.filter((name) => ofTiers.includes(name));
        const due = { wanted, ofTiers, onTheirWay: false };
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
    const due = { wanted: ['a'], ofTiers: ['a', 'b', 'c'], onTheirWay: false };
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
