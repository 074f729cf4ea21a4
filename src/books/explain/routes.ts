/**
 * `GET /v1/ledger/transactions/{id}/explain`: from a posting to its transaction, to the rule version
 * with each condition's expected and actual, to the events with signature verdict, repetitions and
 * order of arrival, to what reversed it (L4). Refuses ids nobody wrote.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { fail, invariant, ok } from '../../kernel/result';
import { readReversals, readTransaction } from '../../ledger/entries/store';
import { holderOf, reversed } from '../../ledger/entry';
import type { Explainer } from '../../ledger/explain';
import { readSeals } from '../../ledger/seals/store';
import type { BooksEnv } from '../client';
import { keysOfEntries, showTransaction, transactionShape } from '../shape';

const MAX_REVERSALS = 100;

const shown = z
  .object({
    transaction: transactionShape,
    sealed: z.object({ number: z.int(), hash: z.string(), at: z.string() }),
    reverses: z.string().nullable(),
    reversedBy: z.array(z.string()),
    cause: z.object({
      kind: z.string().meta({ examples: ['coaching-session'] }),
      id: z.string(),
      because: z.record(z.string(), z.unknown()).nullable(),
    }),
  })
  .meta({ id: 'Explanation' });

export const explainTransaction = <E extends BooksEnv>(
  explainers: readonly Explainer<E>[],
): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/transactions/{id}/explain',
    tag: 'Ledger',
    summary: 'Explain a transaction down to the signed events',
    permission: 'read',
    params: z.strictObject({ id: z.string().min(1).max(300) }),
    answers: { 200: { description: 'Everything that led to it.', schema: shown } },
    async handle({ env, params: { id } }) {
      const [first, ...rest] = await readTransaction(env.DB, id);
      if (first === undefined) return fail({ kind: 'not-found', what: 'transaction', id });
      const entries = [first, ...rest] as const;
      const holders = entries.flatMap((entry) => [holderOf(entry), holderOf(reversed(entry))]);
      const explainer = explainers.find((one) => one.matches(first.cause));
      const [reversedBy, agentIds, [seal], because] = await Promise.all([
        readReversals(env.DB, holders, id, MAX_REVERSALS),
        readAgentIds(env.DB, keysOfEntries(entries)),
        readSeals(env.DB, [first.seal]),
        explainer?.explain(env, first.cause, entries) ?? null,
      ]);
      invariant(seal !== undefined, 'an entry that was read has its seal');
      const body = {
        transaction: showTransaction(entries, agentIds),
        sealed: { number: seal.number, hash: seal.hash, at: printInstant(seal.at) },
        reverses: first.reverses,
        reversedBy,
        cause: { kind: explainer?.kind ?? 'unknown', id: first.cause, because },
      };
      return ok({ status: 200, body });
    },
  });
