/**
 * What a platform is told of an agent's tier, by preset, in absolute values: attributes or custom
 * data, skills, the performance log. Decides the fields as the document prints them (S5, DEC-18,
 * DEC-21). Refuses to take skills away that are no tier's.
 */
import type { Destination } from '../../delivery/destination';
import { type Json, type JsonObject, recordOf } from '../../events/event';
import { canonicalJson } from '../../kernel/hash';
import { printInstant } from '../../kernel/instant';
import { POINTS_SCALE } from '../../kernel/units';
import { privilegesOf, type TierTable, tierSkills } from '../tier';
import { ADD, idsIn, REMOVE, skillSaid } from './skill';
import { type NamedDestination, speaksCxone } from './target';

/** What is to be told of one agent. */
export interface Telling {
  readonly season: string;
  /** The tier that is honoured (DEC-18). */
  readonly tier: string;
  /** UTC ms; null outside grace. */
  readonly graceUntil: number | null;
  /** 1/10000 point. */
  readonly points: number;
  /** Skills of the tier, and those of tiers that the agent must not have; both empty: none is told. */
  readonly skills: readonly string[];
  readonly withoutSkills: readonly string[];
  /** Present when the season has just been reset. */
  readonly reset?: {
    /** Attribute of the season that ended, and the tier it ended with. */
    readonly historicalField: string;
    readonly historicalTier: string;
    readonly log: readonly JsonObject[];
  };
}

/** One operation for an agent. */
export interface Told {
  readonly operation: string;
  readonly fields: JsonObject;
}

/** Ids of skills that a platform must hold of an agent, and those it must not. */
export interface SkillsThere {
  readonly userId: string;
  readonly has: readonly string[];
  readonly not: readonly string[];
}

/** What a platform is told of one agent, and what must be found there afterwards. */
export interface ToldOf {
  readonly told: readonly Told[];
  readonly attributes: JsonObject;
  /** Null where no skills are told. */
  readonly skills: SkillsThere | null;
}

/** The ids of an agent on a platform; of skills null where the platform knows no such agent. */
export interface UserIds {
  readonly attributes: string;
  readonly skills: string | null;
}

const pointsNumber = (points: number): number => points / 10 ** POINTS_SCALE;

const inGrace = ({ graceUntil }: Telling): JsonObject => ({
  grace_period_active: graceUntil !== null,
  tier_expiry_date: graceUntil === null ? null : printInstant(graceUntil).slice(0, 10),
});

/** Attributes in Genesys' words. `reset_applied` carries the season; the seed's own says true as well. */
function genesysAttributes(telling: Telling, preset: Destination['preset']): JsonObject {
  const { reset, tier, points, season } = telling;
  return {
    active_tier: tier,
    current_season_points: pointsNumber(points),
    ...(reset !== undefined && { [reset.historicalField]: reset.historicalTier }),
    ...(preset === 'seed'
      ? { reset_applied: true, reset_applied_season: season }
      : { reset_applied: season }),
    ...inGrace(telling),
    current_points: pointsNumber(points),
  };
}

/** The same in CXone's words. */
const cxoneFields = (telling: Telling): JsonObject => ({
  tier: telling.tier,
  season_points: pointsNumber(telling.points),
  reset_flag: true,
  season_id: telling.season,
  ...inGrace(telling),
  current_points: pointsNumber(telling.points),
});

/** Everything a destination is told of one agent, in order. */
export function toldOf(named: NamedDestination, users: UserIds, telling: Telling): ToldOf {
  const attributes = attributesOf(named, telling);
  let expected: JsonObject = attributes ?? {};
  const told: Told[] = [];
  if (attributes !== null)
    told.push(attributesTold(named.destination, users.attributes, attributes));
  if (attributes !== null && speaksCxone(named.destination) && telling.reset !== undefined) {
    const fields = { userId: users.attributes, log: telling.reset.log as Json };
    told.push({ operation: 'season-log', fields });
    expected = { ...expected, seasonal_performance_log: fields.log };
  }
  const skills = skillsThere(named, users, telling);
  if (skills !== null) told.push(...skillsTold(named, skills));
  return { told, attributes: expected, skills };
}

/** Presets without tiers are told nothing, and nothing is told to who is given skills alone. */
function attributesOf(
  { destination, hasAttributes }: NamedDestination,
  telling: Telling,
): JsonObject | null {
  const { preset } = destination;
  if (!hasAttributes) return null;
  if (preset !== 'seed' && preset !== 'genesys-cloud' && preset !== 'cxone') return null;
  return speaksCxone(destination) ? cxoneFields(telling) : genesysAttributes(telling, preset);
}

/** The operation that writes an agent's attributes. */
export function attributesTold(
  destination: Destination,
  userId: string,
  attributes: JsonObject,
): Told {
  const isCustomData = destination.preset === 'seed' && speaksCxone(destination);
  return {
    operation: isCustomData ? 'custom-data' : 'user-attributes',
    fields: { userId, [isCustomData ? 'fields' : 'attributes']: attributes },
  };
}

function skillsThere(
  { skills: target }: NamedDestination,
  users: UserIds,
  { skills, withoutSkills }: Telling,
): SkillsThere | null {
  const userId = users.skills;
  if (target === null || userId === null || skills.length + withoutSkills.length === 0) return null;
  const has = idsIn(target, skills);
  const not = idsIn(target, withoutSkills).filter((id) => !has.includes(id));
  return { userId, has, not };
}

/** The operations that give and take skills: absolute, so that a repeat changes nothing. */
export function skillsTold(
  { destination, skills: target }: NamedDestination,
  { userId, has, not }: SkillsThere,
): Told[] {
  if (target === null) return [];
  const given = has.map((id) => skillSaid(destination.preset, target, id));
  return [
    ...(given.length > 0 ? [{ operation: ADD, fields: { userId, skills: given } }] : []),
    ...not.map((skillId) => ({ operation: REMOVE, fields: { userId, skillId } })),
  ];
}

/** All skills of a tier, and all others of the table: what must be there whatever was before. */
export const skillsOf = (
  table: TierTable,
  tier: string,
): Pick<Telling, 'skills' | 'withoutSkills'> => {
  const { skills } = privilegesOf(table, tier);
  return { skills, withoutSkills: tierSkills(table).filter((skill) => !skills.includes(skill)) };
};

/** Skills that come and go between two tiers; none where they bring the same. */
export function skillsBetween(
  table: TierTable,
  before: string,
  after: string,
): Pick<Telling, 'skills' | 'withoutSkills'> {
  const [had, has] = [privilegesOf(table, before).skills, privilegesOf(table, after).skills];
  const same = had.length === has.length && had.every((skill) => has.includes(skill));
  if (same) return { skills: [], withoutSkills: [] };
  return {
    skills: has,
    withoutSkills: tierSkills(table).filter((skill) => had.includes(skill) && !has.includes(skill)),
  };
}

/** Field by field what a platform holds other than it was told; empty where all is as told. */
export function differences(expected: JsonObject, found: JsonObject): string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const there = Object.hasOwn(found, name) ? found[name] : null;
    return canonicalJson(there ?? null) === canonicalJson(value) ? [] : [name];
  });
}

/** The attributes in a platform's answer about one user. */
export function attributesIn(answer: Json): JsonObject {
  const body = recordOf(answer);
  const custom = recordOf(body.customAttributes ?? body.fields ?? {});
  // The real API wraps attributes once more, by schema.
  return 'attributes' in custom ? recordOf(custom.attributes ?? {}) : custom;
}
