/**
 * Which versions of scorecards were in force when. Decides that a version is in force on the local
 * days on which it made results that count, and the form of the pin: what a period's end found,
 * written once, so that a version that turns up later never counts there (P2).
 */
import type { Row } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import { compactDay, type Period } from '../../kernel/period';
import { localDay } from '../../kernel/zone';
import { COUNTED } from '../result';

/** Config kind of pins; the name is the period's label, `2024-09`, `2024-Q3` or a week's first day. */
export const PIN_KIND = 'scorecard-pin';

export interface ScorecardPin {
  readonly firstDay: string;
  readonly lastDay: string;
  /** Versions in force in the period, sorted. */
  readonly versions: readonly string[];
}

export const pinOf = (period: Period, versions: readonly string[]): ScorecardPin => ({
  firstDay: period.firstDay,
  lastDay: period.lastDay,
  versions: versions.toSorted(),
});

/** The rows that say on which days the versions of these results were in force, each once. */
export function scorecardRows(results: readonly Row[], zone: string): Row[] {
  const rows = new Map<string, Row>();
  for (const { values } of results) {
    const version = values.scorecard_version;
    if (typeof version !== 'string' || !COUNTED.has(String(values.status))) continue;
    const day = compactDay(localDay(Number(values.created_at), zone));
    const id = `${day}.${causeId('scorecard', version).slice(0, 24)}`;
    rows.set(id, { table: 'scorecard_days', id, values: { version } });
  }
  return [...rows.values()];
}
