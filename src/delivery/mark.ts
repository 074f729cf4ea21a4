/**
 * How far the sweep of deliveries has come: the last seal up to which it remembers every delivery
 * without an outcome, those deliveries, and the seal up to which all were ordered. While too many
 * are open to be remembered the first stands still and the second goes on: what is ordered is
 * remembered by its destination. Decides when a mark is worth a row. Refuses nothing.
 */

export const MARK_NAME = 'deliveries';

export interface SweepMark {
  readonly seal: number;
  /** Ids behind it without an outcome. */
  readonly open: readonly string[];
  /** The last seal up to which every delivery was ordered; absent: the same seal. */
  readonly ordered?: number;
}

/** Most ids a mark remembers. */
export const MOST_OPEN = 1000;
/** A mark is a row under a seal and news to itself: it moves when it has come this far. */
const FAR = 1000;

export function isWorthWriting(before: SweepMark | null, next: SweepMark): boolean {
  const { seal, open, ordered = seal } = before ?? { seal: 0, open: [] };
  const isFar = next.seal - seal >= FAR || (next.ordered ?? next.seal) - ordered >= FAR;
  return isFar || (next.seal > seal && open.join() !== next.open.join());
}
