/**
 * `POST /v1/quality-results`: results of quality evaluations in pages, as the platform prints them.
 * Every item is answered on its own; the same item again is a duplicate, other content under the
 * same id a revision. Refuses items of agents nobody knows, those that do not say when they were
 * created, and undated ones that differ from a dated revision; takes the others.
 */
import * as z from 'zod';
import type { JsonObject } from '../events/event';
import { EVENT_SHAPES } from '../events/shape';
import { type Route, route } from '../http/route';
import type { Row } from '../kernel/change-set';
import type { LedgerEnv } from '../ledger/client';
import { listResults } from './evidence/routes';
import { beforeDated } from './evidence/store';
import { newScorecardRows } from './scorecards/store';
import { createdAtOf, QUALITY_TABLE, type QualityEnv, resultRows, revisedAtOf } from './store';
import { takeFacts } from './taking/client';
import { itemOutcomes, pageHead, type ReadItem } from './taking/taking';

const MAX_ITEMS = 200;

const body = z.strictObject({
  items: z.array(EVENT_SHAPES['performance.result.updated']).min(1).max(MAX_ITEMS),
  ...pageHead,
});

/** Who looks at once at what new results change. */
export type ResultsHeard<E> = (env: E, fresh: readonly Row[], now: number) => Promise<void>;

const takeQualityResults = <E extends LedgerEnv & QualityEnv>(heard: ResultsHeard<E>): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/quality-results',
    tag: 'Facts',
    summary: 'Take quality results',
    description:
      'Takes a page of results as printed. COMPLETED and PUBLISHED results count; every revision is kept. ' +
      '`modified_date` says which revision is later, else the one recorded last counts. ' +
      'Refused item by item: `UNKNOWN_AGENT`, `MISSING_CREATED_DATE` without a `created_date` ' +
      'that is an RFC 3339 instant, and `MISSING_MODIFIED_DATE` for one that says otherwise than a ' +
      'dated revision and is not dated itself: it would not count. A revision that is dated ' +
      'later and names another agent, under the same `id` and `created_date`, moves the result: it ' +
      'counts for that agent alone. P1, P2, DEC-9.',
    permission: 'draft',
    body,
    answers: { 200: { description: 'What became of each item.', schema: itemOutcomes } },
    async handle(call) {
      const sent = call.body.items.map((item) => ({
        platform: call.body.platform,
        item: item as JsonObject,
        occurredAt: null,
      }));
      const rows = await resultRows(call.env, sent);
      const late = await beforeDated(call.env.DB, rows);
      const items = sent.map(({ item }, index) => readItem(item, rows[index] ?? null, late));
      return takeFacts(call, items, {
        table: QUALITY_TABLE.name,
        audit: { action: 'QUALITY_RESULTS_TAKEN', subject: 'quality-results' },
        more: (fresh) => newScorecardRows(call.env.DB, fresh),
        heard: (fresh) => heard(call.env, fresh, call.now),
      });
    },
  });

function readItem(item: JsonObject, row: Row | null, late: ReadonlySet<Row>): ReadItem {
  const id = String(item.id);
  if (row !== null && late.has(row) && revisedAtOf(item) === null) {
    return { id, rows: [], refusal: 'MISSING_MODIFIED_DATE' };
  }
  if (row !== null) return { id, rows: [row], refusal: null };
  const isUndated = createdAtOf(item) === null;
  return { id, rows: [], refusal: isUndated ? 'MISSING_CREATED_DATE' : 'UNKNOWN_AGENT' };
}

export const qualityRoutes = <E extends LedgerEnv & QualityEnv>(
  heard: ResultsHeard<E>,
): readonly Route<E>[] => [takeQualityResults(heard), listResults()];
