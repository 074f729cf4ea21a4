/**
 * Names from causes: SHA-256 over length-prefixed fields, so that no two field lists share a
 * preimage (`g1`+`2024` against `g12`+`024`). Synchronous on purpose: an `await` between load and
 * save loses acknowledged events (design section 2, rule 1). Never fed a time of processing.
 */
import { createHash, createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Lower-case hex SHA-256 over each field's UTF-8 byte length, a colon and its bytes. */
export function hashFields(...fields: readonly (string | number)[]): string {
  // One update: each costs a crossing into the runtime, and a seal has fifteen hundred fields.
  const prefixed = fields.map((field) => `${Buffer.byteLength(String(field))}:${field}`);
  return createHash('sha256').update(prefixed.join('')).digest('hex');
}

/** Lower-case hex SHA-256 of text or bytes as they are. */
export const hashBytes = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** The same of a text that comes in parts and is never held whole. */
export function hashingParts(): { take(part: string): void; end(): string } {
  const hash = createHash('sha256');
  return { take: (part) => void hash.update(part, 'utf8'), end: () => hash.digest('hex') };
}

/** RFC 8785 canonical JSON. Throws on NaN, Infinity and lone surrogates, as the standard says. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  return text;
}

/** Lower-case hex SHA-256 of the canonical JSON of a value. */
export const hashJson = (value: unknown): string => hashBytes(canonicalJson(value));

/**
 * Lower-case hex HMAC-SHA256 of a text under SECRETS_KEY, for names that must not be guessed: a
 * plain hash of a mail address or an employee number is found by trying them all.
 */
export const keyedHash = (secretsKey: string, text: string): string =>
  createHmac('sha256', secretsKey).update(text, 'utf8').digest('hex');

/**
 * The salt of a row that is named by its cause: the same whenever it is written again, and unknown
 * to who has not the key, so that what was emptied cannot be found by trying.
 */
export const keyedSalt = (secretsKey: string, ...cause: readonly string[]): string =>
  keyedHash(secretsKey, hashFields(...cause)).slice(0, 32);
