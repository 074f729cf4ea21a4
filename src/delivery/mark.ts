/**
 * How far the sweep of deliveries has come: the last seal it has passed, and the deliveries behind
 * it that have no outcome yet. Decides when a mark is worth a row. Refuses nothing.
 */
import type { Row } from '../kernel/change-set';
import { causeId } from '../kernel/ids';
import { type ConfigVersion, configRow } from '../ledger/config';

export const MARK_KIND = 'mark';
export const MARK_NAME = 'deliveries';

export interface SweepMark {
  readonly seal: number;
  /** Ids behind it without an outcome. */
  readonly open: readonly string[];
}

/** Most ids a mark remembers; then it stops before the next. */
export const MOST_OPEN = 1000;
/** A mark is a row under a seal and news to itself: it moves when it has come this far. */
const FAR = 1000;

export function isWorthWriting(before: SweepMark | null, next: SweepMark): boolean {
  const { seal, open } = before ?? { seal: 0, open: [] };
  return next.seal - seal >= FAR || (next.seal > seal && open.join() !== next.open.join());
}

/** The next version of the mark; its salt is its cause, for there is nothing to hide. */
export function markRow(
  before: ConfigVersion<SweepMark> | null,
  content: SweepMark,
  now: number,
): Row {
  const version = (before?.version ?? 0) + 1;
  return configRow<SweepMark>(
    {
      kind: MARK_KIND,
      name: MARK_NAME,
      version,
      effectiveFrom: null,
      writtenAt: now,
      author: 'cron',
      content,
    },
    causeId('mark', MARK_NAME, version),
  );
}
