/**
 * Named reads of quality results, the rows made of them, and what the journal must know to write
 * them. Writes nothing.
 */
import { and, gte, inArray, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { resolveAgentKeys } from '../agents/store';
import type { JsonObject, KeptEvent } from '../events/event';
import type { Row } from '../kernel/change-set';
import { canonicalJson, keyedHash } from '../kernel/hash';
import { civilDay, DAY_MS, parseInstant } from '../kernel/instant';
import type { JournalTable } from '../ledger/journal';
import { type ResultRevision, resultRow, scoreOf } from './result';
import { qualityResults } from './schema';

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

const keyDay = (instant: number): string =>
  civilDay(Math.floor(instant / DAY_MS)).replaceAll('-', '');

/** An agent's result revisions created from `from` to `until` (UTC ms, whole days), as recorded. */
export async function readResults(
  db: D1Database,
  agentKey: string,
  from: number,
  until: number,
): Promise<ResultRevision[]> {
  return drizzle(db)
    .select({
      agentKey: qualityResults.agentKey,
      resultId: qualityResults.resultId,
      status: qualityResults.status,
      score: qualityResults.score,
      scorecardVersion: qualityResults.scorecardVersion,
      createdAt: qualityResults.createdAt,
      revisedAt: qualityResults.revisedAt,
    })
    .from(qualityResults)
    .where(
      and(
        gte(qualityResults.id, `${agentKey}.${keyDay(from)}`),
        lt(qualityResults.id, `${agentKey}.${keyDay(until + DAY_MS)}`),
      ),
    )
    .orderBy(qualityResults.seal, qualityResults.id);
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
}

/** UTC ms of an item's `created_date`, or null where it has none that is an instant. */
export const createdAtOf = (item: JsonObject): number | null =>
  parseInstant(String(item.created_date));

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
  return results.map(({ item, occurredAt }, index) => {
    const agentKey = keys[index] ?? null;
    const createdAt = createdAtOf(item) ?? occurredAt;
    if (agentKey === null || createdAt === null) return null;
    const revision: ResultRevision = {
      agentKey,
      resultId: String(item.id),
      status: String(item.result_status).toUpperCase(),
      score: scoreOf((item.score ?? {}) as JsonObject),
      scorecardVersion:
        item.scorecard_version_id == null ? null : String(item.scorecard_version_id),
      createdAt,
      revisedAt: parseInstant(String(item.modified_date)) ?? createdAt,
    };
    const salt = keyedHash(env.SECRETS_KEY, `quality-result ${canonicalJson(item)}`).slice(0, 32);
    return resultRow(revision, item, salt);
  });
}

/** Which of these rows D1 holds. */
export async function knownResults(db: D1Database, ids: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (let from = 0; from < ids.length; from += 90) {
    const rows = await drizzle(db)
      .select({ id: qualityResults.id })
      .from(qualityResults)
      .where(inArray(qualityResults.id, ids.slice(from, from + 90)));
    for (const row of rows) known.add(row.id);
  }
  return known;
}

/** The result rows of events that state one. */
export const qualityFacts = (
  env: QualityEnv,
  kept: readonly KeptEvent[],
): Promise<(Row | null)[]> =>
  resultRows(
    env,
    kept.map(({ event, occurredAt }) => ({
      platform: event.platform,
      item: event.data,
      occurredAt,
    })),
  );
