/** What the journal knows of a table it writes. Data alone: each room describes its own. */

/** A chained hash and the columns it is over; they are emptied together or not at all. */
export interface Bound {
  readonly hash: string;
  readonly over: readonly string[];
}

/** A table the journal writes: `id`, the chained columns, `seal`, and the columns that may be emptied. */
export interface JournalTable {
  readonly name: string;
  readonly values: readonly string[];
  readonly side: readonly string[];
  /** Chained columns that hold the hash of columns that may be emptied, the salt first. */
  readonly bound?: readonly Bound[];
}
