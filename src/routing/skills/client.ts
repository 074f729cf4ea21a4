/**
 * Brings the skills of agents on the platforms in line with their tiers: asks the platform what the
 * agent has, and orders what differs. A platform that cannot be asked is asked again later; an
 * agent without an id there is passed over. Refuses to throw for one agent what concerns no other.
 */
import { readLatestAgents } from '../../agents/store';
import { askDestination } from '../../delivery/ask/client';
import { type DeliveryEnv, orderDeliveries } from '../../delivery/client';
import { deliveryIdOf } from '../../delivery/intent';
import { readDeliveries, readDestination, readOutcomes } from '../../delivery/store';
import { keyedHash } from '../../kernel/hash';
import { commit } from '../../ledger/client';
import { log } from '../../runtime/log';
import {
  honouredAt,
  privilegesAt,
  privilegesOf,
  type SeatFacts,
  tierSkills,
} from '../../seasons/tier';
import type { RoutingSetting } from '../policy/store';
import { ADD, type Aligning, differenceOf, isNothing, orderRows, READ, skillsIn } from './skill';

export type SkillsEnv = DeliveryEnv;

/** An agent whose skills are looked at, and what names the look. */
export interface Look {
  readonly facts: SeatFacts;
  readonly cause: string;
}

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

/** The cause of a tier change. */
export const changeCause = ({ agentKey, seasonId, number }: SeatFacts): string =>
  `${agentKey}.${seasonId}.${number}`;

/** Aligns some agents on every platform of the policy, one after the other: platforms are paced. */
export async function alignSkills(
  env: SkillsEnv,
  looks: readonly Look[],
  setting: RoutingSetting,
  now: number,
): Promise<Aligned> {
  const { policy, table } = setting;
  if (policy.skills.length === 0 || table === null || looks.length === 0) return NOTHING;
  const agents = await readLatestAgents(
    env.DB,
    looks.map(({ facts }) => facts.agentKey),
  );
  const idsOf = new Map(agents.map(({ name, content }) => [name, content.platformIds]));
  let all = NOTHING;
  for (const target of policy.skills) {
    const found = await readDestination(env.DB, target.destination);
    if (found === null || !found.content.enabled) continue;
    for (const look of looks) {
      const userId = idsOf.get(look.facts.agentKey)?.[target.platform];
      if (userId === undefined) {
        all = sum(all, { ...NOTHING, unknown: 1 });
        continue;
      }
      const aligning: Aligning = {
        destinationId: target.destination,
        destination: found.content,
        target,
        agentKey: look.facts.agentKey,
        userId,
        cause: look.cause,
        at: now,
      };
      all = sum(all, await alignOne(env, aligning, look, setting, now));
      if (all.silent) return all;
    }
  }
  return all;
}

async function alignOne(
  env: SkillsEnv,
  aligning: Aligning,
  { facts }: Look,
  { table }: RoutingSetting,
  now: number,
): Promise<Aligned> {
  const { destinationId, userId, target } = aligning;
  const answer = await askDestination(env, destinationId, READ, { userId }, now);
  if (!answer.ok) {
    const silent = answer.failure.kind === 'unavailable';
    return { ...NOTHING, asked: 1, unknown: silent ? 0 : 1, silent };
  }
  const present = skillsIn(answer.value);
  if (present === null) {
    log('warn', 'skills.unreadable', { destination: destinationId });
    return { ...NOTHING, asked: 1, unknown: 1 };
  }
  const brings =
    table === null ? privilegesAt(facts, now) : privilegesOf(table, honouredAt(facts, now));
  const ofTiers = table === null ? brings.skills : tierSkills(table);
  const onTheirWay = await isOnTheirWay(env, aligning, facts);
  const due = { wanted: brings.skills, ofTiers, onTheirWay };
  const difference = differenceOf(target, due, present);
  if (isNothing(difference)) return { ...NOTHING, asked: 1 };
  return order(env, aligning, difference, now);
}

async function order(
  env: SkillsEnv,
  aligning: Aligning,
  difference: ReturnType<typeof differenceOf>,
  now: number,
): Promise<Aligned> {
  const { destinationId } = aligning;
  const saltOf = (text: string): string => keyedHash(env.SECRETS_KEY, text).slice(0, 32);
  const rows = orderRows(aligning, difference, saltOf);
  if (!rows.ok) {
    log('warn', 'skills.cannot-be-said', { destination: destinationId, reason: rows.failure });
    return { ...NOTHING, asked: 1, unknown: 1 };
  }
  const answer = await commit(env, { rows: rows.value }, now);
  // A conflict: it was ordered before, from an answer that has changed since.
  const isThere = answer.verdict === 'committed' || answer.verdict === 'conflict';
  if (!isThere) {
    log('warn', 'skills.not-ordered', { verdict: answer.verdict });
    return { ...NOTHING, asked: 1, silent: answer.verdict !== 'rejected' };
  }
  await orderDeliveries(
    env,
    destinationId,
    rows.value.map(({ id }) => id),
    now,
  );
  return { ...NOTHING, asked: 1, differed: 1 };
}

/** Changes before this one whose deliveries may still be on their way. */
const RECENT = 3;

async function isOnTheirWay(
  env: SkillsEnv,
  { destinationId }: Aligning,
  facts: SeatFacts,
): Promise<boolean> {
  const numbers = Array.from({ length: RECENT }, (_, back) => facts.number - 1 - back);
  const ids = numbers
    .filter((number) => number >= 0)
    .map((number) =>
      deliveryIdOf({
        destination: destinationId,
        operation: ADD,
        cause: changeCause({ ...facts, number }),
      }),
    );
  const [ordered, outcomes] = await Promise.all([
    readDeliveries(env.DB, ids),
    readOutcomes(env.DB, ids),
  ]);
  return [...ordered.keys()].some((id) => !outcomes.has(id));
}
