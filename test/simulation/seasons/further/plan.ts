/** What only a share of the histories with a season has, as data: leave of agents. */

export interface PlannedLeave {
  readonly agent: string;
  /** From when on it may be written, UTC ms. */
  readonly at: number;
  /** Days away, first and last; replaces what was written before. */
  readonly absences: readonly { readonly from: string; readonly to: string }[];
}

export interface Further {
  /** In the order in which they are written. */
  readonly leaves: readonly PlannedLeave[];
  /** No leave is written any more from then on: somebody's grace may be over. */
  readonly leavesUntil: number;
}
