/**
 * Tokens of Cloudflare Access, where the Worker itself verifies them: the one that is right is a
 * person, each of the others is nobody, whatever they say of themselves.
 */
import { exportJWK, exportSPKI, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultsOfProblem } from '../http/caller';
import {
  AccessTeam,
  AUD,
  EMAIL,
  forged,
  fullClaims,
  KID,
  PREVIOUS_KID,
  part,
  SETTINGS,
  seconds,
  TEAM,
} from './team';

let team: AccessTeam;
beforeAll(async () => {
  team = await AccessTeam.open();
});

/** Every token that must be refused. */
const REFUSED: readonly (readonly [string, () => Promise<string> | string])[] = [
  ['for another application', () => team.token({ claims: { aud: ['b2'.repeat(32)] } })],
  ['for no application', () => team.token({ claims: { aud: undefined } })],
  ['of another team', () => team.token({ claims: { iss: 'https://other.cloudflareaccess.com' } })],
  ['of no team', () => team.token({ claims: { iss: undefined } })],
  ['of the team under another scheme', () => team.token({ claims: { iss: `http://${TEAM}` } })],
  ['that has expired', () => team.token({ claims: { exp: seconds() - 120 } })],
  ['that never expires', () => team.token({ claims: { exp: undefined } })],
  ['that is not in force yet', () => team.token({ claims: { nbf: seconds() + 600 } })],
  ['signed by another key under a kid that is known', () => team.token({ keys: team.foreign })],
  [
    'of a kid that nobody knows',
    () => team.token({ header: { kid: 'other' }, keys: team.foreign }),
  ],
  ['signed by the previous key under the present kid', () => team.token({ keys: team.previous })],
  [
    'that brings its own key',
    async () =>
      team.token({ header: { jwk: await exportJWK(team.foreign.publicKey) }, keys: team.foreign }),
  ],
  ['with alg none and no signature', () => forged({ alg: 'none', kid: KID }, fullClaims(), '')],
  ['with alg NONE', () => forged({ alg: 'NONE', kid: KID }, fullClaims(), '')],
  [
    'with alg none over a true signature',
    async () =>
      forged({ alg: 'none', kid: KID }, fullClaims(), (await team.token()).split('.')[2] ?? ''),
  ],
  [
    'made with the public key as a password',
    async () =>
      new SignJWT(fullClaims())
        .setProtectedHeader({ alg: 'HS256', kid: KID })
        .sign(new TextEncoder().encode(await exportSPKI(team.own.publicKey))),
  ],
  [
    'whose claims were changed afterwards',
    async () => {
      const [header, , signature] = (await team.token()).split('.');
      return `${header}.${part({ ...fullClaims(), email: 'admin@example.com' })}.${signature}`;
    },
  ],
  ['without its signature', async () => (await team.token()).split('.').slice(0, 2).join('.')],
  [
    'with an empty signature',
    async () => `${(await team.token()).split('.').slice(0, 2).join('.')}.`,
  ],
  ['cut short', async () => (await team.token()).slice(0, -10)],
  ['twice in one header', async () => `${await team.token()}, ${await team.token()}`],
  ['that is empty', () => ''],
  ['that is no token', () => 'junk'],
  ['of two dots', () => '..'],
  ['without an address of mail', () => team.token({ claims: { email: undefined } })],
  ['with an empty address', () => team.token({ claims: { email: '' } })],
  ['with a list of addresses', () => team.token({ claims: { email: [EMAIL] } })],
  [
    'of a service, which is no person',
    () => team.token({ claims: { email: undefined, sub: '', common_name: 'robot.access' } }),
  ],
];

describe('a token of Cloudflare Access', () => {
  it('that is right is its person, whoever of the team signed it', async () => {
    expect((await team.asked(await team.token())).status).toBe(200);
    const older = { header: { kid: PREVIOUS_KID }, keys: team.previous };
    expect((await team.asked(await team.token(older))).status).toBe(200);
    expect((await team.asked(await team.token({ claims: { aud: AUD } }))).status).toBe(200);
  });

  for (const [name, make] of REFUSED) {
    it(`${name} is nobody's`, async () => {
      const heard = await team.asked(await make());
      expect([heard.status, faultsOfProblem(heard)]).toEqual([401, []]);
    });
  }

  it('of a person who is no member may do nothing', async () => {
    const stranger = await team.asked(
      await team.token({ claims: { email: 'stranger@example.com' } }),
    );
    expect([stranger.status, faultsOfProblem(stranger)]).toEqual([403, []]);
  });

  it('is asked for where it is verified, whatever the platform says besides', async () => {
    const access = { getIdentity: async () => ({ email: EMAIL }) };
    expect((await team.asked(null, undefined, access)).status).toBe(401);
    expect((await team.asked('junk', undefined, access)).status).toBe(401);
  });

  it('counts for nothing where no team is named', async () => {
    expect((await team.asked(await team.token(), {})).status).toBe(401);
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
      const keys = 'ACCESS_KEYS' in settings ? {} : { ACCESS_KEYS: team.keySet };
      const access = { getIdentity: async () => ({ email: EMAIL }) };
      const heard = await team.asked(await team.token(), { ...keys, ...settings }, access);
      expect([heard.status, faultsOfProblem(heard)]).toEqual([401, []]);
    });
  }
});
