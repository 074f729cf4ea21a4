/**
 * A team of Cloudflare Access that tests can sign for, and the Worker that verifies its tokens
 * itself. Keys are made here; their set comes through the setting that stands for the team's address.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { base64url, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { AccessContext } from '../../src/access/identity';
import { buildApp } from '../../src/app';
import { routes } from '../../src/compose';
import { ADMIN_TOKEN, type Heard, heardOf, requestOf, send } from '../http/caller';

export const TEAM = 'guerdon-tests.cloudflareaccess.com';
export const ISSUER = `https://${TEAM}`;
export const AUD = 'a1'.repeat(32);
export const EMAIL = 'sam@example.com';
export const KID = 'present-key';
export const PREVIOUS_KID = 'previous-key';
export const SETTINGS = { ACCESS_TEAM: TEAM, ACCESS_AUD: AUD };

const CLAIMS = { email: EMAIL, sub: 'sub-of-sam', type: 'app', country: 'DE' };

export interface Keys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export interface Unlike {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly keys?: Keys;
}

export const seconds = (): number => Math.floor(Date.now() / 1000);

/** The claims of a token that is right, without the times but its end. */
export const fullClaims = () => ({ ...CLAIMS, iss: ISSUER, aud: [AUD], exp: seconds() + 3600 });

export const part = (value: unknown): string => base64url.encode(JSON.stringify(value));

/** Header and claims as they stand, and a signature of one's own making. */
export const forged = (header: unknown, claims: unknown, signature: string): string =>
  `${part(header)}.${part(claims)}.${signature}`;

const makeKeys = () => generateKeyPair('RS256', { extractable: true });

export const keySetOf = (keys: readonly JWK[]): string => JSON.stringify({ keys });

const published = async ({ publicKey }: Keys, kid: string): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  kid,
  alg: 'RS256',
  use: 'sig',
});

export type Settings = Readonly<Record<string, string>>;

/** The team with two keys in its set, the present and the previous, and one that is not. */
export class AccessTeam {
  readonly #app = buildApp(routes);

  private constructor(
    readonly own: Keys,
    readonly previous: Keys,
    readonly foreign: Keys,
    readonly keySet: string,
  ) {}

  /** Sam is a member and reads. */
  static async open(): Promise<AccessTeam> {
    const [own, previous, foreign] = await Promise.all([makeKeys(), makeKeys(), makeKeys()]);
    const keys = [await published(own, KID), await published(previous, PREVIOUS_KID)];
    const body = { roles: ['viewer'] };
    await send('PUT', `/v1/members/${EMAIL}`, { key: ADMIN_TOKEN, body });
    return new AccessTeam(own, previous, foreign, keySetOf(keys));
  }

  /** A token as Access makes it, but for what is said to be unlike. */
  async token({ claims = {}, header = {}, keys = this.own }: Unlike = {}): Promise<string> {
    const now = seconds();
    return new SignJWT({ ...fullClaims(), iat: now, nbf: now, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: KID, typ: 'JWT', ...header })
      .sign(keys.privateKey);
  }

  /** What is answered to who shows this token, or none. */
  async asked(
    given: string | null,
    settings: Settings = { ...SETTINGS, ACCESS_KEYS: this.keySet },
    access?: AccessContext,
  ): Promise<Heard> {
    const context = createExecutionContext();
    const ctx = new Proxy(context, {
      get(whole, name) {
        if (name === 'access') return access;
        const value = Reflect.get(whole, name) as unknown;
        return typeof value === 'function' ? value.bind(whole) : value;
      },
    });
    const headers = given === null ? {} : { 'Cf-Access-Jwt-Assertion': given };
    const request = requestOf('GET', '/v1/organisation', { headers });
    const heard = await heardOf(await this.#app.fetch(request, { ...env, ...settings }, ctx));
    await waitOnExecutionContext(context);
    return heard;
  }
}
