/**
 * Named reads of quality results, the rows made of them, and what the journal must know to write
 * them. Writes nothing.
 */
import { and, gte, lt, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { resolveAgentKeys } from '../agents/store';
import type { JsonObject, KeptEvent } from '../events/event';
import type { Row } from '../kernel/change-set';
import { canonicalJson, keyedHash } from '../kernel/hash';
import { DAY_MS, parseInstant } from '../kernel/instant';
import { keyDay, type Span } from '../kernel/period';
import type { JournalTable } from '../ledger/journal';
import { isStillTheirs } from './holder/store';
import { latestRevisions, type ResultRevision, resultRow, scoreOf } from './result';
import { qualityResults } from './schema';
import { newScorecardRows } from './scorecards/store';

export const QUALITY_TABLE: JournalTable = {
  name: 'quality_results',
  values: [
    'agent_key',
    'result_id',
    'status',
    'score',
    'scorecard_version',
    'created_at',
    'revised_at',
    'content_hash',
  ],
  side: ['content', 'salt'],
  bound: [{ hash: 'content_hash', over: ['salt', 'content'] }],
};

/** Days before a coaching in which its baseline is looked for; bounds the rows read. */
export const BASELINE_DAYS = 120;

/**
 * Days around a period in which revisions of its results are looked for: some platforms date each
 * revision anew, and a result belongs to the period in which it was first heard of.
 */
export const REVISION_DAYS = 100;

/**
 * An agent's result revisions created from `from` to `until` (UTC ms, whole days), as recorded; none
 * of a result that was given to another agent since.
 */
export async function readResults(
  db: D1Database,
  agentKey: string,
  from: number,
  until: number,
): Promise<ResultRevision[]> {
  const revisions = await drizzle(db)
    .select({
      agentKey: qualityResults.agentKey,
      resultId: qualityResults.resultId,
      status: qualityResults.status,
      score: qualityResults.score,
      scorecardVersion: qualityResults.scorecardVersion,
      createdAt: qualityResults.createdAt,
      revisedAt: qualityResults.revisedAt,
      isTheirs: sql<number>`${sql.raw(isStillTheirs('quality_results'))}`,
    })
    .from(qualityResults)
    .where(
      and(
        gte(qualityResults.id, `${agentKey}.${keyDay(from)}`),
        lt(qualityResults.id, `${agentKey}.${keyDay(until + DAY_MS)}`),
      ),
    )
    .orderBy(qualityResults.seal, qualityResults.id);
  // By its latest revision a result is theirs or not: an earlier one may be dated otherwise.
  const latest = latestRevisions(revisions);
  return revisions.filter(({ resultId }) => latest.get(resultId)?.isTheirs === 1);
}

/** One result as it counts: its latest revision, and when it was first created. */
export interface CountedResult {
  /** Id of the row of the revision that counts. */
  readonly rowId: string;
  /** Hash of the sender's id; `readResultItems` tells the id itself while nobody was erased. */
  readonly resultId: string;
  readonly status: string;
  /** Exact fraction of 0 to 100, `numerator/denominator`. */
  readonly score: string;
  readonly scorecardVersion: string | null;
  /** Instants in UTC ms. */
  readonly createdAt: number;
  readonly revisedAt: number;
  readonly seal: number;
}

type PackedResult = [string, string, string, string, string | null, number, number, number];

/**
 * The results of a period that count, by agent key: COMPLETED or PUBLISHED in their latest revision
 * as of a seal, one per result, in order of creation; agents without any are left out. One whose
 * latest revision names another agent is that agent's. A result
 * belongs to the period in which it was created by its earliest word. At most 500 agents a call; one
 * query that returns a row per agent. P1, P2.
 */
export async function readResultsOfPeriod(
  db: D1Database,
  agentKeys: readonly string[],
  { from, until }: Span,
  asOfSeal: number,
): Promise<Map<string, CountedResult[]>> {
  const { results } = await db
    .prepare(
      `WITH seen AS (
         SELECT r.*,
           row_number() OVER (PARTITION BY r.agent_key, r.result_id
             ORDER BY r.revised_at DESC, r.seal DESC, r.id DESC) AS place,
           min(r.created_at) OVER (PARTITION BY r.agent_key, r.result_id) AS first
         FROM json_each(?1) AS a CROSS JOIN quality_results AS r
           ON r.id >= a.value || '.' || ?2 AND r.id < a.value || '.' || ?3
         WHERE r.seal <= ?4)
       SELECT agent_key AS agent, json_group_array(json_array(
         id, result_id, status, score, scorecard_version, first, revised_at, seal)) AS packed
       FROM seen
       WHERE place = 1 AND ${isStillTheirs('seen', '?4')} AND first >= ?5 AND first < ?6
         AND status IN ('COMPLETED', 'PUBLISHED') AND score IS NOT NULL
       GROUP BY agent_key`,
    )
    .bind(
      JSON.stringify(agentKeys),
      keyDay(Math.max(0, from - REVISION_DAYS * DAY_MS)),
      keyDay(until + REVISION_DAYS * DAY_MS),
      asOfSeal,
      from,
      until,
    )
    .all<{ agent: string; packed: string }>();
  return new Map(results.map(({ agent, packed }) => [agent, unpackResults(packed)]));
}

const unpackResults = (packed: string): CountedResult[] =>
  (JSON.parse(packed) as PackedResult[])
    .map(([rowId, resultId, status, score, scorecardVersion, createdAt, revisedAt, seal]) => ({
      rowId,
      resultId,
      status,
      score,
      scorecardVersion,
      createdAt,
      revisedAt,
      seal,
    }))
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.resultId < b.resultId ? -1 : 1));

/** What the sender said, by row id; null where it was erased. Ids that are not there are left out. */
export async function readResultItems(
  db: D1Database,
  rowIds: readonly string[],
): Promise<Map<string, JsonObject | null>> {
  const { results } = await db
    .prepare(
      `SELECT r.id, r.content FROM json_each(?1) AS n
       CROSS JOIN quality_results AS r ON r.id = n.value`,
    )
    .bind(JSON.stringify(rowIds))
    .all<{ id: string; content: string | null }>();
  return new Map(
    results.map(({ id, content }) => [
      id,
      content === null ? null : (JSON.parse(content) as JsonObject),
    ]),
  );
}

export interface QualityEnv {
  readonly DB: D1Database;
  readonly SECRETS_KEY: string;
}

/** A result as it is sent: an item of a results page, or an event's fields. */
export interface SentResult {
  /** The platform whose ids `user_id` is one of. */
  readonly platform: string;
  readonly item: JsonObject;
  /** UTC ms fixed when it was first taken, for an item without `created_date`; null: it needs one. */
  readonly occurredAt: number | null;
  /** UTC ms by which the sender dates the message, for an item that does not date its revision. */
  readonly saidAt?: number | null;
}

/** UTC ms of an item's `created_date`, or null where it has none that is an instant. */
export const createdAtOf = (item: JsonObject): number | null =>
  parseInstant(String(item.created_date));

/** UTC ms at which an item says it was changed, or a pull found it changed; null: it does not say. */
export const revisedAtOf = ({ modified_date, pulled_at }: JsonObject): number | null =>
  parseInstant(String(modified_date)) ?? parseInstant(String(pulled_at));

/**
 * The row of each result, or null where nobody knows its agent or when it was created. The same
 * item makes the same row whenever it is sent, provided that `occurredAt` is the same for one
 * without `created_date`, as it is for a kept event; its salt is a keyed hash of the item itself.
 */
export async function resultRows(
  env: QualityEnv,
  results: readonly SentResult[],
): Promise<(Row | null)[]> {
  const named = results.map(({ platform, item }) => ({ platform, id: String(item.user_id) }));
  const keys = await resolveAgentKeys(env, named);
  return results.map(({ item, occurredAt, saidAt = null }, index) => {
    const agentKey = keys[index] ?? null;
    const createdAt = createdAtOf(item) ?? occurredAt;
    if (agentKey === null || createdAt === null) return null;
    const revisedAt = revisedAtOf(item);
    const revision: ResultRevision = {
      agentKey,
      resultId: String(item.id),
      status: String(item.result_status).toUpperCase(),
      score: scoreOf((item.score ?? {}) as JsonObject),
      scorecardVersion:
        item.scorecard_version_id == null ? null : String(item.scorecard_version_id),
      createdAt,
      revisedAt: revisedAt ?? saidAt ?? createdAt,
    };
    const salt = keyedHash(env.SECRETS_KEY, `quality-result ${canonicalJson(item)}`).slice(0, 32);
    return resultRow(revision, item, salt, revisedAt === null ? saidAt : null);
  });
}

/** The rows of events that state a result, and of scorecards that they show to be in force. */
export async function qualityFacts(env: QualityEnv, kept: readonly KeptEvent[]): Promise<Row[]> {
  const rows = await resultRows(
    env,
    kept.map(({ event, occurredAt }) => ({
      platform: event.platform,
      item: event.data,
      occurredAt,
      saidAt: event.occurredAt,
    })),
  );
  const said = rows.filter((row) => row !== null);
  return [...said, ...(await newScorecardRows(env.DB, said))];
}
