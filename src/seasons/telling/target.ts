/**
 * Who is told of tiers: the destinations of a season, and those to which routing's policy gives the
 * skills of a tier. Decides under which ids and with what proficiency a platform is given skills: as
 * the policy says, else as the destination's own settings do. What the document prints for Genesys
 * (preset `seed`) has no skills: it is given them only where the policy names it.
 */
import * as z from 'zod';
import type { Agent } from '../../agents/agent';
import {
  DESTINATION_ID,
  type Destination,
  idUnder,
  platformsOf,
  userIdOf,
} from '../../delivery/destination';
import { plainText } from '../../http/fields';

/** The one policy of routing. Its skills are told by seasons, and the policy's form is routing's. */
export const ROUTING_POLICY = { kind: 'routing-policy', name: 'policy' } as const;

export const skillTarget = z.strictObject({
  destination: z.string().regex(DESTINATION_ID, 'an id of a destination'),
  platform: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'lower-case letters, digits and -')
    .meta({ description: 'Which of the ids of an agent names them there.' }),
  proficiency: z
    .int()
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'Of the skills that are added; the best there is when absent.' }),
  skillIds: z.record(plainText(100), plainText(200)).default({}).meta({
    description: 'The id on the platform of each skill of the tier table; absent: its name.',
  }),
});

/** How one platform is given skills. */
export type SkillTarget = z.output<typeof skillTarget>;

export interface NamedDestination {
  readonly id: string;
  readonly destination: Destination;
  /** How it is given skills; null: it is given none. */
  readonly skills: SkillTarget | null;
  /** False where it is given skills alone: the season does not name it. */
  readonly hasAttributes: boolean;
}

/** The id under which an agent is given skills; null: the platform knows no such agent. */
export function skillUserOf(
  agent: Agent,
  { destination, skills, hasAttributes }: NamedDestination,
): string | null {
  const own = skills === null ? undefined : idUnder(skills.platform, agent);
  return own ?? (hasAttributes ? userIdOf(agent, destination) : null);
}

/** Whether a destination speaks CXone's words: its custom data and not Genesys' attributes. */
export const speaksCxone = ({ preset, settings }: Destination): boolean =>
  preset === 'cxone' || (preset === 'seed' && settings.platform === 'cxone');

/** How a destination is given skills where the policy does not name it. */
function usualTarget(id: string, { preset, settings }: Destination): SkillTarget | null {
  if (preset !== 'genesys-cloud' && preset !== 'cxone') return null;
  const [platform = preset] = platformsOf({ preset, settings });
  const skillIds = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, String(value)]),
  );
  return { destination: id, platform, skillIds };
}

/** The destinations of a season, and after them those that are given skills alone. */
export function namedDestinations(
  own: readonly string[],
  targets: readonly SkillTarget[],
  known: ReadonlyMap<string, Destination>,
): NamedDestination[] {
  const named = (id: string, hasAttributes: boolean): NamedDestination[] => {
    const destination = known.get(id);
    if (destination === undefined || (!hasAttributes && !destination.enabled)) return [];
    const target = targets.find((one) => one.destination === id);
    return [{ id, destination, skills: target ?? usualTarget(id, destination), hasAttributes }];
  };
  const further = targets.map(({ destination }) => destination).filter((id) => !own.includes(id));
  return [...own.flatMap((id) => named(id, true)), ...further.flatMap((id) => named(id, false))];
}
