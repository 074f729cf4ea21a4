/** What the deployment says of itself to an admin, and nothing more. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { type Diagnosed, diagnosisRoute } from '../../src/http/diagnosis';
import type { Call } from '../../src/http/route';
import { ADMIN_TOKEN, makeKey, send } from './caller';

const asked: Diagnosed<null> = {
  secrets: [
    { name: 'NONE', least: 16, of: () => undefined },
    { name: 'EMPTY', least: 16, of: () => '' },
    { name: 'SHORT', least: 16, of: () => 'short' },
    { name: 'GOOD', least: 4, of: () => 'long enough' },
  ],
  bindings: [
    { name: 'WORKS', call: async () => undefined },
    { name: 'FAILS', call: () => Promise.reject(new Error('it is not there')) },
    {
      name: 'THROWS',
      call: () => {
        throw new TypeError('undefined is no object');
      },
    },
  ],
  destinations: () => Promise.reject(new Error('nobody is there')),
  migrations: () => Promise.reject(new Error('no such table')),
  crons: ['7 * * * *'],
};

describe('the diagnosis', () => {
  it('of the deployed Worker finds everything in its place and shows no secret', async () => {
    const { key } = await makeKey(['admin']);
    const { status, body, text } = await send('GET', '/v1/diagnosis', { key });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      clockSet: false,
      crons: ['*/5 * * * *', '7 * * * *', '23 2 * * *'],
    });
    const { secrets, bindings, migrations } = body as {
      secrets: { state: string }[];
      bindings: { fault: string | null }[];
      migrations: string[];
    };
    expect(secrets.map(({ state }) => state)).toEqual(['PRESENT', 'PRESENT']);
    expect(bindings.filter(({ fault }) => fault !== null)).toEqual([]);
    expect(migrations).toEqual(env.TEST_MIGRATIONS.map(({ name }) => name));
    expect(text).not.toContain(ADMIN_TOKEN);
    expect(text).not.toContain(env.SECRETS_KEY);
  });

  it('names what is missing, and one thing that throws hides no other', async () => {
    const call = { env: null, now: 0, clockSet: true, params: {}, url: new URL('https://x.test/') };
    const answer = await diagnosisRoute(asked).run({
      ...call,
      bytes: new Uint8Array(),
    } as unknown as Call<null>);
    expect(answer).toMatchObject({
      ok: true,
      value: {
        body: {
          at: '1970-01-01T00:00:00.000Z',
          clockSet: true,
          secrets: [
            { name: 'NONE', state: 'MISSING' },
            { name: 'EMPTY', state: 'MISSING' },
            { name: 'SHORT', state: 'SHORT' },
            { name: 'GOOD', state: 'PRESENT' },
          ],
          bindings: [
            { name: 'WORKS', fault: null },
            { name: 'FAILS', fault: 'it is not there' },
            { name: 'THROWS', fault: 'undefined is no object' },
          ],
          destinations: null,
          migrations: null,
        },
      },
    });
  });
});
