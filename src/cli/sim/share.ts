/**
 * What the test files of the simulation say of their shares of a run, and what all say together.
 * Decides what a run has not covered; refuses nothing.
 */

export type Counts = Readonly<Record<string, number>>;

/** What each test file of the simulation prints when it ends. */
export interface Share {
  readonly seeds: number;
  readonly troubles: Counts;
  /** Faults that struck, by `place call phase mode`. */
  readonly fired: Counts;
  readonly transitions: Counts;
  /** What systems count of themselves. */
  readonly counted: Counts;
  /** What this file did not see, or saw without knowing it. */
  readonly missing: readonly string[];
}

/** How a share says that it met something nobody had named. */
const UNNAMED = 'points.ts lacks';

/** What none of the shares has seen, and what any of them met without knowing it. */
export function missingOf(shares: readonly Share[]): string[] {
  const all = [...new Set(shares.flatMap(({ missing }) => missing))];
  return all.filter(
    (name) => name.startsWith(UNNAMED) || shares.every(({ missing }) => missing.includes(name)),
  );
}

export function summed(all: readonly Counts[]): Counts {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

export const total = (counts: Counts): number =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);
