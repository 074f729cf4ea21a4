/**
 * What a token of Cloudflare Access must be to be believed. Where the platform hands over the
 * identity it has verified (`ctx.access`), no token is read. Where it does not, a deployment names
 * its team and the audience of its application, and the token of each request is verified here.
 * Fails closed: half a setting lets nobody in, and a token for another application is nobody's.
 */
import { fail, ok, type Result } from '../kernel/result';

/** The header; the cookie of the same content is not read, for it comes along from anywhere. */
export const ASSERTION_HEADER = 'cf-access-jwt-assertion';

export interface AssertionSettings {
  /** `<team>.cloudflareaccess.com`: who signs. */
  readonly ACCESS_TEAM?: string;
  /** The AUD tag of the application: for whom it is signed. */
  readonly ACCESS_AUD?: string;
  /** The team's key set as JSON, where it is not to be fetched from the team's own address. */
  readonly ACCESS_KEYS?: string;
}

/** Keys as the team publishes them. */
export interface KeySet {
  readonly keys: Readonly<Record<string, unknown>>[];
}

/** What a token is held to. */
export interface AssertionProfile {
  /** The set itself, or its address. */
  readonly jwks: KeySet | string;
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
}

const TEAM = /^[a-z0-9][a-z0-9-]{0,62}\.cloudflareaccess\.com$/;
const AUDIENCE = /^[0-9a-f]{64}$/;

/** What tokens are held to; null where the platform's word counts; fails where a setting is bad. */
export function profileOf(
  settings: AssertionSettings,
): Result<AssertionProfile | null, 'SETTINGS'> {
  const { ACCESS_TEAM: team, ACCESS_AUD: audience, ACCESS_KEYS: keys } = settings;
  if (!team && !audience && !keys) return ok(null);
  if (!team || !audience) return fail('SETTINGS');
  if (!TEAM.test(team) || !AUDIENCE.test(audience)) return fail('SETTINGS');
  const jwks = keys ? keySetOf(keys) : `https://${team}/cdn-cgi/access/certs`;
  if (jwks === null) return fail('SETTINGS');
  // Access signs with RS256 and nothing else.
  return ok({ jwks, issuer: `https://${team}`, audience, algorithms: ['RS256'] });
}

function keySetOf(text: string): KeySet | null {
  try {
    const set = JSON.parse(text) as KeySet | null;
    return Array.isArray(set?.keys) && set.keys.length > 0 ? set : null;
  } catch {
    return null;
  }
}

/** The person's address. A service token has none: a machine is given a key of its own. */
export function emailOf({ email }: Readonly<Record<string, unknown>>): string | null {
  return typeof email === 'string' && email !== '' ? email : null;
}
