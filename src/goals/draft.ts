/**
 * The body of a goal: the guide's as printed, and how its rewards are settled. Decides its form and
 * whether the team can bear it; refuses what would pay for luck (averages, live evaluation, no
 * snapshot), each with a reason that a supervisor understands. Warns where less work would be paid.
 */
import * as z from 'zod';
import { instantText, plainText } from '../http/fields';
import { DECIMAL_TEXT } from '../kernel/decimal';
import type { FieldError } from '../kernel/failure';
import { CADENCES, type Cadence } from '../kernel/period';
import { DISTRIBUTIONS } from '../rewards/split';
import { GOAL_STATUSES, type Goal, isRewardBearing, OPERATORS } from './goal';
import { TEAM_ID } from './teams/draft';
import type { MetricDefinition, Team } from './teams/team';

export const GOAL_ID = /^[A-Za-z0-9_-]{1,64}$/;

const decimal = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine((text) => DECIMAL_TEXT.test(text), 'a plain decimal of at most 6 places');

const LIVE =
  'a goal is evaluated once, when its week, month or quarter ends: a value that goes up and down through the day would pay a team at its best moment and again after the next';

const frequency = z.enum(CADENCES, {
  error: ({ input }) =>
    input === 'REALTIME' || input === 'HOURLY' ? LIVE : 'WEEKLY, MONTHLY or QUARTERLY',
});

const customFields = z
  .looseObject({
    rewardPoolId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a reward pool')
      .optional(),
    distributionType: z.enum(DISTRIBUTIONS).optional(),
  })
  .refine((fields) => JSON.stringify(fields).length <= 4_000, 'at most 4,000 characters')
  .default({});

export const goalBody = z
  .strictObject({
    name: plainText(200),
    teamId: z.string().regex(TEAM_ID, 'an id of a team'),
    metricId: plainText(140),
    evaluationFrequency: frequency,
    thresholds: z
      .array(
        z.strictObject({
          status: z.enum(GOAL_STATUSES),
          operator: z.enum(OPERATORS),
          value: decimal,
        }),
      )
      .min(1)
      .max(20),
    snapshotEvaluation: z.boolean().optional(),
    customFields,
    evaluatedBy: z.enum(['GUERDON', 'PLATFORM']).default('GUERDON'),
    stabilizationHours: z.int().min(0).max(2_160).default(72),
    tolerancePercent: decimal
      .refine((text) => !text.startsWith('-') && Number(text) <= 100, 'percent from 0 to 100')
      .default('2'),
    whenDrifted: z.enum(['REVIEW', 'ADJUST']).default('REVIEW'),
    whenFallen: z.enum(['REVIEW', 'REVERSE']).default('REVIEW'),
    effectiveFrom: instantText.optional().meta({
      description: 'From when this version holds; absent: version 1 since ever, later ones now.',
    }),
  })
  .superRefine((body, context) => {
    if (!isRewardBearing(body) || body.snapshotEvaluation === true) return;
    context.addIssue({
      code: 'custom',
      path: ['snapshotEvaluation'],
      message:
        'a goal that pays must set snapshotEvaluation: true, so that what is paid rests on one value locked at the end of the period and not on one that still moves',
    });
  })
  .meta({ id: 'GoalBody' });

export type GoalBody = z.output<typeof goalBody>;

/** What is kept of a body: exclusions are ours to write, and are shown, never taken. */
export function goalOf({ effectiveFrom: _, ...body }: GoalBody): Goal {
  const { exclusions: __, ...fields } = body.customFields;
  return { ...body, customFields: fields, snapshotEvaluation: body.snapshotEvaluation ?? true };
}

/** How a goal names a metric definition of its team. */
const metricNameOf = ({ metricId, aggregation }: MetricDefinition): string =>
  `${metricId}.${aggregation.toLowerCase()}`;

export const definitionOf = (team: Team, goal: Pick<Goal, 'metricId'>): MetricDefinition | null =>
  team.metricDefinitions.find((one) => metricNameOf(one) === goal.metricId) ?? null;

export const AVERAGED =
  'a team that shares a reward adds up what its members do (SUM): under AVERAGE one strong member lifts the mean and the team is paid for a target it never reached';

/** Why a goal may not be written for a team, or what it had before; each with a pointer. */
export function checkGoal(
  goal: Goal,
  team: Team | null,
  present: Goal | null,
): readonly FieldError[] {
  if (team === null) {
    const detail = 'there is no team with this id; write the team first';
    return [{ pointer: '#/teamId', code: 'unknown-team', detail }];
  }
  const errors: FieldError[] = [];
  if (goal.evaluatedBy === 'GUERDON' && definitionOf(team, goal) === null) {
    const known = team.metricDefinitions.map(metricNameOf).join(', ');
    const detail = `the team defines no such metric; a metric definition and its aggregation in lower case: ${known === '' ? 'it has none' : known}`;
    errors.push({ pointer: '#/metricId', code: 'unknown-metric', detail });
  }
  if (isRewardBearing(goal) && team.aggregationType !== 'SUM') {
    errors.push({ pointer: '#/teamId', code: 'average-team', detail: AVERAGED });
  }
  if (present !== null && present.evaluationFrequency !== goal.evaluationFrequency) {
    const detail = `the periods of this goal are ${inWords(present.evaluationFrequency)}; locked ones would overlap with others, so write another goal`;
    errors.push({ pointer: '#/evaluationFrequency', code: 'fixed', detail });
  }
  return errors;
}

const inWords = (cadence: Cadence): string =>
  ({ WEEKLY: 'weeks', MONTHLY: 'months', QUARTERLY: 'quarters' })[cadence];

/** What is allowed and may not be meant (DEC-13). */
export function warningsOf(goal: Goal): string[] {
  const rewardsLess = goal.thresholds.some(
    ({ operator, status }) =>
      (operator === 'LTE' || operator === 'LT') && (status === 'ACHIEVED' || status === 'ON_TRACK'),
  );
  if (!goal.metricId.endsWith('.sum') || !rewardsLess) return [];
  return [
    'a sum that must stay below a threshold is reached by doing less; a RATIO with a minimumVolume measures the same per interaction',
  ];
}
