/** Named reads of counts of interactions, and what the journal must know to write them. Writes nothing. */
import { compactDay, dayAfter, type Period } from '../../kernel/period';
import type { JournalTable } from '../../ledger/journal';
import { type PeriodCount, periodCount, type SpanCount } from './count';

export const COUNTS_TABLE: JournalTable = {
  name: 'interaction_counts',
  values: ['agent_key', 'first_day', 'last_day', 'revision', 'count'],
  side: [],
};

/**
 * How many interactions each agent had in a period as of a seal, by agent key; of whom nothing was
 * said is left out. Of a span the highest revision counts, then the one recorded last. At most 500
 * agents a call; one query that returns a row per agent. P7.
 */
export async function readInteractionCounts(
  db: D1Database,
  agentKeys: readonly string[],
  { firstDay, lastDay }: Pick<Period, 'firstDay' | 'lastDay'>,
  asOfSeal: number,
): Promise<Map<string, PeriodCount>> {
  const { results } = await db
    .prepare(
      `WITH seen AS (
         SELECT c.*, row_number() OVER (PARTITION BY c.agent_key, c.first_day, c.last_day
           ORDER BY c.revision DESC, c.seal DESC, c.id DESC) AS place
         FROM json_each(?1) AS a CROSS JOIN interaction_counts AS c
           ON c.id >= a.value || '.' || ?2 AND c.id < a.value || '.' || ?3
         WHERE c.seal <= ?4 AND c.last_day <= ?5)
       SELECT agent_key AS agent,
         json_group_array(json_array(id, first_day, last_day, count)) AS packed
       FROM seen WHERE place = 1 GROUP BY agent_key`,
    )
    .bind(
      JSON.stringify(agentKeys),
      compactDay(firstDay),
      compactDay(dayAfter({ lastDay })),
      asOfSeal,
      lastDay,
    )
    .all<{ agent: string; packed: string }>();
  return new Map(results.map(({ agent, packed }) => [agent, periodCount(unpack(packed))]));
}

const unpack = (packed: string): SpanCount[] =>
  (JSON.parse(packed) as [string, string, string, number][]).map(
    ([rowId, firstDay, lastDay, count]) => ({ rowId, firstDay, lastDay, count }),
  );

/** A revision of a count as it was recorded. */
export interface CountRow {
  readonly rowId: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly revision: number;
  readonly count: number;
  readonly seal: number;
}

/** Counts of an agent whose span begins on some days, by row id after a position, at most `count`. */
export async function readCountRows(
  db: D1Database,
  agentKey: string,
  { firstDay, lastDay }: Pick<Period, 'firstDay' | 'lastDay'>,
  after: string,
  count: number,
): Promise<CountRow[]> {
  const { results } = await db
    .prepare(
      `SELECT id AS rowId, first_day AS firstDay, last_day AS lastDay, revision, count, seal
       FROM interaction_counts WHERE id >= ?1 AND id < ?2 AND id > ?3 ORDER BY id LIMIT ?4`,
    )
    .bind(
      `${agentKey}.${compactDay(firstDay)}`,
      `${agentKey}.${compactDay(dayAfter({ lastDay }))}`,
      after,
      count,
    )
    .all<CountRow>();
  return results;
}
