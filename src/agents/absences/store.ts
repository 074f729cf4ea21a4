/** Named reads of absences. Writes nothing. */

import type { ConfigVersion } from '../../ledger/config';
import { readLatest, readLatestOf } from '../../ledger/store';
import { ABSENCES_KIND, type Absences, type DaysAway, daysAway } from './absence';

export const readAbsences = (
  db: D1Database,
  agentKey: string,
): Promise<ConfigVersion<Absences> | null> => readLatest<Absences>(db, ABSENCES_KIND, agentKey);

/** Days away of each of some agents; who was never away is left out. */
export async function readDaysAway(
  db: D1Database,
  agentKeys: readonly string[],
): Promise<Map<string, DaysAway>> {
  const versions = await readLatestOf<Absences | null>(db, ABSENCES_KIND, [...new Set(agentKeys)]);
  return new Map(
    versions.flatMap(({ name, content }) => (content === null ? [] : [[name, daysAway(content)]])),
  );
}

/** The same as it was recorded by a seal. */
export async function readDaysAwayBy(
  db: D1Database,
  agentKeys: readonly string[],
  seal: number,
): Promise<Map<string, DaysAway>> {
  const { results } = await db
    .prepare(
      `SELECT k.value AS agentKey, (SELECT content FROM config
         WHERE id >= '${ABSENCES_KIND}/' || k.value || '/' AND id < '${ABSENCES_KIND}/' || k.value || '0'
           AND seal <= ?2 ORDER BY id DESC LIMIT 1) AS content FROM json_each(?1) AS k`,
    )
    .bind(JSON.stringify(agentKeys), seal)
    .all<{ agentKey: string; content: string | null }>();
  return new Map(
    results.flatMap(({ agentKey, content }) =>
      content === null ? [] : [[agentKey, daysAway(JSON.parse(content) as Absences)]],
    ),
  );
}
