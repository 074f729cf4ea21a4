/**
 * Skills on a platform (S6): how they are named and said there, what it says an agent has, and what
 * differs from what is due. Refuses to touch skills that no tier brings.
 */
import type { PresetName } from '../../delivery/destination';
import type { Json, JsonObject } from '../../events/event';
import type { SkillTarget } from './target';

export const ADD = 'routing-skills';
export const REMOVE = 'routing-skill-remove';
export const READ = 'routing-skills-read';

/** Proficiency where nobody names one: the best there is. */
const BEST: Readonly<Partial<Record<PresetName, number>>> = { cxone: 1 };
const BEST_ELSEWHERE = 5;
const MOST_DEPTH = 4;

/** The id of a skill on a platform; its name where no id is known. */
export const idIn = ({ skillIds }: Pick<SkillTarget, 'skillIds'>, skill: string): string =>
  (Object.hasOwn(skillIds, skill) ? skillIds[skill] : undefined) ?? skill;

/** Ids on the platform of skills, each once, in order. */
export const idsIn = (target: SkillTarget, skills: readonly string[]): string[] =>
  [...new Set(skills.map((skill) => idIn(target, skill)))].toSorted();

export interface SkillDifference {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Skills that an agent must have and must not have, by name. */
export interface SkillsDue {
  readonly wanted: readonly string[];
  readonly ofTiers: readonly string[];
}

/** Ids on the platform to add and to take away. Only skills of the tier table are ever taken away. */
export function differenceOf(
  target: SkillTarget,
  { wanted, ofTiers }: SkillsDue,
  present: ReadonlySet<string>,
): SkillDifference {
  const due = idsIn(target, wanted);
  return {
    add: due.filter((id) => !present.has(id)),
    remove: idsIn(target, ofTiers).filter((id) => !due.includes(id) && present.has(id)),
  };
}

export const isNothing = ({ add, remove }: SkillDifference): boolean =>
  add.length === 0 && remove.length === 0;

/** A skill that is given, in the words of a preset. CXone's ids are numbers. */
export function skillSaid(
  preset: PresetName,
  { proficiency }: SkillTarget,
  id: string,
): JsonObject {
  const level = proficiency ?? BEST[preset] ?? BEST_ELSEWHERE;
  if (preset !== 'cxone') return { id, proficiency: level };
  const skillId = /^[1-9][0-9]{0,14}$/.test(id) ? Number(id) : id;
  return { skillId, proficiency: level, isActive: true };
}

/**
 * The ids of the skills in a platform's answer, or null where it holds no list of skills. Genesys
 * Cloud lists `{ id }`, CXone `{ skillId, isActive }`; what is not active is not there.
 */
export function skillsIn(answer: Json): Set<string> | null {
  const list = listIn(answer, 0);
  if (list === null) return null;
  const ids = list.flatMap((item) => {
    const id = item.skillId ?? item.id;
    const isGone = item.isActive === false || item.isActive === 'False';
    return isGone || (typeof id !== 'string' && typeof id !== 'number') ? [] : [String(id)];
  });
  return new Set(ids);
}

/** The first list of objects: an empty list counts where nothing better is found. */
function listIn(value: Json, depth: number): JsonObject[] | null {
  if (Array.isArray(value)) {
    return value.filter(
      (item: Json): item is JsonObject => typeof item === 'object' && item !== null,
    );
  }
  if (typeof value !== 'object' || value === null || depth >= MOST_DEPTH) return null;
  for (const inner of Object.values(value)) {
    const found = listIn(inner, depth + 1);
    if (found !== null) return found;
  }
  return null;
}
