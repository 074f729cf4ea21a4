/**
 * The whole of the books, page by page, for a check that needs neither this Worker nor its code.
 * A cursor names the seal at which the export began to end: what is sealed meanwhile is not in it.
 */
import * as z from 'zod';
import { encodeCursor, pageFields, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { fail, ok } from '../../kernel/result';
import type { JournalTable } from '../../ledger/journal';
import { readHead } from '../../ledger/seals/store';
import type { BooksEnv } from '../client';
import { rowShape, sealShape } from './shape';
import { readLines } from './store';

const lineShape = z.discriminatedUnion('kind', [sealShape, rowShape]).meta({ id: 'ExportLine' });

const POSITION = /^([1-9][0-9]{0,14})\.([1-9][0-9]{0,14})$/;

/** `GET /v1/ledger/export` → `{ items, nextCursor }`, the first seal first. */
export const exportLedger = <E extends BooksEnv>(tables: readonly JournalTable[]): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/export',
    tag: 'Ledger',
    summary: 'Export the books: every seal and the chained columns of every row',
    description:
      'Seals in order, each followed by its rows. `npm run cli -- export` writes them to a file that ' +
      'can be checked without this service; the README says how. Names, bodies and reasons are not in it.',
    permission: 'read',
    query: z.strictObject({ cursor: pageFields.cursor }),
    answers: { 200: { description: 'Some seals with their rows.', schema: pageOf(lineShape) } },
    async handle({ env, query: { cursor } }) {
      const [, from, to] = cursor === undefined ? [] : (POSITION.exec(cursor) ?? []);
      if (cursor !== undefined && to === undefined) {
        return fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'));
      }
      const last = to === undefined ? (await readHead(env.DB)).number : Number(to);
      const { lines, next } = await readLines(env.DB, tables, Number(from ?? 1), last);
      const nextCursor = next === null ? null : encodeCursor(`${next}.${last}`);
      return ok({ status: 200, body: { items: lines, nextCursor } });
    },
  });
