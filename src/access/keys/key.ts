/**
 * API keys: `grd_<live|test>_<id>_<secret>_<checksum>`. Decides how a key is written, read and held
 * against what is stored of it (a hash, never the key). Refuses junk by its checksum, before
 * anything is looked up. The secret has 256 bits, so a plain SHA-256 of it is enough.
 */
import { timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { hashBytes } from '../../kernel/hash';
import { DAY_MS, printInstant } from '../../kernel/instant';
import type { ConfigVersion } from '../../ledger/config';
import { PERMISSIONS, type Permission, permissionsOf, ROLES, type Role } from '../role';

export const KEY_KIND = 'key';
export const MAX_KEY_MS = 365 * DAY_MS;
const ID_LENGTH = 10;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY = /^(grd_(?:live|test)_([0-9A-Za-z]{10})_([0-9A-Za-z]{43}))_([0-9A-Za-z]{6})$/;

/** What is kept of a key, as a version of configuration: 1 when made, 2 when revoked. */
export interface StoredKey {
  readonly name: string;
  /** The person it was made for. */
  readonly person: string;
  readonly roles: readonly Role[];
  /** Narrows the roles; null: all they grant. */
  readonly scopes: readonly Permission[] | null;
  readonly secretHash: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

export interface NewKey {
  readonly id: string;
  /** The whole key; it is shown once. */
  readonly text: string;
  readonly secretHash: string;
}

/** A key from 40 random bytes: 8 for its id, 32 for its secret. */
export function newKey(random: Uint8Array, mode: 'live' | 'test'): NewKey {
  const id = base62(random.subarray(0, 8), ID_LENGTH);
  const secret = base62(random.subarray(8, 40), SECRET_LENGTH);
  const text = `grd_${mode}_${id}_${secret}`;
  return { id, text: `${text}_${checksum(text)}`, secretHash: hashBytes(secret) };
}

/** Id and secret of a key, or null for what no key looks like. */
export function parseKey(text: string): { readonly id: string; readonly secret: string } | null {
  const [, signed = '', id = '', secret = '', given] = KEY.exec(text) ?? [];
  return given !== undefined && checksum(signed) === given ? { id, secret } : null;
}

/** True for text that begins as a key does; such text belongs in no address. */
export const looksLikeKey = (text: string): boolean => /^grd_(?:live|test)_/.test(text);

export type KeyRefusal = 'UNKNOWN' | 'WRONG_SECRET' | 'EXPIRED' | 'REVOKED';

/** Stands in for the hash of a key that does not exist, so that both comparisons take place. */
const NO_HASH = '0'.repeat(64);

/** Why a key is not in force at `now` (UTC ms), or null when it is. */
export function refusalOf(
  stored: StoredKey | null,
  secret: string,
  now: number,
): KeyRefusal | null {
  const fits = sameText(hashBytes(secret), stored?.secretHash ?? NO_HASH);
  if (stored === null) return 'UNKNOWN';
  if (!fits) return 'WRONG_SECRET';
  if (stored.revokedAt !== null) return 'REVOKED';
  return stored.expiresAt <= now ? 'EXPIRED' : null;
}

/** Compares hashes of two texts in a time that does not tell where they differ. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(hashBytes(a), 'hex'), Buffer.from(hashBytes(b), 'hex'));

/** Digits of a number to base 62, cut or filled to the width. */
function base62(bytes: Uint8Array, width: number): string {
  let rest = 0n;
  for (const byte of bytes) rest = (rest << 8n) | BigInt(byte);
  let digits = '';
  for (let place = 0; place < width; place += 1) {
    digits = (BASE62[Number(rest % 62n)] ?? '') + digits;
    rest /= 62n;
  }
  return digits;
}

function checksum(text: string): string {
  const value = crc32(new TextEncoder().encode(text));
  const bytes = Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
  return base62(bytes, CHECKSUM_LENGTH);
}

/** CRC-32 as in gzip. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
    }
  }
  return ~remainder >>> 0;
}

export const keyAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    person: z.string(),
    roles: z.array(z.enum(ROLES)),
    scopes: z.array(z.enum(PERMISSIONS)).nullable(),
    permissions: z.array(z.enum(PERMISSIONS)).meta({ description: 'Roles narrowed by scopes.' }),
    createdAt: z.string(),
    createdBy: z.string(),
    expiresAt: z.string(),
    revokedAt: z.string().nullable(),
  })
  .meta({ id: 'Key' });

/** A key as the API shows it: everything but its secret. */
export function shownKey(id: string, key: StoredKey): z.output<typeof keyAnswer> {
  return {
    id,
    name: key.name,
    person: key.person,
    roles: [...key.roles],
    scopes: key.scopes === null ? null : [...key.scopes],
    permissions: [...permissionsOf(key.roles, key.scopes ?? undefined)],
    createdAt: printInstant(key.createdAt),
    createdBy: key.createdBy,
    expiresAt: printInstant(key.expiresAt),
    revokedAt: key.revokedAt === null ? null : printInstant(key.revokedAt),
  };
}

/** The version of a key that says it is revoked. */
export const revoked = (
  version: ConfigVersion<StoredKey>,
  by: string,
  now: number,
): ConfigVersion<StoredKey> => ({
  ...version,
  version: version.version + 1,
  effectiveFrom: now,
  writtenAt: now,
  author: by,
  content: { ...version.content, revokedAt: now },
});

export const roleList = z
  .array(z.enum(ROLES))
  .max(ROLES.length)
  .refine((roles) => new Set(roles).size === roles.length, 'each role once');

export const scopeList = z
  .array(z.enum(PERMISSIONS))
  .min(1)
  .max(PERMISSIONS.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, 'each scope once');

export const personText = plainText(200);
