/**
 * Sources as the door needs them: read from D1 at most every 30 s per isolate, used stale up to an
 * hour while D1 fails, secrets opened. Also seals what a PUT brings. Refuses to answer from memory
 * what it never read; while a sandbox clock is set nothing is remembered.
 */
import { openSealed, opensUnder, sealFor as sealNamed } from '../../access/secrets/client';
import type { SealedSecret } from '../../access/secrets/secret';
import { DEFAULT_POLICY, RECHECK_MS, StaleCache } from '../../durable/cache';
import type { Call } from '../../http/route';
import type { Failure } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import type { ConfigVersion } from '../../ledger/config';
import { signHmac, verifyHmac } from '../../runtime/digest';
import { verifyToken } from '../../runtime/jwt';
import type { IntakeEnv } from '../client';
import type { LiveKey } from '../signatures/client';
import { keyOf } from '../signatures/secret';
import type { SourceDraft } from './draft';
import type { Bearer, Source } from './source';
import { readSource } from './store';

export interface LiveSource {
  readonly id: string;
  readonly source: Source;
  /** Newest first. */
  readonly keys: readonly LiveKey[];
}

/** What is known of a source, and since when (UTC ms). `live` null: there is no such source. */
export interface Known {
  readonly live: LiveSource | null;
  readonly readAt: number;
}

type Asking = Pick<Call<IntakeEnv>, 'env' | 'now' | 'clockSet'>;

const remembered = new StaleCache<string, Known>();

/** The source as this isolate knows it. Throws when D1 fails and nothing usable is remembered. */
export const knownSource = (call: Asking, id: string): Promise<Known> => lookUp(call, id);

/** The same, read anew unless that was done in the last 5 s: asked before anyone is refused. */
export const recheckedSource = (call: Asking, id: string): Promise<Known> =>
  lookUp(call, id, RECHECK_MS);

/** True while what is known is as young as it would be with D1 at hand. */
export const isFresh = (known: Known, now: number): boolean =>
  now >= known.readAt && now - known.readAt < DEFAULT_POLICY.freshMs;

/** Makes the next request of this isolate read the source. */
export const forgetSource = (id: string): void => remembered.forget(id);

function lookUp(call: Asking, id: string, maxAgeMs?: number): Promise<Known> {
  const load = async (): Promise<Known> => ({
    live: await openSource(call.env, id, await readSource(call.env.DB, id)),
    readAt: call.now,
  });
  return call.clockSet ? load() : remembered.get(id, call.now, load, maxAgeMs);
}

const PURPOSE = 'source';

async function openSource(
  env: IntakeEnv,
  id: string,
  version: ConfigVersion<Source> | null,
): Promise<LiveSource | null> {
  if (version === null || !version.content.enabled) return null;
  const source = version.content;
  const secrets = await openSecrets(env, id, source.secrets);
  const keys = secrets.flatMap((secret, index) => {
    const key = keyOf(source.signature.scheme, secret);
    const fingerprint = source.secrets[index]?.fingerprint ?? '';
    return key.ok ? [{ fingerprint, key: key.value }] : [];
  });
  return { id, source, keys };
}

/** The secrets in the open. Throws under another SECRETS_KEY: no sender is refused for that. */
export const openSecrets = (
  env: IntakeEnv,
  id: string,
  sealed: readonly SealedSecret[],
): Promise<string[]> =>
  Promise.all(sealed.map((secret) => openSealed(env.SECRETS_KEY, PURPOSE, id, secret)));

const SEALED_ELSEWHERE: Failure = {
  kind: 'conflict',
  detail: 'its secrets are sealed under another SECRETS_KEY; write it with new ones',
};

/** The same for an administrator, who is told that they do not open and what to do. */
export async function openedSecrets(
  env: IntakeEnv,
  id: string,
  sealed: readonly SealedSecret[],
): Promise<Result<string[]>> {
  const opens = await Promise.all(
    sealed.map((secret) => opensUnder(env.SECRETS_KEY, PURPOSE, id, secret)),
  );
  return opens.includes(false) ? fail(SEALED_ELSEWHERE) : ok(await openSecrets(env, id, sealed));
}

const TOKEN_ELSEWHERE: Failure = {
  kind: 'conflict',
  detail: 'its token is kept under another SECRETS_KEY; write it with new secrets and the token',
};

/**
 * Refuses to keep a token of another SECRETS_KEY: it would equal no sender's, and every event would
 * be refused while health, which opens secrets alone, sees nothing. A MAC does not tell its key;
 * what was sealed beside it does, for a token and secrets are never written under different ones.
 */
export async function checkKeptBearer(
  env: IntakeEnv,
  id: string,
  { bearer, secrets, subscription }: Source,
): Promise<Result<null>> {
  if (bearer?.kind !== 'token') return ok(null);
  const { clientSecret } = subscription.authentication ?? {};
  const beside = clientSecret === undefined ? secrets : [...secrets, clientSecret];
  const opens = await Promise.all(
    beside.map((secret) => opensUnder(env.SECRETS_KEY, PURPOSE, id, secret)),
  );
  return opens.includes(false) ? fail(TOKEN_ELSEWHERE) : ok(null);
}

/** How many of these sources, of those in use, are sealed under another SECRETS_KEY. */
export async function countForeign(
  env: IntakeEnv,
  sources: readonly ConfigVersion<Source>[],
): Promise<number> {
  const opens = (owner: string, secret: SealedSecret) =>
    opensUnder(env.SECRETS_KEY, PURPOSE, owner, secret);
  // The door opens every secret of a source, so one that stays shut closes it.
  const all = await Promise.all(
    sources
      .filter(({ content: { enabled } }) => enabled)
      .map(({ name, content }) => Promise.all(content.secrets.map((one) => opens(name, one)))),
  );
  return all.filter((secrets) => secrets.includes(false)).length;
}

export const sealFor = (env: IntakeEnv, id: string, secret: string): Promise<SealedSecret> =>
  sealNamed(env.SECRETS_KEY, PURPOSE, id, secret);

/** The content of the next version: what is asked for, sealed, over what is kept of the last. */
export async function sealDraft(
  env: IntakeEnv,
  id: string,
  draft: SourceDraft,
  previous: Source | null,
): Promise<Source> {
  const { clientSecret, authentication, ...subscription } = draft.subscription;
  const secrets =
    draft.secrets === null
      ? (previous?.secrets ?? [])
      : await Promise.all(draft.secrets.map((secret) => sealFor(env, id, secret)));
  const kept = clientSecret === null ? null : await sealFor(env, id, clientSecret);
  return {
    ...draft.settings,
    secrets,
    bearer: await sealBearer(env, id, draft.bearer, previous),
    subscription: {
      ...subscription,
      ...(authentication && {
        authentication: { ...authentication, ...(kept && { clientSecret: kept }) },
      }),
    },
  };
}

async function sealBearer(
  env: IntakeEnv,
  id: string,
  asked: SourceDraft['bearer'],
  previous: Source | null,
): Promise<Bearer | null> {
  if (asked === 'keep') return previous?.bearer ?? null;
  if (asked === 'none') return null;
  if ('kind' in asked) return asked;
  const { key, parts } = tokenMac(env, id, asked.token);
  const mac = await signHmac(key, parts);
  return { kind: 'token', mac: Buffer.from(mac).toString('hex') };
}

const tokenMac = (
  env: IntakeEnv,
  id: string,
  token: string,
): { readonly key: Uint8Array; readonly parts: readonly Uint8Array[] } => {
  const encoder = new TextEncoder();
  return {
    key: encoder.encode(env.SECRETS_KEY),
    parts: [encoder.encode(`bearer:${id}:`), encoder.encode(token)],
  };
};

const BEARER = /^Bearer ([\x21-\x7e]{1,8192})$/i;

/**
 * True when the request carries what the source demands besides the signature; true also where it
 * demands nothing. Throws when a remote key set cannot be fetched.
 */
export async function hasBearer(
  call: Asking,
  live: LiveSource,
  headers: Headers,
): Promise<boolean> {
  const { bearer } = live.source;
  if (bearer === null) return true;
  const token = BEARER.exec(headers.get('authorization') ?? '')?.[1];
  if (token === undefined) return false;
  if (bearer.kind === 'jwks') return verifyToken(token, bearer, call.now);
  const { key, parts } = tokenMac(call.env, live.id, token);
  return verifyHmac(key, parts, new Uint8Array(Buffer.from(bearer.mac, 'hex')));
}
