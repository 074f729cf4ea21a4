/**
 * Asks whether a request is authentic. Every live key meets every claimed MAC, and a request that
 * claims nothing or names no source costs a MAC as well: what is refused is refused the same way
 * and takes the same time. Decides nothing else.
 */
import { signHmac, verifyHmac } from '../../runtime/digest.ts';
import { readClaim, writeSignature } from './claim.ts';
import { type Profile, SCHEME_TABLE, siblings } from './profile.ts';

export interface LiveKey {
  readonly fingerprint: string;
  readonly key: Uint8Array;
}

export interface Authentic {
  /** Scheme and fingerprint of the secret that fitted, e.g. `hmac-hex:1f2e3d4c`. */
  readonly signature: string;
  readonly messageId: string | null;
}

/** Live keys that are tried; a source keeps two. */
const MAX_KEYS = 3;
/** Meets the requests that nobody could have signed; whom it fits is refused all the same. */
const DECOY: LiveKey = { fingerprint: '', key: new TextEncoder().encode('no source has this key') };
const DECOY_MAC = new Uint8Array(32);

/** Who signed the raw bytes, or null. `keys` null: no such source; the same work is done. */
export async function verifySignature(
  profile: Profile,
  keys: readonly LiveKey[] | null,
  request: { readonly headers: Headers; readonly bytes: Uint8Array; readonly now: number },
): Promise<Authentic | null> {
  const claim = readClaim(profile, request.headers, request.now);
  const tried = keys === null || keys.length === 0 ? [DECOY] : keys.slice(0, MAX_KEYS);
  const macs = claim?.macs ?? [DECOY_MAC];
  const parts = claim === null ? [request.bytes] : [claim.prelude, request.bytes];
  let fitting: LiveKey | null = null;
  for (const key of tried) {
    for (const mac of macs) {
      const fits = await verifyHmac(key.key, parts, mac);
      if (fits && fitting === null) fitting = key;
    }
  }
  if (claim === null || keys === null || fitting === null || fitting === DECOY) return null;
  const signature = `${profile.scheme}:${fitting.fingerprint}`;
  return { signature, messageId: claim.messageId };
}

/** The headers with which a sender of this profile would sign a body. */
export async function signBody(
  profile: Profile,
  key: Uint8Array,
  message: { readonly id: string; readonly now: number; readonly bytes: Uint8Array },
): Promise<Record<string, string>> {
  const time = String(Math.floor(message.now / 1000));
  const names = siblings(profile.header);
  const preludes = { body: '', 'time.body': `${time}.`, 'id.time.body': `${message.id}.${time}.` };
  const scheme = SCHEME_TABLE[profile.scheme];
  const prelude = new TextEncoder().encode(preludes[scheme.over]);
  const mac = await signHmac(key, [prelude, message.bytes]);
  const signed = { [profile.header]: writeSignature(profile, mac, time) };
  if (scheme.over !== 'id.time.body' || names === null) return signed;
  return { [names.id]: message.id, [names.time]: time, ...signed };
}
