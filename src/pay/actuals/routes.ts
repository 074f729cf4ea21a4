/**
 * `POST /v1/wfm-actuals`: times of workforce management in pages, as the platform prints them, and
 * what is known of an agent's. Every item is answered on its own; a bucket sent again is a revision.
 * Refuses durations beyond their bucket and handle time of interactions, with a pointer.
 */
import * as z from 'zod';
import { actualsShape } from '../../events/actuals';
import type { JsonObject } from '../../events/event';
import { pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { ok } from '../../kernel/result';
import type { LedgerEnv } from '../../ledger/client';
import { factsQuery } from '../../quality/evidence/asked';
import { readAsked } from '../../quality/evidence/store';
import type { QualityEnv } from '../../quality/store';
import { takeFacts } from '../../quality/taking/client';
import { itemOutcomes, pageHead, type ReadItem } from '../../quality/taking/taking';
import type { PayEnv } from '../runs/client';
import { rereadAtOnce } from '../runs/sweep/client';
import { ACTUALS_TABLE, readBucketRows, rowsOfActuals } from './store';

const MAX_ITEMS = 200;
const LIMIT_BYTES = 1024 * 1024;

const body = z.strictObject({
  items: z.array(actualsShape).min(1).max(MAX_ITEMS),
  ...pageHead,
});

const EXAMPLE = {
  items: [
    {
      user_id: 'agent-uuid-456',
      actuals: [
        {
          bucket_start: '2023-10-01T00:00:00Z',
          bucket_end: '2023-10-01T23:59:59Z',
          status_codes: [
            { status_code_id: 'talk', duration: 14400 },
            { status_code_id: 'wrap_up', duration: 3600 },
            { status_code_id: 'aux', duration: 7200 },
          ],
        },
      ],
    },
  ],
};

const takeActuals = <E extends PayEnv & QualityEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/wfm-actuals',
    tag: 'Facts',
    summary: 'Take WFM actuals',
    description:
      'Per agent, buckets with seconds by status code. Codes compare without case, a bucket belongs ' +
      'to the period in which it begins, a bucket sent again is a revision: `modified_date` says ' +
      'which is later, else the one recorded last counts. Refused item by item: `UNKNOWN_AGENT`. P4.',
    permission: 'draft',
    limitBytes: LIMIT_BYTES,
    body,
    examples: { request: EXAMPLE },
    answers: { 200: { description: 'What became of each item.', schema: itemOutcomes } },
    async handle(call) {
      const { platform, items } = call.body;
      const sent = items.map((item) => ({ platform, item: item as unknown as JsonObject }));
      const rows = await rowsOfActuals(call.env, sent);
      const read = items.map(({ user_id: id }, index): ReadItem => {
        const own = rows[index] ?? null;
        return { id, rows: own ?? [], refusal: own === null ? 'UNKNOWN_AGENT' : null };
      });
      return takeFacts(call, read, {
        table: ACTUALS_TABLE.name,
        audit: { action: 'WFM_ACTUALS_TAKEN', subject: 'wfm-actuals' },
        heard: (fresh) => rereadAtOnce(call.env, fresh, call.now),
      });
    },
  });

const sending = z.object({
  rowId: z.string(),
  revisedAt: z.string().nullable(),
  seal: z.int(),
  buckets: z.array(
    z.object({
      bucket_start: z.string(),
      bucket_end: z.string(),
      milliseconds: z.record(z.string(), z.int()),
      counts: z.boolean().meta({ description: 'False where a later revision stands.' }),
    }),
  ),
});

const listActuals = <E extends LedgerEnv & QualityEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/wfm-actuals',
    tag: 'Facts',
    summary: "List an agent's actuals with their revisions",
    description: 'Buckets that begin on some days, by sending. P4, P14.',
    permission: 'read',
    query: factsQuery,
    answers: { 200: { description: 'A page of sendings.', schema: pageOf(sending) } },
    async handle({ env, query }) {
      const asked = await readAsked(env, query);
      if (!asked.ok) return asked;
      const { limit, cursor } = query;
      const found = await readBucketRows(env.DB, asked.value, cursor ?? '', limit + 1);
      const page = pageFrom(found, limit, ({ rowId }) => rowId);
      const items = page.items.map(({ rowId, revisedAt, seal, buckets }) => ({
        rowId,
        revisedAt: revisedAt === 0 ? null : printInstant(revisedAt),
        seal,
        buckets: buckets.map(([first, last, codes, counts]) => ({
          bucket_start: printInstant(first),
          bucket_end: printInstant(last),
          milliseconds: codes,
          counts: counts === 1,
        })),
      }));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

export const actualsRoutes = <E extends PayEnv & QualityEnv>(): readonly Route<E>[] => [
  takeActuals(),
  listActuals(),
];
