/**
 * What the closing of a period brings beside the snapshot, and what follows from it later. Both are
 * pure: everything awaited is read first and handed in as `facts`. Decides nothing yet.
 */
import type { Guard, Row } from '../../kernel/change-set';
import type { Goal, Restated, Snapshot } from '../goal';
import type { TeamVersion } from '../teams/team';

/** What is read before a closing or a settlement is decided; plain data. */
export interface SettlementFacts {
  /** UTC ms. */
  readonly now: number;
}

/** What one goal's object knows when it decides. */
export interface Case {
  readonly goal: Goal;
  readonly team: TeamVersion | null;
  readonly snapshot: Snapshot;
  readonly restated: Restated;
  /** False: a ratio below its volume floor, so that the restated value meets no threshold. */
  readonly floorMet: boolean;
}

export interface Effects {
  readonly rows: readonly Row[];
  readonly guards?: readonly Guard[];
  /** UTC ms at which `settlingSet` is asked next; null: nothing more is due for the period. */
  readonly dueAt: number | null;
  /** Deliveries by destination that are to be ordered once the set is committed. */
  readonly orders?: readonly { readonly destination: string; readonly ids: readonly string[] }[];
}

/** Rows written in the same set as the lock. */
export const closingSet = (_case: Case, _facts: SettlementFacts): Effects => ({
  rows: [],
  dueAt: null,
});

/** Asked at `dueAt` and after a correction of a locked period; no rows: nothing is said. */
export const settlingSet = (_case: Case, _facts: SettlementFacts): Effects => ({
  rows: [],
  dueAt: null,
});
