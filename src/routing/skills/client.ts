/**
 * The night's comparison of skills: asks every platform what an agent has, and orders what differs
 * from what the tier brings (S6). Seasons tell skills as tiers change; this mends what was lost, or
 * changed there by others. A platform that cannot be asked is asked again the next night; an agent
 * without an id there is passed over. Refuses to touch whom a wave is still to tell.
 */
import type { Agent } from '../../agents/agent';
import { readLatestAgents } from '../../agents/store';
import { askDestination } from '../../delivery/ask/client';
import { orderDeliveries } from '../../delivery/client';
import { causeId } from '../../kernel/ids';
import { commit } from '../../ledger/client';
import { log } from '../../runtime/log';
import type { StandingEnv } from '../../seasons/client';
import { readUnsettled } from '../../seasons/reset/store';
import { saltBy } from '../../seasons/salt';
import { newerThan } from '../../seasons/standing/row';
import { readSeasons } from '../../seasons/store';
import { BATCH_AGENTS, type Mend, mendsOf } from '../../seasons/telling/batch';
import { differenceOf, isNothing, READ, skillsIn } from '../../seasons/telling/skill';
import { readDestinations } from '../../seasons/telling/store';
import { type NamedDestination, skillUserOf } from '../../seasons/telling/target';
import { privilegesOf, type SeatFacts, type TierTable, tierSkills } from '../../seasons/tier';

export interface Aligned {
  /** Agents and platforms that were asked about. */
  readonly asked: number;
  /** Of these, those that differed. */
  readonly differed: number;
  /** Agents without an id on a platform, and those the platform does not know. */
  readonly unknown: number;
  /** True when a platform could not be asked now: come again. */
  readonly silent: boolean;
}

const NOTHING: Aligned = { asked: 0, differed: 0, unknown: 0, silent: false };

const sum = (a: Aligned, b: Aligned): Aligned => ({
  asked: a.asked + b.asked,
  differed: a.differed + b.differed,
  unknown: a.unknown + b.unknown,
  silent: a.silent || b.silent,
});

/** A platform and the agents that are looked at there. */
export interface Errand {
  readonly named: NamedDestination;
  readonly looks: readonly SeatFacts[];
}

/** Which platforms are asked about which agents: those of the agent's season, and those of the policy. */
export async function errandsOf(
  db: D1Database,
  facts: readonly SeatFacts[],
  now: number,
): Promise<Errand[]> {
  const [seasons, unsettled] = await Promise.all([readSeasons(db, now), readUnsettled(db, now)]);
  const errands: Errand[] = [];
  for (const [seasonId, looks] of Map.groupBy(facts, (one) => one.seasonId)) {
    if (unsettled.has(seasonId)) continue;
    const own = seasons.find(({ id }) => id === seasonId)?.destinations ?? [];
    for (const named of await readDestinations(db, own)) {
      if (named.skills !== null && named.destination.enabled) errands.push({ named, looks });
    }
  }
  return errands;
}

/** Looks at each agent on each platform, one after the other: platforms are paced. */
export async function alignSkills(
  env: StandingEnv,
  errands: readonly Errand[],
  { table, night }: { readonly table: TierTable | null; readonly night: string },
  now: number,
): Promise<Aligned> {
  if (table === null) return NOTHING;
  let all = NOTHING;
  for (const { named, looks } of errands) {
    const agents = await readLatestAgents(
      env.DB,
      looks.map(({ agentKey }) => agentKey),
    );
    const known = new Map(agents.map(({ name, content }) => [name, content]));
    const mends: Mend[] = [];
    for (const facts of looks) {
      const agent = known.get(facts.agentKey);
      if (agent === undefined || agent.status === 'LEFT') continue;
      const found = await lookAt(env, named, { facts, agent, table }, now);
      all = sum(all, found.aligned);
      if (found.mend !== null) mends.push(found.mend);
      if (all.silent) break;
    }
    if (!(await order(env, named, { mends, night }, now))) all = { ...all, silent: true };
    if (all.silent) return all;
  }
  return all;
}

interface Looked {
  readonly facts: SeatFacts;
  readonly agent: Agent;
  readonly table: TierTable;
}

async function lookAt(
  env: StandingEnv,
  named: NamedDestination,
  { facts, agent, table }: Looked,
  now: number,
): Promise<{ readonly aligned: Aligned; readonly mend: Mend | null }> {
  const { skills: target, id } = named;
  const userId = skillUserOf(agent, named);
  const only = (aligned: Partial<Aligned>) => ({ aligned: { ...NOTHING, ...aligned }, mend: null });
  if (target === null || userId === null) return only({ unknown: 1 });
  const answer = await askDestination(env, id, READ, { userId }, now);
  if (!answer.ok) {
    const silent = answer.failure.kind === 'unavailable';
    return only({ asked: 1, unknown: silent ? 0 : 1, silent });
  }
  const present = skillsIn(answer.value);
  if (present === null) {
    log('warn', 'skills.unreadable', { destination: id });
    return only({ asked: 1, unknown: 1 });
  }
  // The end of grace is told by a wave: until then what was honoured is what was told (DEC-18).
  const wanted = privilegesOf(table, facts.honoured).skills;
  const difference = differenceOf(target, { wanted, ofTiers: tierSkills(table) }, present);
  if (isNothing(difference)) return only({ asked: 1 });
  const { agentKey, seasonId: season, number } = facts;
  const skills = { userId, has: difference.add, not: difference.remove };
  const mend = { agentKey, skills, unless: newerThan({ agentKey, season, number }) };
  return { aligned: { ...NOTHING, asked: 1, differed: 1 }, mend };
}

/** False where the journal must be asked again. */
async function order(
  env: StandingEnv,
  named: NamedDestination,
  { mends, night }: { readonly mends: readonly Mend[]; readonly night: string },
  now: number,
): Promise<boolean> {
  for (let from = 0; from < mends.length; from += BATCH_AGENTS) {
    const some = mends.slice(from, from + BATCH_AGENTS);
    const cause = causeId('skills-night', night, ...some.map(({ agentKey }) => agentKey));
    const about = { cause, subject: 'routing:skills', at: now, saltOf: saltBy(env) };
    const { rows, deliveries, unsayable } = mendsOf(named, some, about);
    if (unsayable.length > 0)
      log('warn', 'skills.cannot-be-said', { reasons: unsayable.join('; ') });
    if (rows.length === 0) continue;
    const { verdict } = await commit(env, { rows }, now);
    // A conflict: it was ordered before, from an answer that has changed since.
    if (verdict !== 'committed' && verdict !== 'conflict') {
      log('warn', 'skills.not-ordered', { verdict });
      return verdict === 'rejected';
    }
    const ids = deliveries.map(({ id }) => id);
    await orderDeliveries(env, named.id, ids, now);
  }
  return true;
}
