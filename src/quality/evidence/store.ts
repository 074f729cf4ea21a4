/** Whose facts of which instants are asked for, and the revisions of results. Writes nothing. */
import { readOrganisation } from '../../access/store';
import { ownAddress } from '../../agents/agent';
import { type DirectoryEnv, readHoldings } from '../../agents/store';
import type { JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { DAY_MS } from '../../kernel/instant';
import { instantsOf, keyDay, type Span } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import { isStillTheirs, readOvertaken } from '../holder/store';
import { REVISION_DAYS } from '../store';
import type { FactsQuery } from './asked';

export interface AskedFacts {
  readonly agentKey: string;
  readonly span: Span;
}

/** Unknown agents are not found. */
export async function readAsked(
  env: DirectoryEnv,
  { agentId, from, until }: Pick<FactsQuery, 'agentId' | 'from' | 'until'>,
): Promise<Result<AskedFacts>> {
  const address = ownAddress(agentId);
  const agentKey = (await readHoldings(env, [address])).get(address)?.owner ?? null;
  if (agentKey === null) return fail({ kind: 'not-found', what: 'agent', id: agentId });
  const { timeZone } = await readOrganisation(env.DB);
  return ok({ agentKey, span: instantsOf({ firstDay: from, lastDay: until }, timeZone) });
}

/** A revision of a result with its place among the others of the same result. */
export interface ShownRevision {
  readonly rowId: string;
  readonly status: string;
  readonly score: string | null;
  readonly scorecardVersion: string | null;
  /** When the result was first created, UTC ms. */
  readonly first: number;
  readonly revisedAt: number;
  readonly seal: number;
  /** True for the latest revision of all, whether its status counts or not; another agent may have it. */
  readonly latest: boolean;
  readonly item: JsonObject | null;
}

/**
 * Revisions of the results of an agent that were created in a span, by row id after a position, at
 * most `count`.
 */
export async function readRevisions(
  db: D1Database,
  { agentKey, span }: AskedFacts,
  after: string,
  count: number,
): Promise<ShownRevision[]> {
  const { results } = await db
    .prepare(
      `WITH seen AS (
         SELECT r.*, row_number() OVER (PARTITION BY r.result_id
             ORDER BY r.revised_at DESC, r.seal DESC, r.id DESC) AS place,
           min(r.created_at) OVER (PARTITION BY r.result_id) AS first
         FROM quality_results AS r WHERE r.id >= ?1 AND r.id < ?2)
       SELECT id, status, score, scorecard_version, first, revised_at, seal, content,
         place = 1 AND ${isStillTheirs('seen')} AS latest
       FROM seen
       WHERE first >= ?3 AND first < ?4 AND id > ?5 ORDER BY id LIMIT ?6`,
    )
    .bind(
      `${agentKey}.${keyDay(Math.max(0, span.from - REVISION_DAYS * DAY_MS))}`,
      `${agentKey}.${keyDay(span.until + REVISION_DAYS * DAY_MS)}`,
      span.from,
      span.until,
      after,
      count,
    )
    .all<{
      id: string;
      status: string;
      score: string | null;
      scorecard_version: string | null;
      first: number;
      revised_at: number;
      seal: number;
      latest: number;
      content: string | null;
    }>();
  return results.map((row) => ({
    rowId: row.id,
    status: row.status,
    score: row.score,
    scorecardVersion: row.scorecard_version,
    first: row.first,
    revisedAt: row.revised_at,
    seal: row.seal,
    latest: row.latest === 1,
    item: row.content === null ? null : (JSON.parse(row.content) as JsonObject),
  }));
}

/** Which result is asked for, and about when it was created (UTC ms). */
export interface ResultName {
  readonly agentKey: string;
  /** Hash of the sender's id. */
  readonly resultId: string;
  readonly createdAt: number;
}

export interface LatestResult {
  readonly status: string;
  readonly score: string | null;
  readonly scorecardVersion: string | null;
  readonly revisedAt: number;
  /** A later revision gave it to another agent. */
  readonly isTaken: boolean;
}

/** The latest revision of each result in the order asked; null where there is none. One query. */
export async function readLatestResults(
  db: D1Database,
  names: readonly ResultName[],
): Promise<(LatestResult | null)[]> {
  const asked = names.map(({ agentKey, resultId, createdAt }) => [
    `${agentKey}.${keyDay(Math.max(0, createdAt - REVISION_DAYS * DAY_MS))}`,
    `${agentKey}.${keyDay(createdAt + REVISION_DAYS * DAY_MS)}`,
    resultId,
  ]);
  const { results } = await db
    .prepare(
      `WITH seen AS (
         SELECT n.key AS place, r.status, r.score, r.scorecard_version, r.revised_at,
           r.result_id, r.created_at, r.agent_key, row_number() OVER (PARTITION BY n.key
             ORDER BY r.revised_at DESC, r.seal DESC, r.id DESC) AS rank
         FROM json_each(?1) AS n CROSS JOIN quality_results AS r
           ON r.id >= n.value->>0 AND r.id < n.value->>1 AND r.result_id = n.value->>2)
       SELECT place, status, score, scorecard_version AS scorecardVersion, revised_at AS revisedAt,
         NOT (${isStillTheirs('seen')}) AS taken
       FROM seen WHERE rank = 1`,
    )
    .bind(JSON.stringify(asked))
    .all<Omit<LatestResult, 'isTaken'> & { place: number; taken: number }>();
  const found = new Map(
    results.map(({ place, taken, ...latest }) => [place, { ...latest, isTaken: taken === 1 }]),
  );
  return names.map((_, index) => found.get(index) ?? null);
}

/**
 * Rows that say otherwise than a later revision of their result, or of whose result a later one
 * names another agent: they would not count.
 */
export async function beforeDated(
  db: D1Database,
  rows: readonly (Row | null)[],
): Promise<ReadonlySet<Row>> {
  const said = rows.filter((row) => row !== null);
  const latest = await readLatestResults(
    db,
    said.map(({ values }) => ({
      agentKey: String(values.agent_key),
      resultId: String(values.result_id),
      createdAt: Number(values.created_at),
    })),
  );
  const overtaken = await readOvertaken(
    db,
    said.map(({ values }, index) => ({
      agentKey: String(values.agent_key),
      resultId: String(values.result_id),
      createdAt: Number(values.created_at),
      revisedAt: Math.max(Number(values.revised_at), latest[index]?.revisedAt ?? 0),
    })),
  );
  return new Set(
    said.filter(({ values }, index) => {
      if (overtaken.has(index)) return true;
      const known = latest[index] ?? null;
      if (known === null || known.revisedAt <= Number(values.revised_at)) return false;
      const { status, score, scorecardVersion } = known;
      return (
        status !== values.status ||
        score !== values.score ||
        scorecardVersion !== values.scorecard_version
      );
    }),
  );
}
