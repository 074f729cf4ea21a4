/**
 * The seals as they are read and verified, and the way on after a restore of D1. Refuses to accept
 * a rollback where there was none. Whoever verifies hears the first thing that is wrong by name.
 */
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { encodeCursor, pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Answer, type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { acceptRollback, journalHealth, submit } from '../../ledger/client';
import type { JournalTable } from '../../ledger/journal';
import type { SealFault } from '../../ledger/seals/seal';
import { readHead, readSealLines } from '../../ledger/seals/store';
import type { BooksEnv } from '../client';
import { parseAnchor } from '../export/check';
import { readPosition, writePosition } from '../verification';
import { BEGINNING, readStanding, verifyAnchor, verifyBooks } from './store';

const sealShape = z
  .object({
    number: z.int(),
    previous: z.string(),
    hash: z.string(),
    at: z.string(),
    size: z.int().meta({ description: 'Rows it holds.' }),
  })
  .meta({ id: 'Seal' });

/** `GET /v1/ledger/seals` → `{ items, nextCursor }`, newest first. */
export const listSeals = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/seals',
    tag: 'Ledger',
    summary: 'List seals, newest first',
    permission: 'read',
    query: z.strictObject(pageFields),
    answers: { 200: { description: 'A page of seals.', schema: pageOf(sealShape) } },
    async handle({ env, query: { cursor, limit } }) {
      const before = cursor === undefined ? null : Number(cursor);
      if (before !== null && !Number.isSafeInteger(before)) return notACursor;
      const lines = await readSealLines(env.DB, before, limit + 1);
      const page = pageFrom(lines, limit, ({ number }) => String(number));
      const items = page.items.map((seal) => ({ ...seal, at: printInstant(seal.at) }));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

const notACursor = fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'));

const sealNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/, 'the number of a seal')
  .transform(Number)
  .optional()
  .meta({ type: 'integer', minimum: 1 });

/** A seal as it was kept elsewhere; the books must still hold it. */
const outsideAnchor = z
  .string()
  .transform((text, context) => {
    const anchor = parseAnchor(text);
    if (anchor !== null) return anchor;
    context.addIssue({ code: 'custom', message: 'the number of a seal, a colon and its hash' });
    return z.NEVER;
  })
  .optional()
  .meta({ type: 'string', description: '`number:hash` of an anchor that was kept elsewhere.' });

const faultShape = z.object({
  kind: z.enum(['altered', 'missing', 'forged', 'broken-chain']),
  seal: z.int(),
  table: z.string().optional(),
  id: z.string().optional(),
  detail: z.string().optional(),
});

const verdictShape = z
  .object({
    verdict: z.enum(['INTACT', 'BROKEN', 'UNFINISHED']).meta({
      description: 'UNFINISHED: nothing wrong so far, go on with `nextCursor`.',
    }),
    fault: faultShape.nullable().meta({ description: 'The first thing that is wrong.' }),
    head: z.object({ number: z.int(), hash: z.string() }).meta({ description: 'The last seal.' }),
    upTo: z.int().meta({ description: 'Last seal that was checked.' }),
    rows: z.int().meta({ description: 'Rows compared by this request.' }),
    counts: z
      .array(z.object({ table: z.string(), listed: z.int(), present: z.int() }))
      .nullable()
      .meta({ description: 'Rows per table against the seals, when all seals were checked.' }),
    anchor: z.string().nullable().meta({
      description: '`number:hash` the books were held against; null where none was given.',
    }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Verification' });

/**
 * `GET /v1/ledger/verify` → whether every sealed row is there, is itself, and none is beside them;
 * raw bodies that are still there as well.
 */
export const verifyLedger = <E extends BooksEnv>(tables: readonly JournalTable[]): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/verify',
    tag: 'Ledger',
    summary: 'Verify the chain of seals',
    description:
      'Walks the seals from the first, some ten thousand rows a request; go on with `nextCursor` ' +
      'until it is null. Raw bodies that are still there are held against their events; a fault ' +
      'in one names the table it lies in and the event. ' +
      '`from` and `to` check a range on its own and count no rows. `anchor` is ' +
      'looked at first: a tail that was cut off and a chain that was written anew show by it alone.',
    permission: 'read',
    query: z.strictObject({
      from: sealNumber,
      to: sealNumber,
      anchor: outsideAnchor,
      cursor: pageFields.cursor,
    }),
    answers: { 200: { description: 'The finding so far.', schema: verdictShape } },
    async handle({ env, query: { from, to, anchor, cursor } }) {
      const resumed = cursor === undefined ? BEGINNING : readPosition(cursor);
      if (resumed === null) return notACursor;
      const standing =
        cursor === undefined && from !== undefined ? await readStanding(env.DB, from) : undefined;
      if (standing === null) {
        return fail(invalidField('query:/from', 'custom', 'there is no seal before this one'));
      }
      const start = standing === undefined ? resumed : ({ stage: 'seals', standing } as const);
      const head = await readHead(env.DB);
      const last = to ?? (from === undefined ? null : head.number);
      const lost = anchor === undefined ? null : await verifyAnchor(env.DB, anchor, head);
      const { fault, rows, upTo, next, counts } =
        lost ?? (await verifyBooks(env.DB, tables, start, last));
      return ok({
        status: 200,
        body: {
          verdict: fault !== null ? 'BROKEN' : next === null ? 'INTACT' : 'UNFINISHED',
          fault,
          head: { number: head.number, hash: head.hash },
          upTo,
          rows,
          counts,
          anchor: anchor === undefined ? null : `${anchor.number}:${anchor.hash}`,
          nextCursor: fault === null && next !== null ? encodeCursor(writePosition(next)) : null,
        } satisfies { fault: SealFault | null } & Record<string, unknown>,
      });
    },
  });

const acceptedShape = z
  .object({
    accepted: z.object({ expected: z.int(), found: z.int() }),
  })
  .meta({ id: 'AcceptedRollback' });

/**
 * `POST /v1/ledger/accept-rollback` → the gap that was accepted; the journal writes again. 409 when
 * D1 was not rolled back.
 */
export const acceptRolledBack = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/ledger/accept-rollback',
    tag: 'Ledger',
    summary: 'Go on after D1 was restored to an earlier point',
    description:
      'The journal refuses to write on a D1 that stands behind what it acknowledged. What was ' +
      'sealed after the point of the restore is gone; objects and destinations send again.',
    permission: 'admin',
    body: z.strictObject({
      reason: plainText(500).meta({ examples: ['restored to Tuesday 10:00 after a bad import'] }),
    }),
    answers: { 200: { description: 'The gap that was accepted.', schema: acceptedShape } },
    async handle(call): Promise<Result<Answer>> {
      const { rolledBack } = await journalHealth(call.env, call.now);
      if (rolledBack === null) {
        return fail({ kind: 'conflict', detail: 'D1 does not stand behind the journal' });
      }
      const body = { accepted: rolledBack };
      const audit = {
        action: 'ROLLBACK_ACCEPTED',
        subject: 'journal',
        detail: { ...rolledBack, reason: call.body.reason },
      };
      return submit(call, { rows: [], audit, answer: { status: 200, body } }, acceptRollback);
    },
  });
