/**
 * Tokens of Cloudflare Access that the team's own key has signed in another way than Access signs,
 * and tokens at the edges of their time. Only RS256 is believed, whatever else a key could do; a
 * header that must be understood and is not makes a token nobody's; a minute lies between clocks.
 */
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultsOfProblem } from '../http/caller';
import {
  AccessTeam,
  forged,
  fullClaims,
  KID,
  keySetOf,
  part,
  SETTINGS,
  type Settings,
  seconds,
} from './team';

const ELLIPTIC_KID = 'elliptic-key';
const OTHER_RSA = ['RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

let team: AccessTeam;
let elliptic: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };
/** A set whose keys do not say for which algorithm they are, so that only the Worker can refuse. */
let unsaid: Settings;

beforeAll(async () => {
  team = await AccessTeam.open();
  elliptic = await generateKeyPair('ES256', { extractable: true });
  const keys = [
    { ...(await exportJWK(team.own.publicKey)), kid: KID },
    { ...(await exportJWK(elliptic.publicKey)), kid: ELLIPTIC_KID },
  ];
  unsaid = { ...SETTINGS, ACCESS_KEYS: keySetOf(keys) };
});

const statusOf = async (token: string, settings?: Settings): Promise<number> =>
  (await team.asked(token, settings)).status;

async function expectNobody(token: string, settings?: Settings): Promise<void> {
  const heard = await team.asked(token, settings);
  expect([heard.status, faultsOfProblem(heard)]).toEqual([401, []]);
}

/** The present key's material under another algorithm. */
async function signedBy(alg: string): Promise<string> {
  const { alg: _, ...material } = await exportJWK(team.own.privateKey);
  const key = (await importJWK(material, alg)) as CryptoKey;
  return new SignJWT(fullClaims()).setProtectedHeader({ alg, kid: KID }).sign(key);
}

const elliptically = (kid: string): Promise<string> =>
  new SignJWT(fullClaims()).setProtectedHeader({ alg: 'ES256', kid }).sign(elliptic.privateKey);

/** Signed truly, with a header that no library would write. */
async function signed(header: object): Promise<string> {
  const whole = { alg: 'RS256', kid: KID, ...header };
  const claims = fullClaims();
  const bytes = new TextEncoder().encode(`${part(whole)}.${part(claims)}`);
  const made = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', team.own.privateKey, bytes);
  return forged(whole, claims, Buffer.from(made).toString('base64url'));
}

describe('a token signed in another way', () => {
  it('is nothing that these keys and this set could not verify', async () => {
    expect(await statusOf(await team.token(), unsaid)).toBe(200);
    expect(await statusOf(await signedBy('RS256'), unsaid)).toBe(200);
    expect(await statusOf(await signed({}), unsaid)).toBe(200);
  });

  for (const alg of OTHER_RSA) {
    it(`${alg} under the team's own key is nobody's`, async () => {
      const token = await signedBy(alg);
      await expectNobody(token, unsaid);
      await expectNobody(token);
    });
  }

  it("ES256 is nobody's, though the set holds the key", async () => {
    await expectNobody(await elliptically(ELLIPTIC_KID), unsaid);
  });

  it("ES256 by a foreign key under a kid that is known is nobody's", async () => {
    await expectNobody(await elliptically(KID), unsaid);
    await expectNobody(await elliptically(KID));
  });
});

describe('a header that must be understood', () => {
  for (const [name, header] of [
    ['and is unknown', { crit: ['x-unknown'], 'x-unknown': true }],
    ['and is not there', { crit: ['x-unknown'] }],
    ['among none', { crit: [] }],
    ['and is no list', { crit: 'x-unknown', 'x-unknown': true }],
    ['and says that the claims are not encoded', { crit: ['b64'], b64: false }],
  ] as const) {
    it(`${name} makes a token nobody's`, async () => {
      await expectNobody(await signed(header));
    });
  }

  it('is the only one: what is unknown beside it is not read', async () => {
    expect(await statusOf(await signed({ 'x-unknown': true }))).toBe(200);
  });
});

/** Seconds beside the edge of a minute, for the clock runs on between the making and the reading. */
const BESIDE = 20;

describe('the minute between clocks', () => {
  it('lets a token live that long after its end, and no longer', async () => {
    const ended = (ago: number) => team.token({ claims: { exp: seconds() - ago } });
    expect(await statusOf(await ended(60 - BESIDE))).toBe(200);
    await expectNobody(await ended(60 + 1));
  });

  it('lets a token begin that long before its time, and no earlier', async () => {
    const begins = (ahead: number) => team.token({ claims: { nbf: seconds() + ahead } });
    expect(await statusOf(await begins(60))).toBe(200);
    await expectNobody(await begins(60 + BESIDE));
  });

  for (const claim of ['exp', 'nbf', 'iat']) {
    it(`does not read ${claim} where it is no number`, async () => {
      const at = String(claim === 'exp' ? seconds() + 600 : seconds() - 600);
      await expectNobody(await team.token({ claims: { [claim]: at } }));
    });
  }
});

describe('what a token is known by', () => {
  // Access gives every other kind of token another issuer or another audience.
  it('is issuer and audience, whatever kind it says it is', async () => {
    for (const typ of [undefined, 'at+jwt', 'logout+jwt']) {
      expect(await statusOf(await team.token({ header: { typ } }))).toBe(200);
    }
    expect(await statusOf(await team.token({ claims: { type: 'org' } }))).toBe(200);
  });

  // Members are kept by their address; the team's own id of a person is kept nowhere.
  it('is the address of its person, with or without a subject', async () => {
    for (const sub of [undefined, '', 'another-sub']) {
      expect(await statusOf(await team.token({ claims: { sub } }))).toBe(200);
    }
  });
});
