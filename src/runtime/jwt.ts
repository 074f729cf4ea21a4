/**
 * Verifies bearer tokens signed by somebody else's keys. Refuses symmetric algorithms (a public key
 * would be a password), tokens without expiry, issuer or audience that differ, and more than a
 * minute between clocks. Keys come inline or are fetched from where the configuration says.
 */
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { messageOf } from './log';

const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
];
const CLOCK_TOLERANCE_SECONDS = 60;
const MAX_REMOTE_SETS = 64;
const remoteSets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

/**
 * The key set cannot be had: nothing is known about the token, and asking again may help, as after a
 * fault of the platform, whose errors say so in the same way.
 */
export class KeysAway extends Error {
  readonly retryable = true;
}

/** What a verified token says. */
export type Claims = Readonly<Record<string, unknown>>;

export interface TokenProfile {
  /** A key set itself, or the https address of one. */
  readonly jwks: JSONWebKeySet | string;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** Absent: every asymmetric one. */
  readonly algorithms?: readonly string[];
}

/**
 * What the compact token says, when it is signed by one of the keys and in force at `now` (UTC ms);
 * else null. Throws KeysAway when the key set could not be fetched, or is none.
 */
export async function readToken(
  token: string,
  profile: TokenProfile,
  now: number,
): Promise<Claims | null> {
  try {
    const { payload } = await jwtVerify(token, keySetOf(profile.jwks), {
      algorithms: [...(profile.algorithms ?? ALGORITHMS)],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
      requiredClaims: ['exp'],
      ...(profile.issuer !== undefined && { issuer: profile.issuer }),
      ...(profile.audience !== undefined && { audience: profile.audience }),
    });
    return payload;
  } catch (thrown) {
    if (typeof profile.jwks === 'string' && !isOfToken(thrown)) {
      throw new KeysAway(`the key set at ${profile.jwks} cannot be had: ${messageOf(thrown)}`);
    }
    return null;
  }
}

/** True when it says anything at all. */
export const verifyToken = async (
  token: string,
  profile: TokenProfile,
  now: number,
): Promise<boolean> => (await readToken(token, profile, now)) !== null;

const OF_THE_SET = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'];

/** False of what went wrong with the key set, and of what jose does not know as an error. */
const isOfToken = (thrown: unknown): boolean =>
  thrown instanceof errors.JOSEError && !OF_THE_SET.includes(thrown.code);

function keySetOf(jwks: TokenProfile['jwks']): ReturnType<typeof createRemoteJWKSet> {
  if (typeof jwks !== 'string') return createLocalJWKSet(jwks) as ReturnType<typeof keySetOf>;
  const known = remoteSets.get(jwks);
  if (known !== undefined) return known;
  if (remoteSets.size >= MAX_REMOTE_SETS) remoteSets.clear();
  const made = createRemoteJWKSet(new URL(jwks));
  remoteSets.set(jwks, made);
  return made;
}
