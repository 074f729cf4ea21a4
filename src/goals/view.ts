/**
 * Goals and their periods as the API shows them: the guide's fields in the guide's types, ours
 * beside them. Decides nothing.
 */
import * as z from 'zod';
import { printInstant } from '../kernel/instant';
import { warningsOf } from './draft';
import { lifeShape } from './evidence/view';
import {
  type Contribution,
  GOAL_STATUSES,
  type GoalVersion,
  type Lock,
  printScaled,
  type Snapshot,
} from './goal';

const number = z
  .union([z.number(), z.string()])
  .meta({ description: 'A number; its decimal text where a double could not hold it.' });

export const shownGoal = z
  .looseObject({
    id: z.string(),
    version: z.int(),
    effectiveFrom: z.string().nullable(),
    name: z.string(),
    teamId: z.string(),
    metricId: z.string(),
    evaluationFrequency: z.string(),
    thresholds: z.array(z.object({ status: z.string(), operator: z.string(), value: number })),
    snapshotEvaluation: z.boolean(),
    customFields: z.looseObject({}),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Goal' });

/** A plain decimal as the number it is where a number holds it exactly, else as its text. */
function plain(text: string): number | string {
  const bare = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return String(Number(bare)) === bare ? Number(bare) : text;
}

/** An instant without the milliseconds that are none, as the guide prints it. */
const brief = (instant: number): string => printInstant(instant).replace('.000Z', 'Z');

/** `exclusions`: who was left out of this goal's pool in which period, for audit (G10). */
export const showGoal = (
  { name, version, effectiveFrom, content }: GoalVersion,
  exclusions: readonly unknown[] = [],
): z.output<typeof shownGoal> => ({
  id: name,
  version,
  effectiveFrom: effectiveFrom === null ? null : printInstant(effectiveFrom),
  ...content,
  thresholds: content.thresholds.map(({ status, operator, value }) => ({
    status,
    operator,
    value: plain(value),
  })),
  customFields: { ...content.customFields, ...(exclusions.length > 0 && { exclusions }) },
  warnings: warningsOf(content),
});

export const shownStatus = z
  .strictObject({
    goalId: z.string(),
    period: z.string(),
    status: z.enum(GOAL_STATUSES),
    metricValue: number,
    snapshotLocked: z.boolean(),
    evaluatedAt: z.string(),
  })
  .meta({ id: 'GoalStatus' });

/** The guide's answer, field for field. */
export const showStatus = (said: Lock, snapshotLocked: boolean): z.output<typeof shownStatus> => ({
  goalId: said.goalId,
  period: said.period,
  status: said.status,
  metricValue: plain(printScaled(said.metricValue)),
  snapshotLocked,
  evaluatedAt: brief(said.evaluatedAt),
});

const sideSchema = z.object({
  status: z.enum(GOAL_STATUSES),
  metricValue: z.string(),
  evaluatedAt: z.string(),
  goalVersion: z.int(),
  teamVersion: z.int(),
  covered: z.int().meta({ description: 'Seal up to which the event log was taken in.' }),
});

export const shownContributions = z
  .object({
    goalId: z.string(),
    period: z.string(),
    snapshotLocked: z.boolean(),
    snapshot: sideSchema.nullable(),
    restated: sideSchema.nullable(),
    volume: z.string().nullable(),
    floorMet: z.boolean(),
    settlesAt: z.string().nullable(),
    members: z.array(
      z.object({
        agentId: z.string().nullable(),
        agentKey: z.string(),
        snapshot: z.string().nullable(),
        restated: z.string().nullable(),
      }),
    ),
    reward: lifeShape,
  })
  .meta({ id: 'GoalContributions' });

export const showSide = (said: Snapshot): z.output<typeof sideSchema> => ({
  status: said.status,
  metricValue: printScaled(said.metricValue),
  evaluatedAt: printInstant(said.evaluatedAt),
  goalVersion: said.goalVersion,
  teamVersion: said.teamVersion,
  covered: said.covered,
});

/** Every member of either side, by agent key, with what they added then and by now. */
export function showMembers(
  snapshot: readonly Contribution[],
  restated: readonly Contribution[],
  idOf: (agentKey: string) => string | undefined,
): z.output<typeof shownContributions>['members'] {
  const of = (side: readonly Contribution[]): Map<string, string> =>
    new Map(side.map(({ agentKey, contribution }) => [agentKey, printScaled(contribution)]));
  const [then, by] = [of(snapshot), of(restated)];
  return [...new Set([...then.keys(), ...by.keys()])].toSorted().map((agentKey) => ({
    agentId: idOf(agentKey) ?? null,
    agentKey,
    snapshot: then.get(agentKey) ?? null,
    restated: by.get(agentKey) ?? null,
  }));
}
