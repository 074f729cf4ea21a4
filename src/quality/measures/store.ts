/**
 * Named reads of measures, the rows made of events, and what the journal must know to write them.
 * Writes nothing.
 */
import { type DirectoryEnv, resolveAgentKeys } from '../../agents/store';
import type { KeptEvent } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { DAY_MS } from '../../kernel/instant';
import { keyDay, type Span } from '../../kernel/period';
import type { JournalTable } from '../../ledger/journal';
import { measureRow } from './measure';

export const MEASURES_TABLE: JournalTable = {
  name: 'measures',
  values: ['agent_key', 'metric', 'interaction', 'revision', 'value', 'occurred_at'],
  side: [],
};

/** What an agent's values of one metric come to. */
export interface MeasureSum {
  /** In millionths. */
  readonly sum: bigint;
  readonly count: number;
}

/**
 * Sum and count of each wanted metric in a span of instants as of a seal, by agent key and metric;
 * of each interaction the highest revision counts. Who has none is left out. At most 500 agents a
 * call; one query that returns a row per agent.
 */
export async function readMeasures(
  db: D1Database,
  agentKeys: readonly string[],
  metricIds: readonly string[],
  { from, until }: Span,
  asOfSeal: number,
): Promise<Map<string, Map<string, MeasureSum>>> {
  // A sum of integers throws beyond 64 bits, so whole and rest are summed apart.
  const { results } = await db
    .prepare(
      `WITH seen AS (
         SELECT m.agent_key, m.metric, m.value,
           row_number() OVER (PARTITION BY m.agent_key, m.metric, m.interaction
             ORDER BY m.revision DESC, m.seal DESC, m.id DESC) AS place
         FROM json_each(?1) AS a CROSS JOIN measures AS m
           ON m.id >= a.value || '.' || ?3 AND m.id < a.value || '.' || ?4
         WHERE m.seal <= ?5 AND m.metric IN (SELECT value FROM json_each(?2))
           AND m.occurred_at >= ?6 AND m.occurred_at < ?7),
       sums AS (
         SELECT agent_key, metric, count(*) AS n,
           CAST(sum(value / 1000000) AS TEXT) AS whole, CAST(sum(value % 1000000) AS TEXT) AS rest
         FROM seen WHERE place = 1 GROUP BY agent_key, metric)
       SELECT agent_key AS agent, json_group_array(json_array(metric, n, whole, rest)) AS packed
       FROM sums GROUP BY agent_key`,
    )
    .bind(
      JSON.stringify(agentKeys),
      JSON.stringify(metricIds),
      keyDay(from),
      keyDay(until + DAY_MS),
      asOfSeal,
      from,
      until,
    )
    .all<{ agent: string; packed: string }>();
  return new Map(results.map(({ agent, packed }) => [agent, unpack(packed)]));
}

const unpack = (packed: string): Map<string, MeasureSum> =>
  new Map(
    (JSON.parse(packed) as [string, number, string, string][]).map(
      ([metric, count, whole, rest]) => [
        metric,
        { sum: BigInt(whole) * 1_000_000n + BigInt(rest), count },
      ],
    ),
  );

/** The rows of recorded metrics among those wanted, of agents the directory knows. */
export async function measureFacts(
  env: DirectoryEnv,
  kept: readonly KeptEvent[],
  wanted: ReadonlySet<string>,
): Promise<Row[]> {
  const asked = kept.filter(
    ({ event }) => event.type === 'metric.recorded' && wanted.has(String(event.data.metricId)),
  );
  if (asked.length === 0) return [];
  const lookups = asked.map(({ event }) => ({
    platform: event.platform,
    id: String(event.data.agentId),
  }));
  const keys = await resolveAgentKeys(env, lookups);
  return asked.flatMap((event, index) => {
    const agentKey = keys[index] ?? null;
    return (agentKey === null ? null : measureRow(event, agentKey)) ?? [];
  });
}
