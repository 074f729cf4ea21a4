/**
 * Secrets of sources and destinations: how text becomes a key, by what a secret is named and in
 * which form it is kept. Refuses what would protect nothing or next to nothing: empty, short, or
 * not base64 where base64 is wanted.
 */
import { hashFields } from '../../kernel/hash.ts';
import { fail, ok, type Result } from '../../kernel/result.ts';

const MIN_SECRET_BYTES = 16;
const MAX_SECRET_BYTES = 512;
const WHSEC = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** A secret at rest. */
export interface SealedSecret {
  readonly fingerprint: string;
  /** AES-GCM under SECRETS_KEY. */
  readonly sealed: string;
}

/** The key of a secret that is used as it is written. */
export const textKey = (secret: string): Result<Uint8Array, string> =>
  bounded(new TextEncoder().encode(secret));

/** The key of a secret of Standard Webhooks: base64, with or without `whsec_` before it. */
export function whsecKey(secret: string): Result<Uint8Array, string> {
  const text = secret.startsWith(WHSEC) ? secret.slice(WHSEC.length) : secret;
  const bytes = Buffer.from(text, 'base64');
  if (!BASE64.test(text) || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    return fail('the secret of this scheme is base64, with or without whsec_ before it');
  return bounded(new Uint8Array(bytes));
}

function bounded(key: Uint8Array): Result<Uint8Array, string> {
  if (key.length < MIN_SECRET_BYTES) return fail(`a secret has at least ${MIN_SECRET_BYTES} bytes`);
  if (key.length > MAX_SECRET_BYTES) return fail(`a secret has at most ${MAX_SECRET_BYTES} bytes`);
  return ok(key);
}

/** Eight hex characters that name a secret of one owner and say nothing about it elsewhere. */
export const fingerprintOf = (owner: string, secret: string): string =>
  hashFields('secret-fingerprint', owner, secret).slice(0, 8);
