/** Every cell of role × route, made from the list of routes and the one table of permissions. */
import { beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS, permissionsOf, ROLES, ROLES_OF, type Role } from '../../src/access/role';
import { routes } from '../../src/compose';
import {
  ADMIN_TOKEN,
  eventually,
  faultsOfProblem,
  type Heard,
  itemsOf,
  makeKey,
  send,
} from '../http/caller';

const guarded = routes.filter(
  ({ permission }) => permission !== 'public' && permission !== 'signed',
);
const keys = new Map<Role, { id: string; key: string }>();

/** Nothing that a handler takes: who is let in hears 4xx from the handler, or reads. */
function ask(method: string, path: string, key: string | undefined, query = ''): Promise<Heard> {
  const reads = method === 'GET' || method === 'DELETE';
  const mediaType = routes.find(
    (route) => route.path === path && route.method === method,
  )?.mediaType;
  const type = mediaType === 'text/csv' ? mediaType : 'application/json';
  return send(method, path.replace(/\{[A-Za-z]+\}/g, 'nobody') + query, {
    key,
    ...(!reads && { body: 'not JSON', headers: { 'Content-Type': type } }),
  });
}

beforeAll(async () => {
  for (const role of ROLES) keys.set(role, await makeKey([role]));
});

describe('the table of permissions', () => {
  it('names every permission a route asks for', () => {
    for (const { permission, path } of guarded) expect(PERMISSIONS, path).toContain(permission);
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

for (const { method, path, permission } of guarded) {
  describe(`${method} ${path}`, () => {
    for (const role of ROLES) {
      const may = ROLES_OF[permission as keyof typeof ROLES_OF].includes(role);
      it(`${may ? 'lets' : 'refuses'} ${role}`, async () => {
        const heard = await ask(method, path, keys.get(role)?.key);
        if (may) expect([401, 403]).not.toContain(heard.status);
        else expect([heard.status, faultsOfProblem(heard)]).toEqual([403, []]);
        expect(heard.status).toBeLessThan(500);
      });
    }

    it('refuses who shows no key', async () => {
      const heard = await ask(method, path, undefined);
      expect([heard.status, faultsOfProblem(heard)]).toEqual([401, []]);
    });

    it(`${permission === 'keys' ? 'lets' : 'refuses'} ADMIN_TOKEN`, async () => {
      const { status } = await ask(method, path, ADMIN_TOKEN);
      expect(status === 403).toBe(permission !== 'keys');
    });
  });
}

for (const { method, path, permission, lesser } of guarded) {
  if (lesser === undefined) continue;
  const query = `?${lesser.query.join('=')}`;
  describe(`${method} ${path}${query}`, () => {
    for (const role of ROLES) {
      const may = ROLES_OF[lesser.permission as keyof typeof ROLES_OF].includes(role);
      it(`${may ? 'lets' : 'refuses'} ${role}`, async () => {
        const heard = await ask(method, path, keys.get(role)?.key, query);
        if (may) expect([401, 403]).not.toContain(heard.status);
        else expect([heard.status, faultsOfProblem(heard)]).toEqual([403, []]);
        expect(heard.status).toBeLessThan(500);
      });
    }

    it('is nothing that another value or a second one has', async () => {
      const [name, value] = lesser.query;
      expect(ROLES_OF[permission as keyof typeof ROLES_OF]).not.toContain('viewer');
      const viewer = keys.get('viewer')?.key;
      for (const other of [`?${name}=false`, `?${name}`, `${query}&${name}=false`, `?x=${value}`]) {
        expect([other, (await ask(method, path, viewer, other)).status]).toEqual([other, 403]);
      }
    });
  });
}

describe('scopes', () => {
  it('narrow what the roles of a key grant', async () => {
    const { key } = await makeKey(['admin'], { scopes: ['read'] });
    expect((await ask('GET', '/v1/organisation', key)).status).toBe(200);
    expect((await ask('PUT', '/v1/organisation', key)).status).toBe(403);
    expect((await ask('GET', '/v1/keys', key)).status).toBe(403);
  });
});

describe('a refusal', () => {
  it('of a key in force is in the audit log, with what it lacked', async () => {
    const { id, key, person } = await makeKey(['viewer']);
    const refused = await ask('PUT', '/v1/organisation', key);
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
      expect((await ask('GET', '/v1/organisation', key)).status).toBe(401);
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
