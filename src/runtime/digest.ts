/**
 * Keys and ciphers by WebCrypto: HMAC verification with cached keys, and sealing of secrets at rest
 * with AES-GCM under SECRETS_KEY. Refuses an empty key. Comparison is `subtle.verify`, which takes
 * the same time wherever two MACs differ.
 */
import { hashBytes } from '../kernel/hash.ts';
import { randomBytes } from './chance.ts';

const MAX_CACHED_KEYS = 256;
const hmacKeys = new Map<string, Promise<CryptoKey>>();
const sealKeys = new Map<string, Promise<CryptoKey>>();

/** True when `mac` (32 bytes) is the HMAC-SHA256 of the parts in order under the key. */
export async function verifyHmac(
  key: Uint8Array,
  parts: readonly Uint8Array[],
  mac: Uint8Array,
): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await hmacKey(key), mac, joined(parts));
}

/** HMAC-SHA256 of the parts in order, 32 bytes. For tests of a source and outbound signatures. */
export async function signHmac(key: Uint8Array, parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(key), joined(parts)));
}

function hmacKey(key: Uint8Array): Promise<CryptoKey> {
  return cached(hmacKeys, hashBytes(key), () =>
    crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
      'verify',
    ]),
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Cached by a digest of the key, so that the cache holds no secret as text. */
function cached(
  cache: Map<string, Promise<CryptoKey>>,
  name: string,
  make: () => Promise<CryptoKey>,
): Promise<CryptoKey> {
  const known = cache.get(name);
  if (known !== undefined) return known;
  if (cache.size >= MAX_CACHED_KEYS) cache.clear();
  const made = make();
  cache.set(name, made);
  made.catch(() => cache.delete(name));
  return made;
}

const sealKey = (secretsKey: string): Promise<CryptoKey> =>
  cached(sealKeys, hashBytes(secretsKey), async () =>
    crypto.subtle.importKey(
      'raw',
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secretsKey)),
      'AES-GCM',
      false,
      ['encrypt', 'decrypt'],
    ),
  );

/** Seals text: base64 of a random 12-byte nonce and the ciphertext. `purpose` is authenticated too. */
export async function sealSecret(
  secretsKey: string,
  purpose: string,
  text: string,
): Promise<string> {
  const nonce = randomBytes(12);
  const additionalData = new TextEncoder().encode(purpose);
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData },
    await sealKey(secretsKey),
    new TextEncoder().encode(text),
  );
  return Buffer.from(joined([nonce, new Uint8Array(sealed)])).toString('base64');
}

/** Opens what `sealSecret` made for the same purpose; null under another key or purpose. */
export async function openSecret(
  secretsKey: string,
  purpose: string,
  sealed: string,
): Promise<string | null> {
  const bytes = Buffer.from(sealed, 'base64');
  const additionalData = new TextEncoder().encode(purpose);
  try {
    const text = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: bytes.subarray(0, 12), additionalData },
      await sealKey(secretsKey),
      bytes.subarray(12),
    );
    return new TextDecoder().decode(text);
  } catch {
    return null;
  }
}
