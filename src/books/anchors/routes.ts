/** Anchors as they are read, so that they can be kept elsewhere. Writes nothing: cron takes them. */
import * as z from 'zod';
import { pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { parseDay, printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import type { BooksEnv } from '../client';
import { readAnchors } from './store';

const anchorShape = z
  .object({
    day: z.string().meta({ description: 'UTC day on which it was taken.' }),
    number: z.int().meta({ description: 'The last seal it covers.' }),
    hash: z.string().meta({ description: 'Hash of that seal.' }),
    at: z.string().meta({ description: 'When that seal was made.' }),
    root: z.string().meta({
      description: 'RFC 6962 Merkle root over the hashes of all seals from the first to that one.',
    }),
    anchor: z.string().meta({ description: '`number:hash`, as verification takes it.' }),
    takenAt: z.string(),
  })
  .meta({ id: 'Anchor' });

/** `GET /v1/ledger/anchors` → `{ items, nextCursor }`, newest first. */
export const listAnchors = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/anchors',
    tag: 'Ledger',
    summary: 'List the daily anchors of the chain, newest first',
    description:
      'Keep them where nobody who writes the books can reach them. `GET /v1/ledger/verify?anchor=` ' +
      'and `npm run cli -- verify` hold the books against one.',
    permission: 'read',
    query: z.strictObject(pageFields),
    answers: { 200: { description: 'A page of anchors.', schema: pageOf(anchorShape) } },
    async handle({ env, query: { cursor, limit } }) {
      if (cursor !== undefined && parseDay(cursor) === null) {
        return fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'));
      }
      const page = pageFrom(
        await readAnchors(env.DB, cursor ?? null, limit + 1),
        limit,
        ({ day }) => day,
      );
      const items = page.items.map(({ day, takenAt, anchor: { number, hash, at, root } }) => ({
        day,
        number,
        hash,
        at: printInstant(at),
        root,
        anchor: `${number}:${hash}`,
        takenAt: printInstant(takenAt),
      }));
      return ok({ status: 200, body: { ...page, items } });
    },
  });
