/** Named reads of scorecard versions and their pins; what the journal must know. Writes nothing. */
import { readOrganisation } from '../../access/store';
import type { Row } from '../../kernel/change-set';
import { compactDay, dayAfter, type Period } from '../../kernel/period';
import type { ConfigVersion } from '../../ledger/config';
import type { JournalTable } from '../../ledger/journal';
import { readLatest, readLatestOf } from '../../ledger/store';
import { readKnownIds } from '../taking/store';
import { PIN_KIND, type ScorecardPin, scorecardRows } from './scorecard';

export const SCORECARDS_TABLE: JournalTable = {
  name: 'scorecard_days',
  values: ['version'],
  side: [],
};

/** Versions that made results that count on the days of a period; sorted. */
export async function readVersionsInForce(
  db: D1Database,
  { firstDay, lastDay }: Pick<Period, 'firstDay' | 'lastDay'>,
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT DISTINCT version FROM scorecard_days
       WHERE id >= ?1 AND id < ?2 ORDER BY version`,
    )
    .bind(compactDay(firstDay), compactDay(dayAfter({ lastDay })))
    .all<{ version: string }>();
  return results.map(({ version }) => version);
}

/** What the end of a period pinned, by its label; null where nothing was evaluated by then. */
export const readPin = (
  db: D1Database,
  label: string,
): Promise<ConfigVersion<ScorecardPin> | null> => readLatest<ScorecardPin>(db, PIN_KIND, label);

/** Which of some periods have a pin, by their labels. One query. */
export async function readPinnedLabels(
  db: D1Database,
  labels: readonly string[],
): Promise<ReadonlySet<string>> {
  const pins = await readLatestOf<ScorecardPin>(db, PIN_KIND, labels);
  return new Set(pins.map(({ name }) => name));
}

/** The rows that these results add to the days of their scorecards, where D1 lacks them. */
export async function newScorecardRows(db: D1Database, results: readonly Row[]): Promise<Row[]> {
  if (results.length === 0) return [];
  const rows = scorecardRows(results, (await readOrganisation(db)).timeZone);
  const known = await readKnownIds(
    db,
    SCORECARDS_TABLE.name,
    rows.map(({ id }) => id),
  );
  return rows.filter(({ id }) => !known.has(id));
}
