/**
 * Secrets of sources: how text becomes a key, and by what a secret is named. Refuses what would
 * verify nothing or next to nothing: empty, short, or not base64 where the scheme wants base64.
 */
import { hashFields } from '../../kernel/hash.ts';
import { fail, ok, type Result } from '../../kernel/result.ts';
import { SCHEME_TABLE, type SchemeName } from './profile.ts';

export const MIN_SECRET_BYTES = 16;
const MAX_SECRET_BYTES = 512;
const WHSEC = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The key of a secret under a scheme; the failure says in words what is wrong, never the secret. */
export function keyOf(scheme: SchemeName, secret: string): Result<Uint8Array, string> {
  if (SCHEME_TABLE[scheme].key === 'text') return bounded(new TextEncoder().encode(secret));
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

/** Eight hex characters that name a secret of one source and say nothing about it elsewhere. */
export const fingerprintOf = (sourceId: string, secret: string): string =>
  hashFields('secret-fingerprint', sourceId, secret).slice(0, 8);
