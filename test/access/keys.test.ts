import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { crc32, newKey, parseKey, refusalOf, type StoredKey } from '../../src/access/keys/key';
import {
  ADMIN_TOKEN,
  errorsOf,
  eventually,
  faultsOfProblem,
  itemsOf,
  makeKey,
  send,
} from '../http/caller';

const DAY = 86_400_000;
const ORGANISATION = '/v1/organisation';
const bytes = (seed: number): Uint8Array => Uint8Array.from({ length: 40 }, (_, i) => i * seed);

const stored = (more: Partial<StoredKey> = {}): StoredKey => ({
  name: 'k',
  person: 'p',
  roles: ['viewer'],
  scopes: null,
  secretHash: newKey(bytes(7), 'live').secretHash,
  createdAt: 0,
  createdBy: 'admin-token',
  expiresAt: 1000,
  revokedAt: null,
  ...more,
});

describe('the text of a key', () => {
  it('is read back to its id and secret', () => {
    const { id, text } = newKey(bytes(7), 'live');
    expect(text).toMatch(/^grd_live_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(parseKey(text)?.id).toBe(id);
    expect(newKey(bytes(7), 'test').text).toMatch(/^grd_test_/);
  });

  it('is refused when one character of it is another', () => {
    const { text } = newKey(bytes(7), 'live');
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'x' ? 'y' : 'x';
      expect(parseKey(text.slice(0, at) + other + text.slice(at + 1)), String(at)).toBeNull();
    }
    for (const junk of ['', 'grd', 'grd_live_', `${text}x`, ` ${text}`, text.toUpperCase()]) {
      expect(parseKey(junk)).toBeNull();
    }
  });

  it('has a CRC-32 as everyone computes it', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('is not in force when unknown, wrong, revoked or expired', () => {
    const secret = parseKey(newKey(bytes(7), 'live').text)?.secret ?? '';
    expect(refusalOf(stored(), secret, 999)).toBeNull();
    expect(refusalOf(stored(), secret, 1000)).toBe('EXPIRED');
    expect(refusalOf(stored({ revokedAt: 5 }), secret, 999)).toBe('REVOKED');
    expect(refusalOf(stored(), `${secret}x`, 999)).toBe('WRONG_SECRET');
    expect(refusalOf(null, secret, 999)).toBe('UNKNOWN');
  });
});

describe('keys', () => {
  it('are made with ADMIN_TOKEN, shown once, and work at once', async () => {
    const { id, key } = await makeKey(['viewer']);
    expect((await send('GET', ORGANISATION, { key })).status).toBe(200);
    const listed = await send('GET', '/v1/keys', { key: ADMIN_TOKEN });
    expect(listed.text).not.toContain(key);
    expect(listed.text).not.toContain('secretHash');
    expect(itemsOf(listed).map((item) => item.id)).toContain(id);
  });

  it('are refused from the next request after they are revoked, and revoked once', async () => {
    const { id, key } = await makeKey(['viewer']);
    expect((await send('GET', ORGANISATION, { key })).status).toBe(200);
    expect((await send('DELETE', `/v1/keys/${id}`, { key: ADMIN_TOKEN })).status).toBe(204);
    const refused = await send('GET', ORGANISATION, { key });
    expect([refused.status, faultsOfProblem(refused)]).toEqual([401, []]);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="guerdon"');
    expect((await send('DELETE', `/v1/keys/${id}`, { key: ADMIN_TOKEN })).status).toBe(204);
    const versions = await env.DB.prepare(
      "SELECT count(*) AS n FROM config WHERE kind = 'key' AND name = ?",
    )
      .bind(id)
      .first<number>('n');
    expect(versions).toBe(2);
  });

  it('revoked by ten at the same time are revoked once', async () => {
    const { id } = await makeKey(['viewer']);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send('DELETE', `/v1/keys/${id}`, { key: ADMIN_TOKEN })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 204));
  });

  it('unknown, wrong and revoked hear one and the same answer', async () => {
    const { id, key } = await makeKey(['viewer']);
    await send('DELETE', `/v1/keys/${id}`, { key: ADMIN_TOKEN });
    const unknown = newKey(bytes(11), 'live').text;
    const told = [];
    for (const given of [unknown, key, 'junk', `${ADMIN_TOKEN}x`, 'grd_live_x']) {
      const heard = await send('GET', ORGANISATION, { key: given });
      expect(heard.status).toBe(401);
      const { requestId: _, instance: __, ...rest } = heard.body;
      told.push(JSON.stringify(rest));
    }
    expect(new Set(told).size).toBe(1);
  });

  it('are read from the Authorization header alone, and from one of them', async () => {
    const { key } = await makeKey(['viewer']);
    const statusOf = async (authorization: string): Promise<number> =>
      (await send('GET', ORGANISATION, { headers: { authorization } })).status;
    expect(await statusOf(`bearer  ${key} `)).toBe(200);
    for (const wrong of [
      key,
      `Basic ${key}`,
      `Bearer ${key}, Bearer ${key}`,
      'Bearer',
      'Bearer ',
      `Bearer ${'x'.repeat(10_000)}`,
    ]) {
      expect(await statusOf(wrong), wrong.slice(0, 20)).toBe(401);
    }
    const inQuery = await send('GET', `${ORGANISATION}?key=${key}`, { key });
    expect([inQuery.status, inQuery.text.includes(key)]).toEqual([400, false]);
  });

  it('sent in an address are recorded under their id', async () => {
    const { id, key } = await makeKey(['viewer']);
    await send('GET', `${ORGANISATION}?q=${key}`);
    const subject = encodeURIComponent(`config:key/${id}`);
    const recorded = await eventually(async () => {
      const heard = await send('GET', `/v1/audit?subject=${subject}`, { key });
      return itemsOf(heard).some(({ action }) => action === 'KEY_IN_ADDRESS');
    });
    expect(recorded).toBe(true);
  });

  it('live a year at most', async () => {
    const at = async (ms: number) =>
      send('POST', '/v1/keys', {
        key: ADMIN_TOKEN,
        body: { name: 'k', person: 'p', roles: ['viewer'], expiresAt: new Date(ms).toISOString() },
      });
    expect((await at(Date.now() + 364 * DAY)).status).toBe(201);
    for (const ms of [Date.now() + 366 * DAY, Date.now() - DAY]) {
      const heard = await at(ms);
      expect([heard.status, errorsOf(heard)[0]?.pointer]).toEqual([422, '#/expiresAt']);
    }
  });

  it('have no scope that their roles do not grant', async () => {
    const body = { name: 'k', person: 'p', roles: ['viewer'], scopes: ['read', 'payroll'] };
    const heard = await send('POST', '/v1/keys', { key: ADMIN_TOKEN, body });
    expect([heard.status, errorsOf(heard)[0]?.pointer]).toEqual([422, '#/scopes/1']);
  });

  it('give nobody more than they have: rights come from another person', async () => {
    const { key } = await makeKey(['admin'], { person: 'root@example.com' });
    const grant = (person: string, roles: string[]) =>
      send('POST', '/v1/keys', { key, body: { name: 'k', person, roles } });
    expect((await grant('ROOT@example.com ', ['payroll'])).status).toBe(403);
    expect((await grant('root@example.com', ['admin'])).status).toBe(201);
    expect((await grant('other@example.com', ['payroll'])).status).toBe(201);
  });

  it('come in pages that hold each key once', async () => {
    for (let count = 0; count < 5; count += 1) await makeKey(['viewer']);
    const seen: unknown[] = [];
    let cursor: unknown = '';
    while (cursor !== null) {
      const query = cursor === '' ? '' : `&cursor=${String(cursor)}`;
      const heard = await send('GET', `/v1/keys?limit=3${query}`, { key: ADMIN_TOKEN });
      seen.push(...itemsOf(heard).map(({ id }) => id));
      cursor = heard.body.nextCursor;
    }
    const all = await env.DB.prepare(
      "SELECT count(DISTINCT name) AS n FROM config WHERE kind = 'key'",
    ).first<number>('n');
    expect(seen.length).toBe(all);
    expect(new Set(seen).size).toBe(all);
  });
});

describe('the making of a key', () => {
  it('sent again with its Idempotency-Key shows the same key, byte for byte', async () => {
    const body = '{"name":"once","person":"p","roles":["viewer"]}';
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': '"once-1"' };
    const first = await send('POST', '/v1/keys', { key: ADMIN_TOKEN, body, headers });
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    const bare = { ...headers, 'Idempotency-Key': 'once-1' };
    const again = await send('POST', '/v1/keys', { key: ADMIN_TOKEN, body, headers: bare });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.text).toBe(first.text);
    const other = await send('POST', '/v1/keys', { key: ADMIN_TOKEN, body: `${body} `, headers });
    expect([other.status, other.body.code, faultsOfProblem(other)]).toEqual([
      422,
      'key-reused',
      [],
    ]);
  });

  it('sent twenty times at once with one Idempotency-Key makes one key', async () => {
    const sent = {
      key: ADMIN_TOKEN,
      body: { name: 'twenty', person: 'p', roles: ['viewer'] },
      headers: { 'Idempotency-Key': 'twenty' },
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send('POST', '/v1/keys', sent)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
  });

  it('under one Idempotency-Key by two callers makes two keys', async () => {
    const { key } = await makeKey(['admin']);
    const sent = {
      body: { name: 'two', person: 'p', roles: ['viewer'] },
      headers: { 'Idempotency-Key': 'two-callers' },
    };
    const first = await send('POST', '/v1/keys', { ...sent, key });
    const second = await send('POST', '/v1/keys', { ...sent, key: ADMIN_TOKEN });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body.id).not.toBe(second.body.id);
  });

  it('leaves the key nowhere in D1', async () => {
    const made = await send('POST', '/v1/keys', {
      key: ADMIN_TOKEN,
      body: { name: 'canary', person: 'p', roles: ['viewer'] },
      headers: { 'Idempotency-Key': 'canary' },
    });
    const [, , , secret = 'none'] = String(made.body.key).split('_');
    const { results: tables } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table'",
    ).all<{ name: string }>();
    for (const { name } of tables.filter((table) => !table.name.startsWith('_cf'))) {
      const { results } = await env.DB.prepare(`SELECT * FROM "${name}"`).all();
      const dump = JSON.stringify(results);
      for (const canary of [secret, env.ADMIN_TOKEN, env.SECRETS_KEY]) {
        expect(dump.includes(canary), name).toBe(false);
      }
    }
  });

  for (const key of ['', ' ', 'x'.repeat(256), 'ü', '"open', 'a, b']) {
    it(`with Idempotency-Key ${JSON.stringify(key).slice(0, 12)} is 400`, async () => {
      const heard = await send('POST', '/v1/keys', {
        key: ADMIN_TOKEN,
        body: { name: 'k', person: 'p', roles: ['viewer'] },
        headers: { 'Idempotency-Key': key },
      });
      expect([heard.status, faultsOfProblem(heard)]).toEqual([400, []]);
    });
  }
});
