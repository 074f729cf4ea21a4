/**
 * Every cell of role × route: what the app answers to each role, to a key of none and to nobody,
 * against the table in `matrix.ts`. Refuses a route that has no line there.
 */
import { describe, expect, it } from 'vitest';
import { PERMISSIONS, permissionsOf, ROLES, ROLES_OF } from '../../src/access/role';
import { routes } from '../../src/compose';
import { ADMIN_TOKEN, eventually, itemsOf, makeKey, send } from '../http/caller';
import { askLine, linesSaidBy, makeKeysFirst, testCells } from './cells';
import { DECISION, guarded, MAY, named, OF_ADMIN_TOKEN, open } from './matrix';

const keys = makeKeysFirst();

/** The decision of a review is asked for each kind of review, in `test/reviews/roles.test.ts`. */
const { [DECISION]: _, ...lines } = MAY;

describe('the table of roles and routes', () => {
  it('has a line for every route, for every query with which less suffices, and for no other', async () => {
    const lesser = routes.flatMap(({ method, path, lesser: less }) =>
      less === undefined ? [] : [`${method} ${path}?${less.query.join('=')}`],
    );
    const composed = routes.map(({ method, path }) => `${method} ${path}`);
    const there = [...(await linesSaidBy(send)), ...composed, ...lesser];
    expect(Object.keys(MAY).sort()).toEqual([...new Set(there)].sort());
  });

  it('names roles that there are', () => {
    for (const { line, roles } of guarded(MAY)) {
      const known: readonly string[] = ROLES;
      expect([line, roles.split(' ').filter((role) => !known.includes(role))]).toEqual([line, []]);
    }
  });
});

describe('the table of permissions', () => {
  it('names every permission a route asks for', () => {
    for (const { permission, path } of routes) {
      if (permission === 'public' || permission === 'signed') continue;
      expect(PERMISSIONS, path).toContain(permission);
    }
  });

  it('lets admin touch no money and nobody but admin make keys', () => {
    expect([...permissionsOf(['admin'])].sort()).toEqual([
      'admin',
      'keys',
      'read',
      'route',
      'sandbox',
    ]);
    expect(ROLES_OF.keys).toEqual(['admin']);
  });
});

testCells(lines, send);

for (const line of guarded(MAY)) {
  const may = OF_ADMIN_TOKEN.includes(line.line);
  it(`${line.line} ${may ? 'lets' : 'refuses'} ADMIN_TOKEN`, async () => {
    const { status } = await askLine(send, line, ADMIN_TOKEN);
    expect(status === 403).toBe(!may);
    expect(status).not.toBe(401);
  });
}

for (const line of open(MAY)) {
  it(`${line.line} answers whoever asks, with a key or without`, async () => {
    for (const key of [undefined, 'junk', keys.get('platform')?.key]) {
      expect((await askLine(send, line, key)).status).toBe(200);
    }
  });
}

it('POST /v1/webhooks/{sourceId} lets in no key, whatever its role', async () => {
  const body = { secrets: ['a-secret-of-at-least-16-bytes'] };
  const admin = keys.get('admin')?.key;
  expect((await send('PUT', '/v1/sources/lms', { key: admin, body })).status).toBe(201);
  for (const key of [undefined, ADMIN_TOKEN, ...[...keys.values()].map(({ key: one }) => one)]) {
    expect((await send('POST', '/v1/webhooks/lms', { key, body: {} })).status).toBe(401);
  }
});

describe('a query with which less suffices', () => {
  for (const { line, method, path, query } of guarded(MAY)) {
    if (query === '') continue;
    it(`${line} is nothing that another value or a second one has`, async () => {
      expect(named(MAY[`${method} ${path}`] ?? '', 'viewer')).toBe(false);
      const [name, value] = query.slice(1).split('=');
      const viewer = keys.get('viewer')?.key;
      for (const other of [`?${name}=false`, `?${name}`, `${query}&${name}=false`, `?x=${value}`]) {
        const { status } = await askLine(send, { method, path, query: other }, viewer);
        expect([other, status]).toEqual([other, 403]);
      }
    });
  }
});

describe('scopes', () => {
  it('narrow what the roles of a key grant', async () => {
    const { key } = await makeKey(['admin'], { scopes: ['read'] });
    expect((await send('GET', '/v1/organisation', { key })).status).toBe(200);
    expect((await send('PUT', '/v1/organisation', { key, body: {} })).status).toBe(403);
    expect((await send('GET', '/v1/keys', { key })).status).toBe(403);
  });
});

describe('a refusal', () => {
  it('of a key in force is in the audit log, with what it lacked', async () => {
    const { id, key, person } = await makeKey(['viewer']);
    const refused = await send('PUT', '/v1/organisation', { key, body: {} });
    const subject = `/v1/audit?subject=${encodeURIComponent(`config:key/${id}`)}`;
    const found = await eventually(async () => {
      const heard = await send('GET', subject, { key });
      return itemsOf(heard).some(
        ({ action, actor, detail }) =>
          action === 'ACCESS_REFUSED' &&
          actor === person &&
          JSON.stringify(detail).includes(String(refused.body.requestId)),
      );
    });
    expect(found).toBe(true);
  });

  it('of a revoked key is recorded once a minute under its id', async () => {
    const { id, key } = await makeKey(['viewer']);
    const { key: other } = await makeKey(['viewer']);
    await send('DELETE', `/v1/keys/${id}`, { key: ADMIN_TOKEN });
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await send('GET', '/v1/organisation', { key })).status).toBe(401);
    }
    const subject = `/v1/audit?subject=${encodeURIComponent(`config:key/${id}`)}`;
    const failures = async () =>
      itemsOf(await send('GET', subject, { key: other })).filter(
        ({ action }) => action === 'AUTHENTICATION_FAILED',
      );
    expect(await eventually(async () => (await failures()).length > 0)).toBe(true);
    expect((await failures()).length).toBeLessThanOrEqual(2);
  });
});
