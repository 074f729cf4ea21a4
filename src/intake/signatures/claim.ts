/**
 * Reads what a request claims about itself: MACs, signed time, signed id. Decides what the MAC must
 * be taken over. Refuses by strict grammar everything that two readers could read in two ways:
 * headers given twice, blanks, other versions, MACs that are not exactly 32 bytes of canonical
 * text. Verifies nothing; that is one call for each claimed MAC and each live key.
 */
import { type Profile, SCHEME_TABLE, type Scheme, siblings } from './profile.ts';

export interface Claim {
  /** What was claimed to be the MAC, 32 bytes each; at most five. */
  readonly macs: readonly Uint8Array[];
  /** Bytes before the body, e.g. `msg_1.1614265330.`; empty where only the body is signed. */
  readonly prelude: Uint8Array;
  /** The signed id of the message, where the scheme signs one. */
  readonly messageId: string | null;
}

/** Signatures in one header that are looked at; more are refused. */
const MAX_SIGNATURES = 5;
const MAC_BYTES = 32;
const MAX_HEADER_LENGTH = 1024;
const TIME = /^[1-9][0-9]{9}$/;
const MESSAGE_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The claim of a request under a profile, or null when it makes none that could be verified. */
export function readClaim(profile: Profile, headers: Headers, now: number): Claim | null {
  const scheme = SCHEME_TABLE[profile.scheme];
  const given = headers.get(profile.header);
  if (given === null || given.length > MAX_HEADER_LENGTH) return null;
  switch (scheme.layout) {
    case 'single':
      return claimOf(scheme, [given], '', null);
    case 'spaced-list':
      return readList(profile, scheme, headers, given, now);
    case 'timed-pairs':
      return readPairs(profile, scheme, given, now);
  }
}

export type ClaimFault =
  | 'NO_SIGNATURE'
  | 'MALFORMED_SIGNATURE'
  | 'TOO_OLD'
  | 'TOO_EARLY'
  | 'WRONG_SIGNATURE';

/** Why a request that did not verify did not: for the log alone, never for the sender. */
export function claimFault(profile: Profile, headers: Headers, now: number): ClaimFault {
  if (!headers.has(profile.header)) return 'NO_SIGNATURE';
  const timeless = { ...profile, toleranceSeconds: Number.POSITIVE_INFINITY };
  const claim = readClaim(timeless, headers, now);
  if (claim === null) return 'MALFORMED_SIGNATURE';
  if (readClaim(profile, headers, now) !== null) return 'WRONG_SIGNATURE';
  // What precedes the body ends in the signed time and a dot.
  const time = new TextDecoder().decode(claim.prelude).split('.').at(-2);
  return Number(time) * 1000 < now ? 'TOO_OLD' : 'TOO_EARLY';
}

/** `v1,<mac> v1,<mac>`; other versions stand beside it and are passed over, bare text is not. */
function readList(
  profile: Profile,
  scheme: Scheme,
  headers: Headers,
  given: string,
  now: number,
): Claim | null {
  const names = siblings(profile.header);
  const id = names === null ? null : headers.get(names.id);
  const time = names === null ? null : headers.get(names.time);
  if (id === null || time === null || !MESSAGE_ID.test(id)) return null;
  if (!isTimely(time, profile, now)) return null;
  const parts = given.split(' ');
  if (parts.length > MAX_SIGNATURES || !parts.every((part) => LISTED.test(part))) return null;
  const ours = parts.filter((part) => part.startsWith(scheme.prefix));
  return claimOf(scheme, ours, `${id}.${time}.`, id);
}

const LISTED = /^v[0-9]{1,2}[a-z]?,[A-Za-z0-9+/]+={0,2}$/;

/** `t=<seconds>,v1=<mac>,v1=<mac>`; other versions (`v0=`) are passed over. */
function readPairs(profile: Profile, scheme: Scheme, given: string, now: number): Claim | null {
  const parts = given.split(',');
  if (parts.length > MAX_SIGNATURES + 1 || !parts.every((part) => PAIR.test(part))) return null;
  const times = parts.filter((part) => part.startsWith('t='));
  const time = times[0]?.slice(2);
  if (times.length !== 1 || time === undefined || !isTimely(time, profile, now)) return null;
  const ours = parts.filter((part) => part.startsWith(scheme.prefix));
  return claimOf(scheme, ours, `${time}.`, null);
}

const PAIR = /^(t=[0-9]+|v[0-9]=[0-9a-f]+)$/;

function isTimely(time: string, profile: Profile, now: number): boolean {
  if (!TIME.test(time)) return false;
  const secondsOff = Math.abs(Math.floor(now / 1000) - Number(time));
  return secondsOff <= profile.toleranceSeconds;
}

/** Every one of our signatures must be well formed: a malformed one beside a good one is refused. */
function claimOf(
  scheme: Scheme,
  written: readonly string[],
  prelude: string,
  messageId: string | null,
): Claim | null {
  const macs = written.map((text) => macOf(scheme, text));
  if (macs.length === 0 || !macs.every((mac) => mac !== null)) return null;
  return { macs, prelude: new TextEncoder().encode(prelude), messageId };
}

/** 32 bytes written the one canonical way: the decoded bytes, written again, are the same text. */
function macOf(scheme: Scheme, written: string): Uint8Array | null {
  if (!written.startsWith(scheme.prefix)) return null;
  const text = written.slice(scheme.prefix.length);
  if (text.length > 2 * MAC_BYTES) return null;
  const bytes = Buffer.from(text, scheme.encoding);
  if (bytes.length !== MAC_BYTES || bytes.toString(scheme.encoding) !== text) return null;
  return new Uint8Array(bytes);
}

/** How a MAC is written in the header of a scheme. */
export function writeSignature(profile: Profile, mac: Uint8Array, time: string): string {
  const scheme = SCHEME_TABLE[profile.scheme];
  const written = scheme.prefix + Buffer.from(mac).toString(scheme.encoding);
  return scheme.layout === 'timed-pairs' ? `t=${time},${written}` : written;
}
