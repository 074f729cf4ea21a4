/**
 * The body of a team: the guide's as printed, and what it does not print (dated members, nested
 * teams, sources, ratios). Decides its form; refuses scopes that draw agents in by themselves and
 * filters nobody defined, each with a reason that a supervisor understands.
 */
import * as z from 'zod';
import { instantText, plainText } from '../../http/fields';
import { DECIMAL_TEXT } from '../../kernel/decimal';
import { MAX_MEMBERS, type Member, type Team } from './team';

export const TEAM_ID = /^[A-Za-z0-9_-]{1,64}$/;
const teamId = z.string().regex(TEAM_ID, 'an id of a team');
const metricName = z.string().regex(/^[A-Za-z0-9_.:-]{1,120}$/, 'a name of a metric');
const memberId = plainText(200);

const value = z.union([
  z.string().max(200),
  z.number().transform(String),
  z.boolean().transform(String),
]);

const clause = z.strictObject({
  field: z.string().regex(/^[A-Za-z0-9_.-]{1,120}$/, 'a field of the event’s attributes'),
  operator: z.enum(['EQ', 'NE'], {
    error: 'EQ (any of the values) or NE (none of them); other operators are not defined for teams',
  }),
  values: z.array(value).min(1).max(100),
});

const filter = z
  .strictObject({
    type: z.literal('AND', { error: 'clauses are joined by AND; nothing else is defined' }),
    clauses: z.array(clause).max(20),
  })
  .default({ type: 'AND', clauses: [] });

const minimumVolume = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine((text) => DECIMAL_TEXT.test(text) && !text.startsWith('-'), 'a plain decimal from 0 up');

const definition = z
  .strictObject({
    metricId: metricName,
    aggregation: z.enum(['SUM', 'RATIO'], {
      error:
        'SUM adds what the members did; RATIO divides two sums. An average of averages lets one member carry the team',
    }),
    filter,
    dividend: metricName.optional(),
    divisor: metricName.optional(),
    minimumVolume: minimumVolume.optional().meta({
      description: 'Of a ratio: the least sum of the divisor; below it no threshold holds.',
    }),
  })
  .superRefine(({ aggregation, dividend, divisor, minimumVolume }, context) => {
    const wrong = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (aggregation === 'RATIO') {
      if (dividend === undefined) wrong('dividend', 'a ratio names the metric that is divided');
      if (divisor === undefined) wrong('divisor', 'a ratio names the metric it is divided by');
      if (dividend !== undefined && dividend === divisor)
        wrong('divisor', 'a metric divided by itself is always 1');
      return;
    }
    if (dividend !== undefined) wrong('dividend', 'only a RATIO has a dividend');
    if (divisor !== undefined) wrong('divisor', 'only a RATIO has a divisor');
    if (minimumVolume !== undefined) wrong('minimumVolume', 'only a RATIO has a volume floor');
  });

const dated = z
  .strictObject({
    agentId: memberId,
    from: instantText.nullish(),
    until: instantText.nullish(),
  })
  .refine(({ from, until }) => from == null || until == null || from < until, {
    path: ['until'],
    message: 'a membership ends after it begins',
  });

const distinct = (texts: readonly string[]): boolean => new Set(texts).size === texts.length;

export const teamBody = z
  .strictObject({
    name: plainText(200),
    teamScope: z.literal('EXPLICIT', {
      error:
        'only EXPLICIT: a team shares a reward among the people it names, so nobody joins it through a queue or a group',
    }),
    memberIds: z
      .array(memberId)
      .max(MAX_MEMBERS)
      .refine(distinct, 'each member once')
      .optional()
      .meta({ description: 'Members as long as this version is in force.' }),
    members: z.array(dated).max(MAX_MEMBERS).optional().meta({
      description:
        'Members with dates of their own; `from` counts, `until` is the first instant after.',
    }),
    teamIds: z
      .array(teamId)
      .max(100)
      .refine(distinct, 'each team once')
      .default([])
      .meta({ description: 'Teams whose members count as this one’s.' }),
    aggregationType: z.enum(['SUM', 'AVERAGE']).default('SUM'),
    metricDefinitions: z
      .array(definition)
      .max(50)
      .refine(
        (all) => distinct(all.map(({ metricId, aggregation }) => `${metricId} ${aggregation}`)),
        'each metric and aggregation once',
      )
      .default([]),
    sources: z
      .array(z.string().max(200))
      .max(50)
      .refine(distinct, 'each source once')
      .default([])
      .meta({
        description: 'Sources whose events count; none given: all of them.',
      }),
    primaryQueueId: plainText(200).nullable().default(null),
    effectiveFrom: instantText.optional().meta({
      description: 'From when this version holds; absent: version 1 since ever, later ones now.',
    }),
  })
  .meta({ id: 'TeamBody' });

export type TeamBody = z.output<typeof teamBody>;

/** Every id of a member in a body, in order. */
export const memberIdsOf = ({ memberIds = [], members = [] }: TeamBody): string[] => [
  ...memberIds,
  ...members.map(({ agentId }) => agentId),
];

/** The version's content: members by agent key; an id that nobody has yet stands as it is. */
export function teamOf(body: TeamBody, keyOf: (agentId: string) => string | null): Team {
  const member = (agentId: string, from: number | null, until: number | null): Member => {
    const agentKey = keyOf(agentId);
    return { agentKey, ...(agentKey === null && { agentId }), from, until };
  };
  const { memberIds = [], members = [], metricDefinitions } = body;
  return {
    name: body.name,
    teamScope: body.teamScope,
    members: [
      ...memberIds.map((agentId) => member(agentId, null, null)),
      ...members.map(({ agentId, from, until }) => member(agentId, from ?? null, until ?? null)),
    ],
    teamIds: body.teamIds,
    aggregationType: body.aggregationType,
    metricDefinitions: metricDefinitions.map(
      ({ metricId, aggregation, filter: { clauses }, dividend, divisor, minimumVolume }) => ({
        metricId,
        aggregation,
        filter: { type: 'AND', clauses },
        ...(dividend !== undefined && { dividend }),
        ...(divisor !== undefined && { divisor }),
        ...(minimumVolume !== undefined && { minimumVolume }),
      }),
    ),
    sources: body.sources,
    primaryQueueId: body.primaryQueueId,
  };
}
