/** Named reads of quality results, and what the journal must know to write them. Writes nothing. */
import { and, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { civilDay, DAY_MS } from '../kernel/instant';
import type { JournalTable } from '../ledger/journal';
import type { ResultRevision } from './result';
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
};

/** Days before a coaching in which its baseline is looked for; bounds the rows read. */
export const BASELINE_DAYS = 120;

const keyDay = (instant: number): string =>
  civilDay(Math.floor(instant / DAY_MS)).replaceAll('-', '');

/** Revisions of an agent's results created from `from` to `until` (UTC ms, whole days around them). */
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
    );
}
