/**
 * `POST /v1/quality-results`: results of quality evaluations in pages, as the platform prints them.
 * Every item is answered on its own; the same item again is a duplicate, other content under the
 * same id a revision. Refuses items of agents nobody knows and items that do not say when they were
 * created, and takes the others.
 */
import * as z from 'zod';
import type { JsonObject } from '../events/event';
import { EVENT_SHAPES } from '../events/shape';
import { type Route, route } from '../http/route';
import { ok } from '../kernel/result';
import { type LedgerEnv, submit } from '../ledger/client';
import { createdAtOf, knownResults, type QualityEnv, resultRows } from './store';

const MAX_ITEMS = 200;

const body = z.strictObject({
  items: z.array(EVENT_SHAPES['performance.result.updated']).min(1).max(MAX_ITEMS),
  page_count: z.int().min(0).optional(),
  page_size: z.int().min(0).optional(),
  page_number: z.int().min(0).optional(),
  platform: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('genesys-cloud'),
});

const shown = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['accepted', 'duplicate', 'refused']),
      reason: z.string().optional(),
    }),
  ),
});

type Outcome = z.output<typeof shown>['results'][number];

export const takeQualityResults = <E extends LedgerEnv & QualityEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/quality-results',
    tag: 'Facts',
    summary: 'Take quality results',
    description:
      'Takes a page of results as printed. COMPLETED and PUBLISHED results count; every revision is kept. ' +
      'Refused item by item: `UNKNOWN_AGENT`, and `MISSING_CREATED_DATE` without a `created_date` ' +
      'that is an RFC 3339 instant. P1, P2, DEC-9.',
    permission: 'draft',
    body,
    answers: { 200: { description: 'What became of each item.', schema: shown } },
    async handle(call) {
      const sent = call.body.items.map((item) => ({
        platform: call.body.platform,
        item: item as JsonObject,
        occurredAt: null,
      }));
      const rows = await resultRows(call.env, sent);
      const known = await knownResults(
        call.env.DB,
        rows.flatMap((row) => row?.id ?? []),
      );
      const seen = new Set(known);
      const fresh = rows.filter((row) => {
        if (row === null || seen.has(row.id)) return false;
        seen.add(row.id);
        return true;
      });
      const results = sent.map(({ item }, index): Outcome => {
        const row = rows[index] ?? null;
        const id = String(item.id);
        if (row === null) {
          const isUndated = createdAtOf(item) === null;
          const reason = isUndated ? 'MISSING_CREATED_DATE' : 'UNKNOWN_AGENT';
          return { id, status: 'refused', reason };
        }
        return { id, status: fresh.includes(row) ? 'accepted' : 'duplicate' };
      });
      const answer = { status: 200, body: { results } };
      const taken = fresh.flatMap((row) => row ?? []);
      if (taken.length === 0) return ok(answer);
      return submit(call, {
        rows: taken,
        audit: {
          action: 'QUALITY_RESULTS_TAKEN',
          subject: 'quality-results',
          detail: { taken: taken.length, of: sent.length },
        },
        answer,
      });
    },
  });

export const qualityRoutes = <E extends LedgerEnv & QualityEnv>(): readonly Route<E>[] => [
  takeQualityResults(),
];
