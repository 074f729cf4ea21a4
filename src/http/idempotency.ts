/**
 * Idempotency keys as plain functions: how a key is written, what fingerprint a request has and
 * under which name its answer is kept. Refuses keys that are empty, too long or not printable.
 * The fingerprint is over the raw bytes: `{"a":1}` and `{ "a": 1 }` are two requests.
 */
import { hashBytes, hashFields } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import { fail, ok, type Result } from '../kernel/result';
import type { Call } from './route';

const KEY = /^[\x21-\x7e]{1,255}$/;
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/** The key of a request, bare or quoted (RFC 8941), or null when it carries none. */
export function readIdempotencyKey(headers: Headers): Result<string | null> {
  const given = headers.get('idempotency-key');
  if (given === null) return ok(null);
  const quoted = QUOTED.exec(given);
  const key = quoted === null ? given : (quoted[1] ?? '').replace(/\\(["\\])/g, '$1');
  const halfQuoted = quoted === null && given.startsWith('"');
  if (KEY.test(key) && !halfQuoted) return ok(key);
  return fail({
    kind: 'malformed',
    detail: 'Idempotency-Key is one line of 1 to 255 printable characters, bare or quoted',
  });
}

/** What makes two requests the same: method, path, query in order and the raw body. */
export const fingerprintOf = (call: Pick<Call<unknown>, 'method' | 'url' | 'bytes'>): string =>
  hashFields(call.method, call.url.pathname, call.url.search, hashBytes(call.bytes));

/** The stored answer's id: keys of two callers or two routes never meet. */
export const keyRowId = (
  call: Pick<Call<unknown>, 'actor' | 'method' | 'url'>,
  key: string,
): string => causeId('idempotency', call.actor.keyId, call.method, call.url.pathname, key);
