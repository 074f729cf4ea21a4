/** What a goal's object answers about one period. Decides nothing that is kept. */
import type { Lock, Restated } from '../goal';
import type { Count } from './count';
import type { GoalState } from './state';

export interface Reading {
  /** As of now. `evaluatedAt` is the instant of reading. */
  readonly restated: Restated;
  /** Under a ratio: the sum of the divisor, scale 6, and whether its floor is met. */
  readonly volume: bigint | null;
  readonly floorMet: boolean;
  /** When the settlement looks next, UTC ms; null: nothing is due. */
  readonly settleAt: number | null;
}

/** Null where there is no such period or nothing governs it. */
export function readingOf(
  count: Count,
  before: GoalState,
  label: string,
  at: { readonly now: number; readonly covered: number },
): Reading | null {
  const state = count.opened(before, label, at.now);
  const evaluated = state === null ? null : count.evaluated(state, label);
  if (state === null || evaluated === null) return null;
  const { settleAt = null } = state.periods[label] ?? {};
  const restated = count.restated(state, label, at.covered, at.now);
  const { volume, floorMet } = evaluated;
  return { restated, volume, floorMet, settleAt };
}

/**
 * `unknown`: no such goal, or nothing is counted for it here. `open`: the period has not ended.
 * `stuck`: it is due and could not be locked yet.
 */
export type Closing =
  | { readonly verdict: 'locked'; readonly lock: Lock }
  | { readonly verdict: 'unknown' }
  | { readonly verdict: 'open' }
  | { readonly verdict: 'stuck'; readonly reason: string };

/** What became of a period that was to be locked. */
export function closingOf({ periods }: GoalState, label: string): Closing {
  const { lock = null, parked = 'the books cannot be written now' } = periods[label] ?? {};
  return lock === null ? { verdict: 'stuck', reason: parked } : { verdict: 'locked', lock };
}
