/**
 * How others reach the journal. `commit` sends a change set and hears one of its answers; `submit`
 * is the one way in which an admin request writes: rows, audit entry and the Idempotency-Key's
 * stored answer in one set. Refuses sets the validator refuses before they leave the caller.
 */
import { callObject, type Objects } from '../durable/client';
import type { SandboxEnv } from '../durable/sandbox';
import { fingerprintOf, keyRowId, readIdempotencyKey } from '../http/idempotency';
import type { Answer, Call } from '../http/route';
import {
  absent,
  type ChangeSet,
  type CommitAnswer,
  checkChangeSet,
  type Guard,
  type Row,
} from '../kernel/change-set';
import { hashFields } from '../kernel/hash';
import { fail, ok, type Result } from '../kernel/result';
import { randomHex } from '../runtime/chance';
import { log, messageOf } from '../runtime/log';
import { auditRow } from './audit';
import type { Erasure } from './erase';
import type { JournalHealth } from './health/health';
import type { JournalObject } from './object';
import { readStoredAnswer } from './store';

export interface LedgerEnv extends SandboxEnv {
  readonly DB: D1Database;
  readonly JOURNAL: Objects<
    Pick<
      JournalObject,
      'commit' | 'commitAll' | 'health' | 'acceptRollback' | 'erase' | 'clearBodies'
    >
  >;
}

/** The ledger shard; there is one. */
const SHARD = 'ledger';

/** Sends a set to the journal. A lost answer is `retry`: the same bytes may be sent again. */
export async function commit(env: LedgerEnv, set: ChangeSet, now: number): Promise<CommitAnswer> {
  const wrong = checkChangeSet(set);
  if (wrong !== null) return { verdict: 'rejected', reason: wrong };
  try {
    return await callObject(
      () => env.JOURNAL.getByName(SHARD),
      (journal) => journal.commit(set, now),
    );
  } catch (thrown) {
    log('warn', 'journal.unreachable', { message: messageOf(thrown) });
    return { verdict: 'retry' };
  }
}

/** Sends several sets at once, each on its own; they share groups as they fall. Answers in order. */
export async function commitAll(
  env: LedgerEnv,
  sets: readonly ChangeSet[],
  now: number,
): Promise<CommitAnswer[]> {
  const wrong = sets.map(checkChangeSet);
  const sent = sets.filter((_, index) => wrong[index] === null);
  const answers = await callObject(
    () => env.JOURNAL.getByName(SHARD),
    (journal) => journal.commitAll(sent, now),
  ).catch((thrown: unknown) => {
    log('warn', 'journal.unreachable', { message: messageOf(thrown) });
    return [];
  });
  let next = 0;
  return wrong.map((reason) => {
    if (reason !== null) return { verdict: 'rejected', reason };
    next += 1;
    return answers[next - 1] ?? { verdict: 'retry' };
  });
}

/** Sends the set that says why a rolled-back D1 is taken as it stands; goes on from there. */
export async function acceptRollback(
  env: LedgerEnv,
  set: ChangeSet,
  now: number,
): Promise<CommitAnswer> {
  try {
    return await env.JOURNAL.getByName(SHARD).acceptRollback(set, now);
  } catch (thrown) {
    log('warn', 'journal.unreachable', { message: messageOf(thrown) });
    return { verdict: 'retry' };
  }
}

/** Has the journal empty side columns and bodies; `retry` when nothing is known to be emptied. */
export async function erase(env: LedgerEnv, erasure: Erasure, now: number): Promise<CommitAnswer> {
  try {
    return await callObject(
      () => env.JOURNAL.getByName(SHARD),
      (journal) => journal.erase(erasure, now),
    );
  } catch (thrown) {
    log('warn', 'journal.unreachable', { message: messageOf(thrown) });
    return { verdict: 'retry' };
  }
}

/** Has the journal let go the raw bodies whose time is over at `now`; throws when it is not there. */
export const clearBodies = (
  env: LedgerEnv,
  now: number,
): Promise<{ readonly done: readonly string[]; readonly left: readonly string[] }> =>
  callObject(
    () => env.JOURNAL.getByName(SHARD),
    (journal) => journal.clearBodies(now),
  );

/** How the journal is: what waits, what was rejected, whether D1 is away or was rolled back. */
export const journalHealth = (env: LedgerEnv, now: number): Promise<JournalHealth> =>
  callObject(
    () => env.JOURNAL.getByName(SHARD),
    (journal) => journal.health(now),
  );

export interface WritePlan {
  readonly rows: readonly Row[];
  readonly guards?: readonly Guard[];
  /** What the audit log says; the actor, the time and the request id are filled in. */
  readonly audit: {
    readonly action: string;
    readonly subject: string;
    readonly detail: Readonly<Record<string, unknown>>;
  };
  readonly answer: Answer;
  /** What is kept for a replay where the answer itself may not lie open, e.g. sealed. */
  readonly kept?: Answer;
  /**
   * True where something is done after the books have it, and may be done again: an answer that is
   * kept would be told to who comes again because it was not done.
   */
  readonly isDoneAfter?: boolean;
}

/** Attempts of an admin write before its caller is asked to come again. */
const SUBMIT_ATTEMPTS = 3;

/**
 * Writes what a request decided and answers it. Conflict: somebody else wrote the same version
 * first (409), or the same Idempotency-Key (its stored answer). Busy: 503 with Retry-After.
 * `send` is another way to the journal, for the one write that may pass a rollback.
 */
export async function submit<E extends LedgerEnv>(
  call: Omit<Call<E>, 'params'>,
  plan: WritePlan,
  send: typeof commit = commit,
): Promise<Result<Answer>> {
  const key = readIdempotencyKey(call.headers);
  if (!key.ok) return key;
  const keyed = plan.isDoneAfter ? [] : keyRows(call, plan, key.value);
  const set: ChangeSet = {
    rows: [...plan.rows, auditOf(call, plan), ...keyed],
    guards: [...(plan.guards ?? []), ...keyed.map(isFirst)],
  };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(call.env, attempt === 1 ? set : { ...set, resent: true }, call.now);
    if (answer.verdict !== 'retry' || attempt === SUBMIT_ATTEMPTS) return told(call, plan, answer);
  }
}

function auditOf(call: Omit<Call<LedgerEnv>, 'params'>, plan: WritePlan): Row {
  return auditRow({
    ...plan.audit,
    at: call.now,
    actor: call.actor.person,
    cause: call.requestId,
    salt: randomHex(16),
  });
}

/**
 * The key's row stands under a guard: whoever comes second has its whole set refused. An equal row
 * alone would be taken for the same set sent again; its salt is by chance, so none is equal.
 */
const isFirst = ({ table, id }: Row): Guard => absent(table, id);

function keyRows(
  call: Omit<Call<LedgerEnv>, 'params'>,
  plan: WritePlan,
  key: string | null,
): readonly Row[] {
  if (key === null || call.method !== 'POST') return [];
  const kept = plan.kept ?? plan.answer;
  const salt = randomHex(16);
  const headers = JSON.stringify(kept.headers ?? {});
  const body = JSON.stringify(kept.body ?? null);
  return [
    {
      table: 'idempotency',
      id: keyRowId(call, key),
      values: {
        fingerprint: fingerprintOf(call),
        at: call.now,
        status: kept.status,
        answer_hash: hashFields(salt, headers, body),
      },
      side: { headers, body, salt },
    },
  ];
}

async function told(
  call: Omit<Call<LedgerEnv>, 'params'>,
  plan: WritePlan,
  answer: CommitAnswer,
): Promise<Result<Answer>> {
  switch (answer.verdict) {
    case 'committed':
      return ok(plan.answer);
    case 'conflict':
      return lostRace(call, 'another request wrote this first; read it and try again');
    case 'refused':
      return lostRace(call, refusalOf(answer.guard));
    case 'rejected':
      return fail({
        kind: 'invalid',
        detail: `the books cannot hold this: ${answer.reason}`,
        errors: [],
      });
    case 'busy':
    case 'retry':
      return fail({
        kind: 'unavailable',
        detail: 'the journal cannot write now; send the same request again',
        retryAfterSeconds:
          answer.verdict === 'busy' ? Math.max(1, Math.ceil(answer.retryAfterMs / 1000)) : 1,
      });
  }
}

/** Whoever won the race may have been the same request: then its answer is this one's. */
async function lostRace(
  call: Omit<Call<LedgerEnv>, 'params'>,
  detail: string,
): Promise<Result<Answer>> {
  const stored = await storedAnswer(call);
  if (!stored.ok) return stored;
  return stored.value === null ? fail({ kind: 'conflict', detail }) : ok(stored.value);
}

function refusalOf(guard: Guard): string {
  switch (guard.kind) {
    case 'absent':
      // A version besides the request's own: what it was decided by is no longer the newest.
      return guard.table === 'config'
        ? `${guard.id} was written meanwhile, and this was decided without it; send it again`
        : `${guard.table} ${guard.id} exists already`;
    case 'present':
      return `${guard.table} ${guard.id} does not exist`;
    case 'least':
      return `${guard.account} would hold less than it must`;
  }
}

/**
 * The stored answer of a POST whose Idempotency-Key was used before: null when it was not, 422
 * when it was used for another request. Called after authentication, before any handler.
 */
export async function storedAnswer<E extends LedgerEnv>(
  call: Omit<Call<E>, 'params'>,
): Promise<Result<Answer | null>> {
  const key = readIdempotencyKey(call.headers);
  if (!key.ok) return key;
  if (key.value === null || call.method !== 'POST') return ok(null);
  const stored = await readStoredAnswer(call.env.DB, keyRowId(call, key.value));
  if (stored === null) return ok(null);
  if (stored.fingerprint !== fingerprintOf(call)) return fail({ kind: 'key-reused' });
  return ok({
    ...stored.answer,
    headers: { ...stored.answer.headers, 'Idempotency-Replayed': 'true' },
  });
}
