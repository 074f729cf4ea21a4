/**
 * `POST /v1/interaction-counts`: how many interactions agents had, by day, month or quarter, for who
 * does not send each as `metric.recorded`. Every item is answered on its own; a higher revision
 * replaces a lower one. Refuses periods that do not exist, with a pointer.
 */
import * as z from 'zod';
import { agentIdText } from '../../agents/agent';
import { resolveAgentKeys } from '../../agents/store';
import { pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { daysOfLabel } from '../../kernel/period';
import { ok } from '../../kernel/result';
import type { LedgerEnv } from '../../ledger/client';
import { factsQuery } from '../../quality/evidence/asked';
import { readAsked } from '../../quality/evidence/store';
import type { QualityEnv } from '../../quality/store';
import { takeFacts } from '../../quality/taking/client';
import { itemOutcomes, pageHead, type ReadItem } from '../../quality/taking/taking';
import type { PayEnv } from '../runs/client';
import { rereadAtOnce } from '../runs/sweep/client';
import { countRow } from './count';
import { COUNTS_TABLE, readCountRows } from './store';

const MAX_ITEMS = 500;

const period = z
  .string()
  .refine(
    (label) => daysOfLabel(label) !== null,
    'a day, month or quarter: 2024-09-02, 2024-09, 2024-Q3',
  );

const item = z.strictObject({
  agentId: agentIdText.meta({ description: "The agent's id, or the one on the platform." }),
  period: period.meta({ description: 'In the zone of the organisation.' }),
  count: z.int().min(0).max(1_000_000_000),
  revision: z.int().min(0).max(1_000_000_000).default(0),
});

const { platform } = pageHead;
const body = z.strictObject({ items: z.array(item).min(1).max(MAX_ITEMS), platform });

const takeCounts = <E extends PayEnv & QualityEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/interaction-counts',
    tag: 'Facts',
    summary: 'Take counts of interactions',
    description:
      'A higher `revision` replaces a lower one of the same period; of equal ones the one recorded ' +
      'last counts. A longer span goes before the shorter ones inside it. Refused item by item: ' +
      '`UNKNOWN_AGENT`. P7.',
    permission: 'draft',
    body,
    examples: {
      request: { items: [{ agentId: 'agent-uuid-456', period: '2023-10', count: 145 }] },
    },
    answers: { 200: { description: 'What became of each item.', schema: itemOutcomes } },
    async handle(call) {
      const { items, platform: name } = call.body;
      const keys = await resolveAgentKeys(
        call.env,
        items.map(({ agentId }) => ({ platform: name, id: agentId })),
      );
      const read = items.map(({ agentId: id, period: label, count, revision }, index): ReadItem => {
        const agentKey = keys[index] ?? null;
        const days = daysOfLabel(label);
        if (agentKey === null || days === null) return { id, rows: [], refusal: 'UNKNOWN_AGENT' };
        return { id, rows: [countRow({ agentKey, ...days, revision, count })], refusal: null };
      });
      return takeFacts(call, read, {
        table: COUNTS_TABLE.name,
        audit: { action: 'INTERACTION_COUNTS_TAKEN', subject: 'interaction-counts' },
        heard: (fresh) => rereadAtOnce(call.env, fresh, call.now),
      });
    },
  });

const shown = z.object({
  rowId: z.string(),
  firstDay: z.string(),
  lastDay: z.string(),
  revision: z.int(),
  count: z.int(),
  seal: z.int(),
});

const listCounts = <E extends LedgerEnv & QualityEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/interaction-counts',
    tag: 'Facts',
    summary: "List an agent's counts of interactions with their revisions",
    permission: 'read',
    query: factsQuery,
    answers: { 200: { description: 'A page of counts.', schema: pageOf(shown) } },
    async handle({ env, query }) {
      const asked = await readAsked(env, query);
      if (!asked.ok) return asked;
      const { limit, cursor, from, until } = query;
      const days = { firstDay: from, lastDay: until };
      const { agentKey } = asked.value;
      const found = await readCountRows(env.DB, agentKey, days, cursor ?? '', limit + 1);
      return ok({ status: 200, body: pageFrom(found, limit, ({ rowId }) => rowId) });
    },
  });

export const countRoutes = <E extends PayEnv & QualityEnv>(): readonly Route<E>[] => [
  takeCounts(),
  listCounts(),
];
