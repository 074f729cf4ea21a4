/**
 * Transactions as they are read: a page of the newest, and one with what took it back. Refuses ids
 * nobody wrote. Agents are named by their own id.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { encodeCursor, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { fail, invariant, ok } from '../../kernel/result';
import { readReversals, readTransaction } from '../../ledger/entries/store';
import { holderOf } from '../../ledger/entry';
import { readSeals } from '../../ledger/seals/store';
import { walkFields } from '../../ledger/walk/position';
import type { BooksEnv } from '../client';
import { keysOfEntries, showTransaction, transactionShape } from '../shape';
import { readTransactions } from './store';

const MAX_REVERSALS = 100;
const idText = z.string().min(1).max(300);

const oneShape = transactionShape
  .extend({
    reversedBy: z.array(z.string()).meta({ description: 'Transactions that take this one back.' }),
    sealed: z
      .object({ number: z.int(), hash: z.string(), at: z.string() })
      .meta({ description: 'The seal that holds its entries.' }),
  })
  .meta({ id: 'TransactionInFull' });

/** `GET /v1/ledger/transactions` → `{ items, nextCursor }`, newest first; amounts as decimal text. */
export const listTransactions = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/transactions',
    tag: 'Ledger',
    summary: 'List transactions, newest first',
    description: 'A page may be short or empty and still have a `nextCursor`.',
    permission: 'read',
    query: z.strictObject(walkFields),
    answers: { 200: { description: 'A page of transactions.', schema: pageOf(transactionShape) } },
    async handle({ env, query }) {
      const { items, next } = await readTransactions(env.DB, query.cursor ?? null, query.limit);
      const agentIds = await readAgentIds(env.DB, keysOfEntries(items.flat()));
      return ok({
        status: 200,
        body: {
          items: items.map((entries) => showTransaction(entries, agentIds)),
          nextCursor: next === null ? null : encodeCursor(next),
        },
      });
    },
  });

/** `GET /v1/ledger/transactions/{id}` → the transaction, its seal and what took it back; 404. */
export const readOneTransaction = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/transactions/{id}',
    tag: 'Ledger',
    summary: 'Read a transaction',
    permission: 'read',
    params: z.strictObject({ id: idText }),
    answers: { 200: { description: 'The transaction.', schema: oneShape } },
    async handle({ env, params: { id } }) {
      const [first, ...rest] = await readTransaction(env.DB, id);
      if (first === undefined) return fail({ kind: 'not-found', what: 'transaction', id });
      const entries = [first, ...rest] as const;
      // What takes an entry back moves the other way: it is held by the agent, or by where it went.
      const holders = entries.flatMap(({ from, to, ...rest }) => [
        holderOf({ ...rest, from, to }),
        holderOf({ ...rest, from: to, to: from }),
      ]);
      const [reversedBy, agentIds, [seal]] = await Promise.all([
        readReversals(env.DB, holders, id, MAX_REVERSALS),
        readAgentIds(env.DB, keysOfEntries(entries)),
        readSeals(env.DB, [first.seal]),
      ]);
      invariant(seal !== undefined, 'an entry that was read has its seal');
      const sealed = { number: seal.number, hash: seal.hash, at: printInstant(seal.at) };
      const shown = showTransaction(entries, agentIds);
      return ok({ status: 200, body: { ...shown, reversedBy, sealed } });
    },
  });
