/**
 * The seam for identity: who sends a request, and the audit entries of those who were refused.
 * Refuses to trust anything it has not just read: keys are looked up at every request.
 */
import type { Actor, Answer } from '../http/route';
import { absent, type Row } from '../kernel/change-set';
import type { Failure } from '../kernel/failure';
import { keyedHash } from '../kernel/hash';
import { fail, ok, type Result } from '../kernel/result';
import { auditRow } from '../ledger/audit';
import { commit, type LedgerEnv } from '../ledger/client';
import { randomHex } from '../runtime/chance';
import { openSecret, sealSecret } from '../runtime/digest';
import { readToken, type TokenProfile } from '../runtime/jwt';
import { log } from '../runtime/log';
import { ASSERTION_HEADER, type AssertionSettings, emailOf, profileOf } from './assertion';
import {
  type AccessContext,
  adminActor,
  comesFromHere,
  isAdminToken,
  keyActor,
  keySubject,
  memberActor,
  type Refusal,
  readCredential,
} from './identity';
import { parseKey, refusalOf } from './keys/key';
import { memberName } from './keys/member';
import { readKey, readMember } from './store';

export interface AccessEnv extends AssertionSettings {
  /** Bearer token that makes the first key; at least 16 characters. */
  readonly ADMIN_TOKEN?: string;
  /** Seals secrets at rest and keys the hashes of personal names. */
  readonly SECRETS_KEY: string;
}

export interface Asking {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** `ctx.access`, where Cloudflare Access stands in front of the route. */
  readonly access?: AccessContext | undefined;
}

/**
 * Who sends a request. The failure says why nobody does; callers are told one and the same thing
 * whatever the reason. Throws when D1 cannot be read: then nobody is let in.
 */
export async function authenticate(
  env: LedgerEnv & AccessEnv,
  asking: Asking,
  now: number,
): Promise<Result<Actor, Refusal>> {
  const credential = readCredential(asking.headers);
  if (credential.kind === 'unreadable') return refused('UNREADABLE');
  if (credential.kind === 'none') return byAccess(env, asking, now);
  if (isAdminToken(env.ADMIN_TOKEN, credential.token)) {
    return ok(adminActor(env.SANDBOX === 'true'));
  }
  const key = parseKey(credential.token);
  if (key === null) return refused('NO_KEY_FORM');
  const stored = await readKey(env.DB, key.id);
  const reason = refusalOf(stored?.content ?? null, key.secret, now);
  if (reason !== null || stored === null) {
    return refused(reason ?? 'UNKNOWN', stored === null ? null : key.id);
  }
  return ok(keyActor(key.id, stored.content));
}

const refused = (
  reason: Refusal['reason'],
  keyId: string | null = null,
): { readonly ok: false; readonly failure: Refusal } => fail({ reason, keyId });

/** Whom Access has let through: by its token where one is asked for, else by the platform's word. */
async function verifiedEmail(
  env: AccessEnv,
  { headers, access }: Asking,
  now: number,
): Promise<Result<string, Refusal['reason']>> {
  const profile = profileOf(env);
  if (!profile.ok) return fail('ACCESS_SETTINGS');
  if (profile.value === null) {
    const identity = await access?.getIdentity();
    return identity?.email ? ok(identity.email) : fail('NO_CREDENTIAL');
  }
  const token = headers.get(ASSERTION_HEADER);
  if (token === null) return fail('NO_CREDENTIAL');
  const claims = await readToken(token, profile.value as TokenProfile, now);
  const email = claims === null ? null : emailOf(claims);
  return email === null ? fail('ACCESS_TOKEN') : ok(email);
}

async function byAccess(
  env: LedgerEnv & AccessEnv,
  asking: Asking,
  now: number,
): Promise<Result<Actor, Refusal>> {
  const verified = await verifiedEmail(env, asking, now);
  if (!verified.ok) return refused(verified.failure);
  const email = verified.value;
  if (!comesFromHere(asking.method, asking.url, asking.headers)) return refused('FOREIGN_ORIGIN');
  const name = memberName(env.SECRETS_KEY, email);
  const member = await readMember(env.DB, name);
  return ok(memberActor(name, email, member?.content ?? null));
}

/** Audit actions of this room. */
export const ACCESS_ACTIONS = [
  'ACCESS_REFUSED',
  'AUTHENTICATION_FAILED',
  'KEY_IN_ADDRESS',
  'KEY_CREATED',
  'KEY_REVOKED',
  'MEMBER_WRITTEN',
  'ORGANISATION_WRITTEN',
] as const;

export interface RefusedRequest {
  readonly action: (typeof ACCESS_ACTIONS)[number];
  readonly keyId: string;
  readonly person: string;
  readonly reason: string;
  readonly method: string;
  /** The route's template, never the address itself. */
  readonly path: string;
  readonly requestId: string;
}

const MINUTE_MS = 60_000;

/**
 * Records a refusal. A refused caller with a key in force is recorded every time; one that only
 * names a key, once a minute per key and reason, since anyone who has seen an id can do that: every
 * such refusal of one minute is the same entry. The guard makes the journal look before it writes.
 */
export async function recordRefusal(
  env: LedgerEnv & AccessEnv,
  refusal: RefusedRequest,
  now: number,
): Promise<void> {
  const { action, keyId, requestId } = refusal;
  const everyTime = action === 'ACCESS_REFUSED';
  const row = everyTime ? refusalRow(refusal, now) : minuteRow(env, refusal, now);
  const answer = await commit(
    env,
    { rows: [row], ...(!everyTime && { guards: [absent(row.table, row.id)] }) },
    now,
  );
  if (answer.verdict === 'committed' || answer.verdict === 'refused') return;
  log('warn', 'audit.refusal-not-written', { action, keyId, verdict: answer.verdict, requestId });
}

function refusalRow(refusal: RefusedRequest, now: number): Row {
  const { action, keyId, person, reason, method, path, requestId } = refusal;
  return auditRow({
    action,
    subject: keySubject(keyId),
    at: now,
    actor: person,
    detail: { reason, method, path, requestId },
    cause: requestId,
    salt: randomHex(16),
  });
}

function minuteRow({ SECRETS_KEY }: AccessEnv, refusal: RefusedRequest, now: number): Row {
  const { action, keyId, person, reason } = refusal;
  const at = now - (now % MINUTE_MS);
  const cause = `${reason} ${at}`;
  return auditRow({
    action,
    subject: keySubject(keyId),
    at,
    actor: person,
    detail: { reason },
    cause,
    salt: keyedHash(SECRETS_KEY, `refusal:${keyId}:${cause}`).slice(0, 32),
  });
}

/** Records a key that came in an address, under its id where it is one of ours: it must be revoked. */
export async function recordKeyInAddress(
  env: LedgerEnv & AccessEnv,
  url: URL,
  about: Pick<RefusedRequest, 'method' | 'path' | 'requestId'>,
  now: number,
): Promise<void> {
  const [given] = [...url.searchParams.values()].flatMap((value) => parseKey(value) ?? []);
  const stored = given === undefined ? null : await readKey(env.DB, given.id);
  const keyId = stored?.name ?? 'unknown';
  const what = { action: 'KEY_IN_ADDRESS', reason: 'KEY_IN_ADDRESS', person: 'unknown' } as const;
  await recordRefusal(env, { ...about, ...what, keyId }, now);
}

const SEALED = 'Sealed-Answer';

/**
 * An answer that shows a secret, as it is kept for a replay: its body sealed under SECRETS_KEY, so
 * that D1 never holds the secret.
 */
export async function sealAnswer(secretsKey: string, answer: Answer): Promise<Answer> {
  const body = await sealSecret(secretsKey, SEALED, JSON.stringify(answer.body ?? null));
  return { ...answer, body, headers: { ...answer.headers, [SEALED]: 'true' } };
}

const SEALED_ELSEWHERE: Failure = {
  kind: 'conflict',
  detail: 'it was done; its answer is sealed under another SECRETS_KEY and cannot be shown again',
};

/** The answer that was sealed; any other answer as it is. Refused under another SECRETS_KEY. */
export async function openAnswer(secretsKey: string, answer: Answer): Promise<Result<Answer>> {
  if (answer.headers?.[SEALED] === undefined) return ok(answer);
  const { [SEALED]: _, ...headers } = answer.headers;
  const text = await openSecret(secretsKey, SEALED, String(answer.body));
  if (text === null) return fail(SEALED_ELSEWHERE);
  return ok({ ...answer, body: JSON.parse(text), headers });
}
