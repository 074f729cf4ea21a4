/**
 * Named reads of WFM actuals, the rows made of items and events, and what the journal must know to
 * write them. Writes nothing.
 */
import { type DirectoryEnv, resolveAgentKeys } from '../../agents/store';
import type { JsonObject, KeptEvent } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { DAY_MS } from '../../kernel/instant';
import { keyDay, type Span } from '../../kernel/period';
import type { JournalTable } from '../../ledger/journal';
import type { AskedFacts } from '../../quality/evidence/store';
import { actualsRows, type Bucket, type PackedBucket } from './actual';

export const ACTUALS_TABLE: JournalTable = {
  name: 'wfm_actuals',
  values: ['agent_key', 'revised_at', 'buckets'],
  side: [],
};

/** What an agent's buckets of a period come to. */
export interface PeriodActuals {
  /** Milliseconds by status code in lower case. */
  readonly millisByCode: Readonly<Record<string, number>>;
  readonly buckets: number;
  /**
   * First instants (UTC ms) of buckets that begin before another has ended: their time would count
   * twice. One without any time overlaps nothing, so that it can be taken out by a revision.
   */
  readonly overlapsAt: readonly number[];
  /** Ids of the rows that count, sorted: what an id of the set is made of. */
  readonly rowIds: readonly string[];
}

/**
 * Time by status code of the buckets that begin in a span of instants, as of a seal, by agent key;
 * who has none is left out. Of a bucket sent again the later word counts: by its sender's time of
 * change, then by seal. At most 500 agents a call; one query that returns a row per agent. P4.
 */
export async function readActuals(
  db: D1Database,
  agentKeys: readonly string[],
  { from, until }: Span,
  asOfSeal: number,
): Promise<Map<string, PeriodActuals>> {
  const { results } = await db
    .prepare(
      `WITH said AS (
         SELECT r.agent_key AS agent, r.id, b.value->>0 AS first, b.value->>1 AS last,
           b.value->2 AS codes,
           row_number() OVER (PARTITION BY r.agent_key, b.value->>0
             ORDER BY r.revised_at DESC, r.seal DESC, r.id DESC) AS place
         FROM json_each(?1) AS a CROSS JOIN wfm_actuals AS r
           ON r.id >= a.value || '.' || ?2 AND r.id < a.value || '.' || ?3,
           json_each(r.buckets) AS b
         WHERE r.seal <= ?4 AND b.value->>0 >= ?5 AND b.value->>0 < ?6),
       counted AS (
         SELECT agent, id, codes, first, busy AND max(iif(busy, last, NULL)) OVER (
           PARTITION BY agent ORDER BY first
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > first AS laps
         FROM (SELECT *, EXISTS (SELECT 1 FROM json_each(codes) AS c WHERE c.value > 0) AS busy
           FROM said WHERE place = 1)),
       sums AS (
         SELECT agent, c.key AS code, sum(c.value) AS millis
         FROM counted, json_each(counted.codes) AS c GROUP BY agent, c.key),
       wholes AS (
         SELECT agent, count(*) AS buckets,
           json_group_array(first) FILTER (WHERE laps) AS overlaps,
           json_group_array(DISTINCT id) AS ids
         FROM counted GROUP BY agent)
       SELECT w.*, (SELECT json_group_object(s.code, s.millis) FROM sums AS s
         WHERE s.agent = w.agent) AS millis
       FROM wholes AS w`,
    )
    .bind(JSON.stringify(agentKeys), keyDay(from), keyDay(until + DAY_MS), asOfSeal, from, until)
    .all<{ agent: string; buckets: number; overlaps: string; ids: string; millis: string }>();
  return new Map(
    results.map(({ agent, buckets, overlaps, ids, millis }) => [
      agent,
      {
        millisByCode: JSON.parse(millis) as Record<string, number>,
        buckets,
        overlapsAt: (JSON.parse(overlaps) as number[]).toSorted((a, b) => a - b),
        rowIds: (JSON.parse(ids) as string[]).toSorted(),
      },
    ]),
  );
}

/**
 * The latest word on each bucket that begins in a span, by agent key and first instant. One query
 * that returns a row per agent.
 */
export async function readLatestBuckets(
  db: D1Database,
  agentKeys: readonly string[],
  { from, until }: Span,
): Promise<Map<string, Map<number, Bucket>>> {
  const { results } = await db
    .prepare(
      `WITH said AS (
         SELECT r.agent_key AS agent, b.value AS bucket, row_number() OVER (
           PARTITION BY r.agent_key, b.value->>0
           ORDER BY r.revised_at DESC, r.seal DESC, r.id DESC) AS place
         FROM json_each(?1) AS a CROSS JOIN wfm_actuals AS r
           ON r.id >= a.value || '.' || ?2 AND r.id < a.value || '.' || ?3,
           json_each(r.buckets) AS b
         WHERE b.value->>0 >= ?4 AND b.value->>0 < ?5)
       SELECT agent, json_group_array(json(bucket)) AS packed FROM said
       WHERE place = 1 GROUP BY agent`,
    )
    .bind(JSON.stringify(agentKeys), keyDay(from), keyDay(until + DAY_MS), from, until)
    .all<{ agent: string; packed: string }>();
  return new Map(
    results.map(({ agent, packed }) => [
      agent,
      new Map(
        (JSON.parse(packed) as PackedBucket[]).map(([start, end, codes]) => [
          start,
          { start, end, codes },
        ]),
      ),
    ]),
  );
}

/** First instant, end, milliseconds by code, and 1 where no later revision stands. */
type ShownBucket = readonly [number, number, Readonly<Record<string, number>>, 0 | 1];

/** One sending of buckets of one day. */
export interface BucketRow {
  readonly rowId: string;
  readonly revisedAt: number;
  readonly seal: number;
  readonly buckets: readonly ShownBucket[];
}

/** An agent's sendings of buckets that begin in a span, by row id after a position, at most `count`. */
export async function readBucketRows(
  db: D1Database,
  { agentKey, span }: AskedFacts,
  after: string,
  count: number,
): Promise<BucketRow[]> {
  const { results } = await db
    .prepare(
      `WITH said AS (
         SELECT r.id, r.revised_at, r.seal, b.value AS bucket, row_number() OVER (
           PARTITION BY b.value->>0 ORDER BY r.revised_at DESC, r.seal DESC, r.id DESC) = 1 AS counts
         FROM wfm_actuals AS r, json_each(r.buckets) AS b
         WHERE r.id >= ?1 AND r.id < ?2 AND b.value->>0 >= ?3 AND b.value->>0 < ?4)
       SELECT id AS rowId, revised_at AS revisedAt, seal,
         json_group_array(json_insert(bucket, '$[#]', counts)) AS packed
       FROM said WHERE id > ?5 GROUP BY id ORDER BY id LIMIT ?6`,
    )
    .bind(
      `${agentKey}.${keyDay(span.from)}`,
      `${agentKey}.${keyDay(span.until + DAY_MS)}`,
      span.from,
      span.until,
      after,
      count,
    )
    .all<{ rowId: string; revisedAt: number; seal: number; packed: string }>();
  return results.map(({ packed, ...row }) => ({
    ...row,
    buckets: (JSON.parse(packed) as (string | ShownBucket)[]).map((bucket) =>
      typeof bucket === 'string' ? (JSON.parse(bucket) as ShownBucket) : bucket,
    ),
  }));
}

/** An item of actuals and whose ids it speaks in. */
export interface SentActuals {
  readonly platform: string;
  readonly item: JsonObject;
  /** UTC ms by which the sender dates the message. */
  readonly saidAt?: number | null;
}

/** The rows of each item in their order, or null where nobody knows its agent. */
export async function rowsOfActuals(
  env: DirectoryEnv,
  sent: readonly SentActuals[],
): Promise<(Row[] | null)[]> {
  if (sent.length === 0) return [];
  const keys = await resolveAgentKeys(
    env,
    sent.map(({ platform, item }) => ({ platform, id: String(item.user_id) })),
  );
  return sent.map(({ item, saidAt }, index) => {
    const agentKey = keys[index] ?? null;
    return agentKey === null ? null : actualsRows(agentKey, item, saidAt);
  });
}

/** The rows of events that state actuals. */
export async function actualsFacts(env: DirectoryEnv, kept: readonly KeptEvent[]): Promise<Row[]> {
  const rows = await rowsOfActuals(
    env,
    kept.map(({ event }) => ({
      platform: event.platform,
      item: event.data,
      saidAt: event.occurredAt,
    })),
  );
  return rows.flatMap((some) => some ?? []);
}
