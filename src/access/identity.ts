/**
 * From what a request shows to who sends it. Decides which credential counts (the Authorization
 * header where there is one, else the person Cloudflare Access has verified) and what the holder of
 * ADMIN_TOKEN may do. Fails closed: whoever is not known has no permission.
 */
import type { Actor } from '../http/route';
import { type KeyRefusal, looksLikeKey, type StoredKey, sameText } from './keys/key';
import type { Member } from './keys/member';
import { PERMISSIONS, permissionsOf, personOf } from './role';

/** What is offered by `ctx.access` of the platform, as far as it is used. */
export interface AccessContext {
  getIdentity(): Promise<{ readonly email?: string } | undefined>;
}

export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'bearer'; readonly token: string };

const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i;

/** The Authorization header. Two of them arrive as one that is unreadable. */
export function readCredential(headers: Headers): Credential {
  const given = headers.get('authorization');
  if (given === null) return { kind: 'none' };
  const token = BEARER.exec(given.trim())?.[1];
  return token === undefined ? { kind: 'unreadable' } : { kind: 'bearer', token };
}

/** Why nobody is behind a request. `keyId` where one that exists was named. */
export interface Refusal {
  readonly reason:
    | KeyRefusal
    | 'NO_CREDENTIAL'
    | 'UNREADABLE'
    | 'NO_KEY_FORM'
    | 'FOREIGN_ORIGIN'
    | 'ACCESS_SETTINGS'
    | 'ACCESS_TOKEN';
  readonly keyId: string | null;
}

export const ADMIN_TOKEN_ID = 'admin-token';
const MIN_ADMIN_TOKEN = 16;

/** True when the token is ADMIN_TOKEN; an unset or short one fits nothing. */
export function isAdminToken(configured: string | undefined, token: string): boolean {
  const fits = sameText(token, configured ?? '');
  return fits && configured !== undefined && configured.length >= MIN_ADMIN_TOKEN;
}

/**
 * ADMIN_TOKEN makes, lists and revokes keys, and gives members roles; nothing else. In a sandbox
 * it does everything.
 */
export const adminActor = (sandbox: boolean): Actor => ({
  keyId: ADMIN_TOKEN_ID,
  person: ADMIN_TOKEN_ID,
  permissions: new Set<string>(sandbox ? PERMISSIONS : ['keys']),
});

export const keyActor = (id: string, key: StoredKey): Actor => ({
  keyId: id,
  person: personOf(key.person),
  permissions: permissionsOf(key.roles, key.scopes ?? undefined),
});

/** A verified person; without an entry among the members it may do nothing. */
export const memberActor = (name: string, email: string, member: Member | null): Actor => ({
  keyId: `member-${name}`,
  person: personOf(email),
  permissions:
    member === null ? new Set<string>() : permissionsOf(member.roles, member.scopes ?? undefined),
});

/** Who calls a route that asks for no key. */
export const nobody = (permission: string): Actor => ({
  keyId: permission,
  person: permission,
  permissions: new Set<string>(),
});

/**
 * False for a request that another site's page made in the name of a person: Access knows people
 * by a cookie, and a cookie comes along from anywhere.
 */
export function comesFromHere(method: string, url: URL, headers: Headers): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  const origin = headers.get('origin');
  const site = headers.get('sec-fetch-site');
  if (origin !== null) return origin === url.origin;
  return site === null || site === 'same-origin' || site === 'none';
}

/** True for text that is or looks like a key of ours. */
export const isKeyText = (text: string, adminToken: string | undefined): boolean =>
  looksLikeKey(text) || isAdminToken(adminToken, text);

/** The audit subject of a key, a member or ADMIN_TOKEN. */
export const keySubject = (keyId: string): string =>
  keyId.startsWith('member-') ? `config:member/${keyId.slice(7)}` : `config:key/${keyId}`;
