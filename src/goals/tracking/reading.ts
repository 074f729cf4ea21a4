/** What a goal's object answers about one period. Data alone. */
import type { Restated, Snapshot } from '../goal';

export interface Reading {
  /** Written once at the boundary; null before. */
  readonly snapshot: Snapshot | null;
  /** As of now. `evaluatedAt` is the instant of reading. */
  readonly restated: Restated;
  /** Under a ratio: the sum of the divisor, scale 6, and whether its floor is met. */
  readonly volume: bigint | null;
  readonly floorMet: boolean;
  /** When the settlement looks next, UTC ms; null: nothing is due. */
  readonly settleAt: number | null;
}

/** `unknown`: no such goal, or nothing is counted for it here. `open`: the period has not ended. */
export type Closing =
  | { readonly verdict: 'locked'; readonly snapshot: Snapshot }
  | { readonly verdict: 'unknown' }
  | { readonly verdict: 'open' }
  | { readonly verdict: 'stuck'; readonly reason: string };
