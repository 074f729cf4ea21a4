/**
 * Reads what stands behind a goal's reward, for answers: exclusions with the agents' own ids. Writes
 * nothing; who was erased stays a key.
 */
import { readAgentIds } from '../../agents/store';
import { printInstant } from '../../kernel/instant';
import type { Step } from '../settlement/step';
import { readStepRange } from '../settlement/store';

/** As it stands in the goal's custom fields (G10). */
export interface ShownExclusion {
  readonly agentId: string;
  readonly period: string;
  /** Team that keeps the agent; null: another claimed the agent first. */
  readonly keptBy: string | null;
  /** The agent's weight in that team's primary queue, decimal text. */
  readonly weight: string;
  readonly at: string;
}

/** Who was left out of a goal's pool in which period, in the order of periods. */
export async function readExclusions(db: D1Database, goalId: string): Promise<ShownExclusion[]> {
  const steps = await readStepRange(db, goalId);
  const excluded = steps
    .filter(isOpened)
    .flatMap(({ period, at, content }) =>
      content.exclusions.map((exclusion) => ({ ...exclusion, period, at })),
    );
  const ids = await readAgentIds(db, [...new Set(excluded.map(({ agentKey }) => agentKey))]);
  return excluded.map(({ agentKey, period, keptBy, weight, at }) => ({
    agentId: ids.get(agentKey) ?? agentKey,
    period,
    keptBy,
    weight,
    at: printInstant(at),
  }));
}

/** Later epochs repeat the exclusions of the first. */
const isOpened = (step: Step): step is Step<'OPENED'> => step.name === 'OPENED' && step.epoch === 1;
