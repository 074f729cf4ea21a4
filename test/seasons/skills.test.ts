/** One owner of skills: seasons tell them, under the ids of routing's policy, and read them back (S4, S6). */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { at, earn, put } from './stage';
import { evaluate, Play, platform, type Quarter, quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(async () => {
  network.remove();
  await policy();
});

const NIGHT = '2031-10-01T00:10:00';
const WINDOW = '2031-10-01T02:00:00';
const LATER = '2031-10-01T02:30:00';
const IDS = {
  skill_standard_support: 'id-standard',
  skill_escalation_handler: 'id-escalation',
  skill_premium_support: 'id-premium',
  skill_complex_resolution: 'id-complex',
};

const policy = (...skills: readonly object[]) => put('routing-policy', 'policy', { skills }, 1);

const skillsOf = (user: string): string[] =>
  Object.keys((network.shelf('genesys').get('skills', user) ?? {}) as object).toSorted();

const writes = (user: string, part: string) =>
  network.seen.filter(
    ({ method, path }) => method !== 'GET' && path.includes(user) && path.includes(part),
  );

const reportOf = async ({ id }: Quarter) => (await readRuns(env.DB, id)).at(-1)?.report;

async function goldThenReset(fields: Record<string, unknown> = { graceDays: 0 }) {
  const stage = await quarter([6000], fields, {
    preset: 'genesys-cloud',
    settings: { schemaId: 'schema-1' },
  });
  return { stage, user: stage.agents[0]?.user ?? '', key: stage.agents[0]?.key ?? '' };
}

/** So many answers about an agent's skills that hold no list; how often they were asked for. */
function mute(user: string, answers: number): () => number {
  let heard = 0;
  network.instead = ({ method, url }) => {
    if (method !== 'GET' || !url.includes(user) || !url.includes('routingskills')) return null;
    heard += 1;
    return heard > answers ? null : Response.json({ message: 'of skills, nothing' });
  };
  return () => heard;
}

describe('skills', () => {
  it('are told once, under the ids and with the proficiency of the policy', async () => {
    await policy({ destination: 'none-yet', platform: 'genesys', skillIds: {} });
    const { stage, user } = await goldThenReset();
    await policy({
      destination: stage.destination,
      platform: 'genesys',
      proficiency: 3,
      skillIds: IDS,
    });
    network.shelf('genesys').put('skills', user, { 'id-escalation': {}, own: {} });
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    await stage.play.step(WINDOW, LATER);
    const told = writes(user, 'routingskills');
    expect(told.at(-1)?.status).toBeLessThan(300);
    expect(told.map(({ method, body }) => `${method} ${body}`)).toContain(
      'PATCH [{"id":"id-standard","proficiency":3}]',
    );
    expect(new Set(told.map(({ key }) => key)).size).toBe(told.length);
    expect(skillsOf(user)).toEqual(['id-standard', 'own']);
    expect(await reportOf(stage)).toMatchObject({ applied: 1, differing: 0 });
  });

  it('that a platform takes and does not keep are found by reading back, and told again', async () => {
    const { stage, user } = await goldThenReset();
    await stage.play.work(Date.parse('2031-09-30T13:00:00Z'));
    let lies = 1;
    network.instead = (request) => {
      if (lies === 0 || !request.url.includes('routingskills') || request.method !== 'DELETE')
        return null;
      lies -= 1;
      return new Response(null, { status: 204 });
    };
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    await stage.play.step(WINDOW, LATER);
    expect(skillsOf(user)).toEqual(['skill_standard_support']);
    expect(await reportOf(stage)).toMatchObject({ applied: 1, retried: 1, differing: 0 });
  });

  it('that a platform answers unreadably of are told again, and reported as differing in the end', async () => {
    const { stage, user } = await goldThenReset();
    const heard = mute(user, Number.POSITIVE_INFINITY);
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    for (const day of ['01', '02', '03', '04']) {
      await stage.play.step(`2031-10-${day}T02:00:00`, `2031-10-${day}T02:40:00`);
    }
    expect(await reportOf(stage)).toMatchObject({
      ...{ applied: 0, retried: 9, differing: 1 },
      differences: [{ agentKey: stage.agents[0]?.key, fields: ['skills'] }],
    });
    expect(heard()).toBe(10);
  });

  it('that a platform answers unreadably of once are told again, and are applied', async () => {
    const { stage, user } = await goldThenReset();
    mute(user, 1);
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    await stage.play.step(WINDOW, LATER);
    expect(await reportOf(stage)).toMatchObject({ applied: 1, retried: 1, differing: 0 });
  });

  it('are right where a tier changes between staging and window, attributes and all', async () => {
    const { stage, user, key } = await goldThenReset();
    await stage.play.step(NIGHT, '2031-10-01T00:20:00');
    // The wave is staged with BRONZE; before its window the agent earns GOLD and is told at once.
    await earn(key, 5000, '2031-10-01', at('2031-10-01T01:00:00Z'), stage.category);
    stage.play.now = at('2031-10-01T01:00:00Z');
    await evaluate(env, stage.play.now);
    await stage.play.work(at('2031-10-01T01:30:00Z'));
    const gold = ['skill_escalation_handler', 'skill_standard_support'];
    await stage.play.step(WINDOW, LATER);
    expect(skillsOf(user)).toEqual(gold);
    const { customAttributes } = network.shelf('genesys').get('users', user) as {
      customAttributes: Record<string, unknown>;
    };
    expect(customAttributes).toMatchObject({ active_tier: 'GOLD', reset_applied: stage.next });
    expect(await reportOf(stage)).toMatchObject({ applied: 1, differing: 0 });
  });

  it('go also to a platform that the season does not name, and nothing else does', async () => {
    await platform('skills-alone', 'genesys-cloud');
    await policy({ destination: 'skills-alone', platform: 'genesys', skillIds: {} });
    const stage = await quarter([6000], { graceDays: 0, destinations: [] });
    const user = stage.agents[0]?.user ?? '';
    const { play } = stage;
    const own = new Play(play.now, [stage.id, stage.next], ['skills-alone']);
    await own.work(at('2031-09-30T13:00:00Z'));
    expect(skillsOf(user)).toEqual(['skill_escalation_handler', 'skill_standard_support']);
    await own.step(NIGHT, '2031-10-01T00:20:00');
    await own.step(WINDOW, LATER);
    expect(skillsOf(user)).toEqual(['skill_standard_support']);
    expect(network.seen.filter(({ path }) => path.includes('customattributes'))).toEqual([]);
  });
});
