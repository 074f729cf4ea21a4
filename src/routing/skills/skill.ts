/**
 * Which skills an agent gains and loses on a platform when their tier changes (S6). Decides by what
 * the platform says the agent has and what the tier brings; refuses to touch skills that no tier
 * brings. What is sent is frozen in intents that are named by the change, or by the night in which
 * the difference was found.
 */
import { type Rendered, renderRequest } from '../../delivery/connectors/connector';
import type { Destination, PresetName } from '../../delivery/destination';
import { deliveryRow, type Intent } from '../../delivery/intent';
import type { Json, JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { fail, ok, type Result } from '../../kernel/result';
import type { RoutingPolicy } from '../policy/policy';

export type SkillTarget = RoutingPolicy['skills'][number];

export const ADD = 'routing-skills';
export const REMOVE = 'routing-skill-remove';
export const READ = 'routing-skills-read';

/** Proficiency where the policy names none: the best there is. */
const BEST: Readonly<Partial<Record<PresetName, number>>> = { cxone: 1 };
const BEST_ELSEWHERE = 5;
const MOST_DEPTH = 4;

/** The id of a skill on a platform; its name where the policy knows no id. */
const idIn = ({ skillIds }: SkillTarget, skill: string): string =>
  (Object.hasOwn(skillIds, skill) ? skillIds[skill] : undefined) ?? skill;

export interface SkillDifference {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export interface SkillsDue {
  /** Skills of the agent's tier, and of all tiers. */
  readonly wanted: readonly string[];
  readonly ofTiers: readonly string[];
  /** True while what an earlier change brings there may still arrive: it is taken away after it. */
  readonly onTheirWay: boolean;
}

/** Ids on the platform to add and to take away. Only skills of the tier table are ever taken away. */
export function differenceOf(
  target: SkillTarget,
  { wanted, ofTiers, onTheirWay }: SkillsDue,
  present: ReadonlySet<string>,
): SkillDifference {
  const due = new Set(wanted.map((skill) => idIn(target, skill)));
  const known = new Set(ofTiers.map((skill) => idIn(target, skill)));
  return {
    add: [...due].filter((id) => !present.has(id)).toSorted(),
    remove: [...known].filter((id) => !due.has(id) && (onTheirWay || present.has(id))).toSorted(),
  };
}

export const isNothing = ({ add, remove }: SkillDifference): boolean =>
  add.length === 0 && remove.length === 0;

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

export interface Aligning {
  readonly destinationId: string;
  readonly destination: Destination;
  readonly target: SkillTarget;
  readonly agentKey: string;
  /** The agent's id on the platform. */
  readonly userId: string;
  /** Names the change, or the night. */
  readonly cause: string;
  /** UTC ms at which it was decided. */
  readonly at: number;
}

/** The rows that order a difference; the failure says what the destination lacks. */
export function orderRows(
  aligning: Aligning,
  difference: SkillDifference,
  saltOf: (text: string) => string,
): Result<Row[], string> {
  const { destination, userId, target } = aligning;
  const rows: Row[] = [];
  const order = (operation: string, fields: JsonObject, cause: string): string | null => {
    const rendered = renderRequest(destination, operation, { userId, ...fields }, null);
    if (!rendered.ok) return rendered.failure;
    const intent = intentOf(aligning, operation, cause, rendered.value);
    rows.push(deliveryRow(intent, saltOf(`${operation} ${intent.destination} ${cause}`)));
    return null;
  };
  if (difference.add.length > 0) {
    const skills = difference.add.map((id) => skillOf(destination.preset, target, id));
    const wrong = order(ADD, { skills }, aligning.cause);
    if (wrong !== null) return fail(wrong);
  }
  for (const skillId of difference.remove) {
    const wrong = order(REMOVE, { skillId }, `${aligning.cause}.${skillId}`);
    if (wrong !== null) return fail(wrong);
  }
  return ok(rows);
}

function skillOf(preset: PresetName, { proficiency }: SkillTarget, id: string): JsonObject {
  const level = proficiency ?? BEST[preset] ?? BEST_ELSEWHERE;
  if (preset !== 'cxone') return { id, proficiency: level };
  return { skillId: id, proficiency: level, isActive: true };
}

const intentOf = (
  { destinationId, agentKey, at }: Aligning,
  operation: string,
  cause: string,
  { request, expect }: Rendered,
): Intent => ({
  destination: destinationId,
  operation,
  cause,
  subject: `agent:${agentKey}`,
  at,
  idempotencyKey: null,
  request,
  expect,
  agents: [agentKey],
  outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
});
