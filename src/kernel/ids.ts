/**
 * The forms of names: what a name is made of, and how long it is. Refuses nothing; callers hand in
 * checked parts.
 */
import { hashFields } from './hash';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** Eighty bits, enough that a random key never meets another in one organisation. */
export const AGENT_KEY_LENGTH = 16;

/** Ten random bytes as 16 characters of base32: the only name of an agent in chained columns. */
export function agentKeyOf(random: Uint8Array): string {
  let bits = 0n;
  for (const byte of random.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let key = '';
  for (let place = 75n; place >= 0n; place -= 5n)
    key += BASE32[Number((bits >> place) & 31n)] ?? '';
  return key;
}

/** 32 hex characters (128 bits) of the hash of immutable fields. */
export const causeId = (...fields: readonly (string | number)[]): string =>
  hashFields(...fields).slice(0, 32);

/** Name and Durable Object key of a coaching session: platform, quality system and LMS share it. */
export const sessionKeyOf = (namespace: string, coachingSessionId: string): string =>
  causeId('coaching-session', namespace, coachingSessionId);

/** Id of the row of an intake event: the sender's id within its source. */
export const eventRowIdOf = (source: string, eventId: string): string =>
  causeId('event', source, eventId);

/** The order of names and days: by their characters, in no language's way. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Id of a version of a configuration thing; versions count from 1 and sort as text. */
export const configId = (kind: string, name: string, version: number): string =>
  `${kind}/${name}/${String(version).padStart(6, '0')}`;
