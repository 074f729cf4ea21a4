/**
 * Why a metric event counts for a goal or counts nowhere. Decides by the configuration as it is now
 * and by the event alone: whether a later revision took its place is not said here.
 */

import { periodAt } from '../period';
import { isMemberAt } from '../teams/team';
import type { World } from './definition';
import { definitionAt } from './definition';
import type { Fact } from './fact';
import { isAbout, partOf } from './measure';

export interface Whereabouts {
  readonly goalId: string;
  readonly period: string;
  readonly counts: boolean;
  /** NOT_A_MEMBER at its time, or FILTERED by source or clause; null where it counts. */
  readonly why: 'NOT_A_MEMBER' | 'FILTERED' | null;
}

/** Null for a goal that does not ask for the metric. */
export function whereaboutsOf(world: World, goalId: string, fact: Fact): Whereabouts | null {
  const cadence = world.goal.at(-1)?.content.evaluationFrequency;
  if (cadence === undefined) return null;
  const period = periodAt(cadence, fact.at, world.calendar);
  const definition = definitionAt(world, period);
  if (definition === null || !isAbout(definition.measure, fact.metricId)) return null;
  const isMember = isMemberAt(definition.members.get(fact.agentKey), fact.at);
  const fits = partOf(definition.measure, fact) !== null;
  const why = isMember ? (fits ? null : 'FILTERED') : 'NOT_A_MEMBER';
  return { goalId, period: period.label, counts: why === null, why };
}
