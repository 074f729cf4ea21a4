/**
 * Tokens of Cloudflare Access, where the Worker itself verifies them: the one that is right is a
 * person, each of the others is nobody, whatever they say of themselves. Keys are made here; their
 * set comes through the setting that stands for the team's address.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { base64url, type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccessContext } from '../../src/access/identity';
import { buildApp } from '../../src/app';
import { routes } from '../../src/compose';
import { ADMIN_TOKEN, faultsOfProblem, heardOf, requestOf, send } from '../http/caller';

const TEAM = 'guerdon-tests.cloudflareaccess.com';
const ISSUER = `https://${TEAM}`;
const AUD = 'a1'.repeat(32);
const EMAIL = 'sam@example.com';
const PATH = '/v1/organisation';
const KID = 'present-key';

interface Keys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const app = buildApp(routes);
const seconds = (): number => Math.floor(Date.now() / 1000);
let own: Keys;
let previous: Keys;
let foreign: Keys;
let set = '';

beforeAll(async () => {
  const make = () => generateKeyPair('RS256', { extractable: true });
  [own, previous, foreign] = await Promise.all([make(), make(), make()]);
  const jwks = await Promise.all(
    [own, previous].map(async ({ publicKey }, index) => ({
      ...(await exportJWK(publicKey)),
      kid: index === 0 ? KID : 'previous-key',
      alg: 'RS256',
      use: 'sig',
    })),
  );
  set = JSON.stringify({ keys: jwks });
  const body = { roles: ['viewer'] };
  await send('PUT', `/v1/members/${EMAIL}`, { key: ADMIN_TOKEN, body });
});

const CLAIMS = { email: EMAIL, sub: 'sub-of-sam', type: 'app', country: 'DE' };

interface Unlike {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly keys?: () => Keys;
}

/** A token as Access makes it, but for what is said to be unlike. */
async function token({ claims = {}, header = {}, keys = () => own }: Unlike = {}): Promise<string> {
  const now = seconds();
  const said = { ...CLAIMS, iss: ISSUER, aud: [AUD], iat: now, nbf: now, exp: now + 3600 };
  return new SignJWT({ ...said, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: KID, typ: 'JWT', ...header })
    .sign(keys().privateKey);
}

const part = (value: unknown): string => base64url.encode(JSON.stringify(value));

/** Header and claims as they stand, and a signature of one's own making. */
const forged = (header: unknown, claims: unknown, signature: string): string =>
  `${part(header)}.${part(claims)}.${signature}`;

const SETTINGS = { ACCESS_TEAM: TEAM, ACCESS_AUD: AUD };

async function asked(
  given: string | null,
  settings: Readonly<Record<string, string>> = { ...SETTINGS, ACCESS_KEYS: set },
  access?: AccessContext,
) {
  const context = createExecutionContext();
  const ctx = new Proxy(context, {
    get(whole, name) {
      if (name === 'access') return access;
      const value = Reflect.get(whole, name) as unknown;
      return typeof value === 'function' ? value.bind(whole) : value;
    },
  });
  const headers = given === null ? {} : { 'Cf-Access-Jwt-Assertion': given };
  const request = requestOf('GET', PATH, { headers });
  const heard = await heardOf(await app.fetch(request, { ...env, ...settings }, ctx));
  await waitOnExecutionContext(context);
  return heard;
}

const fullClaims = () => ({ ...CLAIMS, iss: ISSUER, aud: [AUD], exp: seconds() + 3600 });

/** Every token that must be refused. */
const REFUSED: readonly (readonly [string, () => Promise<string> | string])[] = [
  ['for another application', () => token({ claims: { aud: ['b2'.repeat(32)] } })],
  ['for no application', () => token({ claims: { aud: undefined } })],
  ['of another team', () => token({ claims: { iss: 'https://other.cloudflareaccess.com' } })],
  ['of no team', () => token({ claims: { iss: undefined } })],
  ['of the team under another scheme', () => token({ claims: { iss: `http://${TEAM}` } })],
  ['that has expired', () => token({ claims: { exp: seconds() - 120 } })],
  ['that never expires', () => token({ claims: { exp: undefined } })],
  ['that is not in force yet', () => token({ claims: { nbf: seconds() + 600 } })],
  ['signed by another key under a kid that is known', () => token({ keys: () => foreign })],
  ['of a kid that nobody knows', () => token({ header: { kid: 'other' }, keys: () => foreign })],
  ['signed by the previous key under the present kid', () => token({ keys: () => previous })],
  [
    'that brings its own key',
    async () => token({ header: { jwk: await exportJWK(foreign.publicKey) }, keys: () => foreign }),
  ],
  ['with alg none and no signature', () => forged({ alg: 'none', kid: KID }, fullClaims(), '')],
  ['with alg NONE', () => forged({ alg: 'NONE', kid: KID }, fullClaims(), '')],
  [
    'with alg none over a true signature',
    async () =>
      forged({ alg: 'none', kid: KID }, fullClaims(), (await token()).split('.')[2] ?? ''),
  ],
  [
    'made with the public key as a password',
    async () =>
      new SignJWT(fullClaims())
        .setProtectedHeader({ alg: 'HS256', kid: KID })
        .sign(new TextEncoder().encode(await exportSPKI(own.publicKey))),
  ],
  [
    'whose claims were changed afterwards',
    async () => {
      const [header, , signature] = (await token()).split('.');
      return `${header}.${part({ ...fullClaims(), email: 'admin@example.com' })}.${signature}`;
    },
  ],
  ['without its signature', async () => (await token()).split('.').slice(0, 2).join('.')],
  ['with an empty signature', async () => `${(await token()).split('.').slice(0, 2).join('.')}.`],
  ['cut short', async () => (await token()).slice(0, -10)],
  ['twice in one header', async () => `${await token()}, ${await token()}`],
  ['that is empty', () => ''],
  ['that is no token', () => 'junk'],
  ['of two dots', () => '..'],
  ['without an address of mail', () => token({ claims: { email: undefined } })],
  ['with an empty address', () => token({ claims: { email: '' } })],
  ['with a list of addresses', () => token({ claims: { email: [EMAIL] } })],
  [
    'of a service, which is no person',
    () => token({ claims: { email: undefined, sub: '', common_name: 'robot.access' } }),
  ],
];

describe('a token of Cloudflare Access', () => {
  it('that is right is its person, whoever of the team signed it', async () => {
    expect((await asked(await token())).status).toBe(200);
    const older = { header: { kid: 'previous-key' }, keys: () => previous };
    expect((await asked(await token(older))).status).toBe(200);
    expect((await asked(await token({ claims: { aud: AUD } }))).status).toBe(200);
  });

  for (const [name, make] of REFUSED) {
    it(`${name} is nobody's`, async () => {
      const heard = await asked(await make());
      expect([heard.status, faultsOfProblem(heard)]).toEqual([401, []]);
    });
  }

  it('of a person who is no member may do nothing', async () => {
    const stranger = await asked(await token({ claims: { email: 'stranger@example.com' } }));
    expect([stranger.status, faultsOfProblem(stranger)]).toEqual([403, []]);
  });

  it('is asked for where it is verified, whatever the platform says besides', async () => {
    const access = { getIdentity: async () => ({ email: EMAIL }) };
    expect((await asked(null, undefined, access)).status).toBe(401);
    expect((await asked('junk', undefined, access)).status).toBe(401);
  });

  it('counts for nothing where no team is named', async () => {
    expect((await asked(await token(), {})).status).toBe(401);
  });

  for (const [name, settings] of [
    ['no audience', { ACCESS_TEAM: TEAM }],
    ['no team', { ACCESS_AUD: AUD }],
    ['a team that is none of Access', { ...SETTINGS, ACCESS_TEAM: 'example.com' }],
    ['an audience that is none', { ...SETTINGS, ACCESS_AUD: 'everyone' }],
    ['keys that are none', { ...SETTINGS, ACCESS_KEYS: '{}' }],
    ['keys that are no JSON', { ...SETTINGS, ACCESS_KEYS: 'junk' }],
  ] as const) {
    it(`lets nobody in under ${name}`, async () => {
      const keys = 'ACCESS_KEYS' in settings ? {} : { ACCESS_KEYS: set };
      const access = { getIdentity: async () => ({ email: EMAIL }) };
      const heard = await asked(await token(), { ...keys, ...settings }, access);
      expect([heard.status, faultsOfProblem(heard)]).toEqual([401, []]);
    });
  }
});
