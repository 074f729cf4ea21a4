/** A team as the API shows it, its members by the organisation's own ids. Decides nothing. */
import * as z from 'zod';
import { printInstant } from '../../kernel/instant';
import type { Member, Team, TeamVersion } from './team';

export const shownTeam = z
  .object({
    id: z.string(),
    version: z.int(),
    effectiveFrom: z.string().nullable(),
    name: z.string(),
    teamScope: z.literal('EXPLICIT'),
    memberIds: z.array(z.string()),
    members: z.array(
      z.object({ agentId: z.string(), from: z.string().nullable(), until: z.string().nullable() }),
    ),
    teamIds: z.array(z.string()),
    aggregationType: z.enum(['SUM', 'AVERAGE']),
    metricDefinitions: z.array(z.looseObject({ metricId: z.string(), aggregation: z.string() })),
    sources: z.array(z.string()),
    primaryQueueId: z.string().nullable(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Team' });

const print = (instant: number | null): string | null =>
  instant === null ? null : printInstant(instant);

/** `idOf`: an agent's own id by key; one who was erased is shown by key alone. */
export function showTeam(
  { name, version, effectiveFrom, content }: TeamVersion,
  idOf: (agentKey: string) => string | undefined,
): z.output<typeof shownTeam> {
  const named = ({ agentKey, agentId }: Member): string =>
    (agentKey === null ? agentId : idOf(agentKey)) ?? agentKey ?? '';
  const dated = content.members.filter(({ from, until }) => from !== null || until !== null);
  const { members, metricDefinitions, ...rest } = content;
  return {
    id: name,
    version,
    effectiveFrom: print(effectiveFrom),
    ...rest,
    memberIds: members.filter((member) => !dated.includes(member)).map(named),
    members: dated.map((member) => ({
      agentId: named(member),
      from: print(member.from),
      until: print(member.until),
    })),
    teamIds: [...rest.teamIds],
    sources: [...rest.sources],
    metricDefinitions: metricDefinitions.map((one) => ({ ...one })),
    warnings: warningsOf(content),
  };
}

/** What is allowed and may not be meant. */
function warningsOf({ members, aggregationType }: Team): string[] {
  const unknown = members.flatMap(({ agentKey, agentId }) =>
    agentKey === null && agentId !== undefined ? [agentId] : [],
  );
  return [
    ...(unknown.length === 0
      ? []
      : [
          `not in the directory yet, so nothing of theirs counts: ${unknown.slice(0, 20).join(', ')}`,
        ]),
    ...(aggregationType === 'AVERAGE'
      ? ['an average hides who carried the team; no goal that pays may name this team']
      : []),
  ];
}
