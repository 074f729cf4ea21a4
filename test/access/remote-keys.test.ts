/**
 * Tokens of Cloudflare Access whose keys are fetched from the team's own address. While they cannot
 * be had nothing is known about a token: nobody is refused for good, and nobody is let in.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildApp } from '../../src/app';
import { routes } from '../../src/compose';
import { ADMIN_TOKEN, faultsOfProblem, heardOf, requestOf, send } from '../http/caller';

const AUD = 'a1'.repeat(32);
const EMAIL = 'robin@example.com';
const KID = 'present-key';

const app = buildApp(routes);
let key: CryptoKey;
let keySet: object;
let serial = 0;

beforeAll(async () => {
  const made = await generateKeyPair('RS256', { extractable: true });
  key = made.privateKey;
  keySet = { keys: [{ ...(await exportJWK(made.publicKey)), kid: KID, alg: 'RS256' }] };
  await send('PUT', `/v1/members/${EMAIL}`, { key: ADMIN_TOKEN, body: { roles: ['viewer'] } });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A team of its own for each test: key sets are remembered by their address. */
function newTeam(answer: () => Response): { readonly team: string; readonly asked: string[] } {
  serial += 1;
  const asked: string[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    asked.push(String(input));
    return answer();
  });
  return { team: `team-${serial}.cloudflareaccess.com`, asked };
}

const token = (team: string, kid = KID): Promise<string> =>
  new SignJWT({ email: EMAIL })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setIssuer(`https://${team}`)
    .setAudience(AUD)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);

async function heardBy(team: string, given: string) {
  const context = createExecutionContext();
  const headers = { 'Cf-Access-Jwt-Assertion': given };
  const request = requestOf('GET', '/v1/organisation', { headers });
  const settings = { ACCESS_TEAM: team, ACCESS_AUD: AUD };
  const heard = await heardOf(await app.fetch(request, { ...env, ...settings }, context));
  await waitOnExecutionContext(context);
  return heard;
}

const AWAY: readonly (readonly [string, () => Response])[] = [
  ['is down', () => new Response('no', { status: 503 })],
  ['redirects', () => Response.redirect('https://elsewhere.example.com/', 302)],
  ['answers with a page', () => new Response('<html>')],
  ['answers with JSON that is no key set', () => Response.json({ error: 'none' })],
  [
    'cannot be reached',
    () => {
      throw new TypeError('connect failed');
    },
  ],
];

describe('a key set that is fetched', () => {
  it('is asked for once and makes a person of its token', async () => {
    const { team, asked } = newTeam(() => Response.json(keySet));
    expect((await heardBy(team, await token(team))).status).toBe(200);
    expect((await heardBy(team, await token(team))).status).toBe(200);
    expect(asked).toEqual([`https://${team}/cdn-cgi/access/certs`]);
  });

  it('refuses a key id that it does not hold, and is not fetched for each of them', async () => {
    const { team, asked } = newTeam(() => Response.json(keySet));
    for (const kid of ['one', 'two', 'three']) {
      expect((await heardBy(team, await token(team, kid))).status).toBe(401);
    }
    expect(asked.length).toBe(1);
  });

  for (const [what, answer] of AWAY) {
    it(`whose host ${what} makes 503, and the next request asks again`, async () => {
      let isAway = true;
      const { team } = newTeam(() => (isAway ? answer() : Response.json(keySet)));
      const refused = await heardBy(team, await token(team));
      expect([
        refused.status,
        refused.headers.get('retry-after'),
        faultsOfProblem(refused),
      ]).toEqual([503, '2', []]);
      isAway = false;
      expect((await heardBy(team, await token(team))).status).toBe(200);
    });
  }
});
