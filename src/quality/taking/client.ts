/**
 * Writes the facts of a request: all parts but the last as they are, the last with the audit entry
 * and the stored answer. Where the journal cannot write now the request is sent again whole; what
 * was written before is a duplicate then.
 */
import type { Answer, Call } from '../../http/route';
import type { CommitAnswer, Row } from '../../kernel/change-set';
import { fail, ok, type Result } from '../../kernel/result';
import { commit, type LedgerEnv, submit } from '../../ledger/client';
import { readKnownIds } from './store';
import { partsOf, type ReadItem, takeItems } from './taking';

const ATTEMPTS = 3;

/** Writes a change set of facts; a lost answer is asked for again with the same bytes. */
async function commitFacts(
  env: LedgerEnv,
  rows: readonly Row[],
  now: number,
): Promise<CommitAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await commit(env, { rows, ...(attempt > 1 && { resent: true }) }, now);
    if (answer.verdict !== 'retry' || attempt === ATTEMPTS) return answer;
  }
}

export interface Taking {
  /** The table of the facts, a constant of ours. */
  readonly table: string;
  readonly audit: { readonly action: string; readonly subject: string };
  /** Rows that go with those that are new. */
  more?(fresh: readonly Row[]): Promise<readonly Row[]>;
  /** Looks, after the answer, at what the new rows change; has a net of its own and never throws. */
  heard?(fresh: readonly Row[]): Promise<void>;
}

/** Answers each item and writes what D1 does not hold yet. */
export async function takeFacts<E extends LedgerEnv>(
  call: Omit<Call<E>, 'params'>,
  items: readonly ReadItem[],
  { table, audit, more, heard }: Taking,
): Promise<Result<Answer>> {
  const ids = items.flatMap(({ rows }) => rows.map(({ id }) => id));
  const { results, fresh } = takeItems(items, await readKnownIds(call.env.DB, table, ids));
  const answer: Answer = { status: 200, body: { results } };
  if (fresh.length === 0) return ok(answer);
  const beside = (await more?.(fresh)) ?? [];
  const parts = partsOf([...fresh, ...beside]);
  const last = parts.pop() ?? [];
  for (const rows of parts) {
    const said = await commitFacts(call.env, rows, call.now);
    if (said.verdict === 'committed') continue;
    if (said.verdict === 'rejected')
      return fail({
        kind: 'invalid',
        detail: `the books cannot hold this: ${said.reason}`,
        errors: [],
      });
    return fail({
      kind: 'unavailable',
      detail: 'the journal cannot write now; send the same request again, that is safe',
      retryAfterSeconds: said.verdict === 'busy' ? Math.max(1, said.retryAfterMs / 1000) : 1,
    });
  }
  const detail = { rows: fresh.length, of: results.length };
  const written = await submit(call, { rows: last, audit: { ...audit, detail }, answer });
  if (written.ok && heard !== undefined) call.later(heard(fresh));
  return written;
}
