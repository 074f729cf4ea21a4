import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccessContext } from '../../src/access/identity';
import { readOrganisation } from '../../src/access/store';
import { buildApp } from '../../src/app';
import { routes } from '../../src/compose';
import { encodeCursor } from '../../src/http/paging';
import {
  ADMIN_TOKEN,
  errorsOf,
  faultsOfProblem,
  type Heard,
  heardOf,
  itemsOf,
  makeKey,
  requestOf,
  type Sent,
  send,
} from '../http/caller';

const ORGANISATION = '/v1/organisation';
const BERLIN = { timeZone: 'Europe/Berlin', currency: 'EUR', weekStart: 'MONDAY' };
let admin = '';

beforeAll(async () => {
  admin = (await makeKey(['admin'], { person: 'admin@example.com' })).key;
});

const put = (body: unknown, headers: Record<string, string> = {}): Promise<Heard> =>
  send('PUT', ORGANISATION, { key: admin, body, headers });

describe('the organisation', () => {
  it('keeps Etc/UTC, USD and Monday until somebody says otherwise', async () => {
    const heard = await send('GET', ORGANISATION, { key: admin });
    expect(heard.body).toEqual({ timeZone: 'Etc/UTC', currency: 'USD', weekStart: 'MONDAY' });
    expect(heard.headers.get('etag')).toBeNull();
    expect((await put(BERLIN, { 'If-Match': '"1"' })).status).toBe(412);
  });

  it('is created, read with its ETag, replaced, and written only when it changes', async () => {
    const created = await put(BERLIN);
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    expect(await readOrganisation(env.DB)).toEqual(BERLIN);
    const read = await send('GET', ORGANISATION, { key: admin });
    expect([read.body, read.headers.get('etag')]).toEqual([BERLIN, '"1"']);
    const same = await put(BERLIN);
    expect([same.status, same.headers.get('etag')]).toEqual([200, '"1"']);
    const replaced = await put({ timeZone: 'Asia/Kathmandu' }, { 'If-Match': '"1"' });
    expect([replaced.status, replaced.headers.get('etag')]).toEqual([200, '"2"']);
    expect(replaced.body.currency).toBe('USD');
    const stale = await put(BERLIN, { 'If-Match': '"1"' });
    expect([stale.status, stale.body.code, faultsOfProblem(stale)]).toEqual([412, 'stale', []]);
  });

  it('written by ten at the same time has no version twice', async () => {
    const zones = ['UTC', 'Asia/Tokyo', 'Europe/Paris', 'America/Lima', 'Africa/Lagos'];
    const answers = await Promise.all([...zones, ...zones].map((timeZone) => put({ timeZone })));
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const { results } = await env.DB.prepare(
      "SELECT version FROM config WHERE kind = 'organisation' ORDER BY version",
    ).all<{ version: number }>();
    expect(results.map(({ version }) => version)).toEqual(results.map((_, index) => index + 1));
  });

  for (const [pointer, body] of [
    ['#/timeZone', { timeZone: 'Mars/Olympus' }],
    ['#/timeZone', { timeZone: '+02:00' }],
    ['#/timeZone', { timeZone: '' }],
    ['#/timeZone', { timeZone: null }],
    ['#/timeZone', {}],
    ['#/timeZone', { timeZone: 'x'.repeat(10_000) }],
    ['#/currency', { ...BERLIN, currency: 'EURO' }],
    ['#/currency', { ...BERLIN, currency: 'eur' }],
    ['#/weekStart', { ...BERLIN, weekStart: 'TUESDAY' }],
    ['#/status', { ...BERLIN, status: 'x' }],
    ['#/a~1b', { ...BERLIN, 'a/b': 1 }],
    ['#', []],
    ['#', null],
    ['#', 'text'],
    ['#', 1e308],
  ] as const) {
    it(`${JSON.stringify(body).slice(0, 50)} is refused at ${pointer}`, async () => {
      const heard = await put(JSON.stringify(body), { 'Content-Type': 'application/json' });
      expect([heard.status, faultsOfProblem(heard)]).toEqual([422, []]);
      expect(errorsOf(heard).map((error) => error.pointer)).toContain(pointer);
    });
  }
});

describe('the audit log', () => {
  const audit = (query: string, headers: Record<string, string> = {}): Promise<Heard> =>
    send('GET', `/v1/audit${query}`, { key: admin, headers });

  /** Every entry of a query, page by page. */
  async function walked(query: string): Promise<Record<string, unknown>[]> {
    const all: Record<string, unknown>[] = [];
    let cursor: unknown = '';
    while (cursor !== null) {
      const page = await audit(`?${query}${cursor === '' ? '' : `&cursor=${String(cursor)}`}`);
      expect(page.status, page.text).toBe(200);
      all.push(...itemsOf(page));
      cursor = page.body.nextCursor;
    }
    return all;
  }

  it('lists the entries of a subject, newest first, page by page', async () => {
    const subject = encodeURIComponent('config:organisation/settings');
    const whole = itemsOf(await audit(`?subject=${subject}`));
    expect(whole.length).toBeGreaterThanOrEqual(2);
    expect(
      whole.every(
        ({ action, actor }) => action === 'ORGANISATION_WRITTEN' && actor === 'admin@example.com',
      ),
    ).toBe(true);
    const times = whole.map(({ at }) => String(at));
    expect(times).toEqual([...times].sort().reverse());
    expect(await walked(`subject=${subject}&limit=1`)).toEqual(whole);
  });

  it('without a subject lists everything, newest first, each once', async () => {
    const paged = (await walked('limit=2')).map(({ id }) => id);
    const count = await env.DB.prepare('SELECT count(*) AS n FROM audit').first<number>('n');
    expect([paged.length, new Set(paged).size]).toEqual([count, count]);
  });

  it('takes a time of recording and an actor, with a subject and without, in pages of any size', async () => {
    const { results: seals } = await env.DB.prepare('SELECT id, at FROM seals ORDER BY id').all<{
      id: number;
      at: number;
    }>();
    const whole = await walked('limit=200');
    const [from, to] = [seals[Math.floor(seals.length / 3)]?.at, seals.at(-1)?.at];
    if (from === undefined || to === undefined) throw new Error('no seals');
    const sealedIn = new Set(seals.filter(({ at }) => at >= from && at < to).map(({ id }) => id));
    const time = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    const actors = ['admin@example.com', 'engine', 'nobody@example.com', 'admin@example'];
    for (const subject of ['', 'config:organisation/settings']) {
      const of = subject === '' ? '' : `&subject=${encodeURIComponent(subject)}`;
      const about = whole.filter((entry) => subject === '' || entry.subject === subject);
      const timely = about.filter(({ seal }) => sealedIn.has(Number(seal)));
      expect(timely.length, subject).toBeGreaterThan(0);
      for (const limit of [1, 3, 200]) {
        expect(await walked(`limit=${limit}&${time}${of}`), `${subject} by ${limit}`).toEqual(
          timely,
        );
        for (const actor of actors) {
          const asked = `limit=${limit}${of}&actor=${encodeURIComponent(actor)}`;
          expect(await walked(asked)).toEqual(about.filter((entry) => entry.actor === actor));
          const both = timely.filter((entry) => entry.actor === actor);
          expect(await walked(`${asked}&${time}`), `${subject} by ${limit}`).toEqual(both);
        }
      }
    }
    expect(await walked('to=1970-01-02T00:00:00Z')).toEqual([]);
    expect(await walked('from=2200-01-01T00:00:00Z')).toEqual([]);
  });

  it('shows nobody else of a subject that begins alike', async () => {
    for (const subject of [
      'config:organisation',
      'config:organisation/settings.',
      '%',
      'config:_',
      "'",
    ]) {
      expect(itemsOf(await audit(`?subject=${encodeURIComponent(subject)}`))).toEqual([]);
    }
  });

  it('comes as CSV and NDJSON too', async () => {
    const csv = await audit('?limit=2', { Accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.text.split('\r\n')[0]).toBe('id,at,action,subject,actor,detail,seal');
    expect(csv.headers.get('next-cursor')).not.toBeNull();
    const lines = await audit('?limit=2', { Accept: 'application/x-ndjson' });
    expect(
      lines.text
        .trim()
        .split('\n')
        .map((line) => typeof JSON.parse(line).id),
    ).toEqual(['string', 'string']);
    expect((await audit('', { Accept: 'image/png' })).status).toBe(406);
  });

  for (const query of [
    '?limit=0',
    '?limit=201',
    '?limit=ten',
    '?limit=1&limit=2',
    '?cursor=%00',
    '?cursor=!!!',
    '?subject=',
    '?subject=%00',
    '?nothing=1',
    '?__proto__=1',
    `?subject=${'x'.repeat(301)}`,
    '?subject=a&cursor=eA',
  ]) {
    it(`refuses ${query.slice(0, 30)} with a pointer`, async () => {
      const heard = await audit(query);
      expect([400, 422]).toContain(heard.status);
      expect(faultsOfProblem(heard)).toEqual([]);
    });
  }

  it.each(['agent-1', '173 a.x', '1e9.1'])('refuses %s, of another list', async (position) => {
    const heard = await audit(`?cursor=${encodeCursor(position)}`);
    expect([heard.status, heard.body.errors]).toMatchObject([422, [{ pointer: 'query:/cursor' }]]);
  });

  it('answers a cursor that points nowhere with an empty page at the worst', async () => {
    const answers = ['999999999999999.0', '0.0'].map((at) => audit(`?cursor=${encodeCursor(at)}`));
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  });
});

describe('a person behind Cloudflare Access', () => {
  const app = buildApp(routes);

  async function as(email: string | undefined, method: string, path: string, sent: Sent = {}) {
    const access: AccessContext = {
      getIdentity: async () => (email === undefined ? {} : { email }),
    };
    const context = createExecutionContext();
    const withAccess = new Proxy(context, {
      get: (target, name) => {
        if (name === 'access') return access;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const heard = await heardOf(await app.fetch(requestOf(method, path, sent), env, withAccess));
    await waitOnExecutionContext(context);
    return heard;
  }

  const grant = (email: string, body: unknown) =>
    send('PUT', `/v1/members/${encodeURIComponent(email)}`, { key: ADMIN_TOKEN, body });

  it('has the roles given to the verified address, from the next request on', async () => {
    expect((await as('sam@example.com', 'GET', ORGANISATION)).status).toBe(403);
    expect((await grant('Sam@example.com', { roles: ['viewer'] })).status).toBe(201);
    expect((await as('SAM@example.com', 'GET', ORGANISATION)).status).toBe(200);
    expect((await as('sam@example.com', 'GET', '/v1/keys')).status).toBe(403);
    expect((await grant('sam@example.com', { roles: [] })).status).toBe(200);
    expect((await as('sam@example.com', 'GET', ORGANISATION)).status).toBe(403);
  });

  it('without an address is nobody, and a key that is sent counts instead', async () => {
    expect((await as(undefined, 'GET', ORGANISATION)).status).toBe(401);
    await grant('kim@example.com', { roles: ['viewer'] });
    expect((await as('kim@example.com', 'GET', ORGANISATION, { key: 'junk' })).status).toBe(401);
    const { key } = await makeKey(['viewer']);
    expect((await as('nobody@example.com', 'GET', ORGANISATION, { key })).status).toBe(200);
  });

  it('is not taken for the author of what another site sends with their cookie', async () => {
    await grant('lee@example.com', { roles: ['admin'] });
    const from = (headers: Record<string, string>) =>
      as('lee@example.com', 'PUT', ORGANISATION, { body: BERLIN, headers });
    expect((await from({ Origin: 'https://evil.test' })).status).toBe(401);
    expect((await from({ Origin: 'null' })).status).toBe(401);
    expect((await from({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(401);
    expect((await from({ Origin: 'https://guerdon.test' })).status).toBe(200);
  });

  it('gives no roles to themself, not even with a key of their own', async () => {
    await grant('max@example.com', { roles: ['admin'] });
    const body = { roles: ['payroll'] };
    expect(
      (await as('max@example.com', 'PUT', '/v1/members/MAX%40example.com', { body })).status,
    ).toBe(403);
    const { key } = await makeKey(['admin'], { person: 'Max@example.com' });
    expect((await send('PUT', '/v1/members/max%40example.com', { key, body })).status).toBe(403);
  });

  it('stands in no chained column by their address', async () => {
    await grant('secret.person@example.com', { roles: ['viewer'] });
    const { results } = await env.DB.prepare('SELECT id, name FROM config').all();
    expect(JSON.stringify(results)).not.toContain('secret.person');
    const listed = await send('GET', '/v1/members', { key: ADMIN_TOKEN });
    expect(itemsOf(listed).map(({ email }) => email)).toContain('secret.person@example.com');
  });

  for (const email of ['nobody', '%20', 'a@', '@b', 'a%20b@c', 'x'.repeat(300), 'a%2Fb@c.d']) {
    it(`${email.slice(0, 12)} is no address`, async () => {
      const heard = await send('PUT', `/v1/members/${email}`, {
        key: ADMIN_TOKEN,
        body: { roles: [] },
      });
      expect([heard.status, faultsOfProblem(heard)]).toEqual([422, []]);
    });
  }
});
