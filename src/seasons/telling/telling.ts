/**
 * What a platform is told of an agent's tier, by preset, in absolute values: attributes or custom
 * data, skills, the performance log. Decides the fields as the document prints them (S5, DEC-18,
 * DEC-21) and under which id a platform knows an agent. Refuses to take skills away that are no tier's.
 */
import type { Agent } from '../../agents/agent';
import type { Destination } from '../../delivery/destination';
import type { Json, JsonObject } from '../../events/event';
import { printInstant } from '../../kernel/instant';
import { POINTS_SCALE } from '../../kernel/units';
import { privilegesOf, type TierTable, tierSkills } from '../tier';

/** What is to be told of one agent. */
export interface Telling {
  readonly season: string;
  /** The tier that is honoured (DEC-18). */
  readonly tier: string;
  /** UTC ms; null outside grace. */
  readonly graceUntil: number | null;
  /** 1/10000 point. */
  readonly points: number;
  /** Skills of the tier, and those of tiers that the agent must not have. */
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

/** Names under which agents stand in the directory, where the destination's settings name none. */
const PLATFORMS: Readonly<Partial<Record<Destination['preset'], readonly string[]>>> = {
  'genesys-cloud': ['genesys-cloud', 'genesys'],
  cxone: ['cxone', 'nice-cxone'],
  seed: ['seed', 'genesys-cloud', 'genesys', 'cxone'],
};

/** Names of a destination's platform in the directory, the likeliest first. */
export const platformsOf = ({ preset, settings }: Destination): string[] => [
  ...(settings.platform === undefined ? [] : [String(settings.platform)]),
  ...(PLATFORMS[preset] ?? []),
];

/** The agent's id on a platform; the organisation's own where the directory has none. */
export function userIdOf(agent: Agent, destination: Destination): string {
  for (const name of platformsOf(destination)) {
    const id = Object.hasOwn(agent.platformIds, name) ? agent.platformIds[name] : undefined;
    if (id !== undefined) return id;
  }
  return agent.agentId;
}

/** Whether a destination speaks CXone's words: its custom data and not Genesys' attributes. */
export const speaksCxone = ({ preset, settings }: Destination): boolean =>
  preset === 'cxone' || (preset === 'seed' && settings.platform === 'cxone');

/** One operation for an agent, with what must be found there afterwards. */
export interface Told {
  readonly operation: string;
  readonly fields: JsonObject;
  /** Fields of the agent's attributes that must be found; empty for skills and logs. */
  readonly expected: JsonObject;
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

/** A skill by its id on the platform where the settings know one, else by its name. */
const skillId = ({ settings }: Destination, skill: string): string | number =>
  Object.hasOwn(settings, skill) ? (settings[skill] ?? skill) : skill;

/** Everything a destination is told of one agent, in order. Presets without tiers are told nothing. */
export function toldOf(destination: Destination, userId: string, telling: Telling): Told[] {
  const { preset } = destination;
  if (preset !== 'seed' && preset !== 'genesys-cloud' && preset !== 'cxone') return [];
  const cxone = speaksCxone(destination);
  const attributes = cxone ? cxoneFields(telling) : genesysAttributes(telling, preset);
  const told = [attributesTold(destination, userId, attributes)];
  if (cxone && telling.reset !== undefined) {
    const fields = { userId, log: telling.reset.log as Json };
    told.push({ operation: 'season-log', fields, expected: {} });
  }
  return [...told, ...skillsTold(destination, userId, telling)];
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
    expected: attributes,
  };
}

function skillsTold(destination: Destination, userId: string, telling: Telling): Told[] {
  // What the document prints for Genesys changes attributes alone; skills are the real API's.
  if (destination.preset === 'seed') return [];
  const cxone = destination.preset === 'cxone';
  const set = telling.skills.map((skill) =>
    cxone
      ? { skillId: skillId(destination, skill), proficiency: 1, isActive: true }
      : { id: skillId(destination, skill), proficiency: 5 },
  );
  const told: Told[] = telling.withoutSkills.map((skill) => ({
    operation: 'routing-skill-remove',
    fields: { userId, skillId: skillId(destination, skill) },
    expected: {},
  }));
  if (set.length > 0)
    told.unshift({ operation: 'routing-skills', fields: { userId, skills: set }, expected: {} });
  return told;
}

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
    return JSON.stringify(there ?? null) === JSON.stringify(value) ? [] : [name];
  });
}

/** The attributes in a platform's answer about one user. */
export function attributesIn(answer: Json): JsonObject {
  const body = objectOf(answer);
  const custom = objectOf(body.customAttributes ?? body.fields ?? {});
  // The real API wraps attributes once more, by schema.
  return 'attributes' in custom ? objectOf(custom.attributes ?? {}) : custom;
}

export const objectOf = (value: Json): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
