/**
 * The cells of the matrix as tests, for whichever app they are asked of. Each is asked with nothing
 * that a handler takes: who is let in hears of that, or reads; who is not hears 403 before it.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEY_KIND, newKey, type StoredKey } from '../../src/access/keys/key';
import { ROLES } from '../../src/access/role';
import type { OpenApiDocument } from '../../src/http/documentation/openapi';
import { DAY_MS } from '../../src/kernel/instant';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { randomBytes } from '../../src/runtime/chance';
import { faultsOfProblem, type Heard, type MadeKey, makeKey, type Sent } from '../http/caller';
import { guarded, type Line, named } from './matrix';

export type Ask = (method: string, path: string, sent: Sent) => Promise<Heard>;

/** What comes of one line, asked with a key or with none. */
export function askLine(
  ask: Ask,
  { method, path, query }: Pick<Line, 'method' | 'path' | 'query'>,
  key: string | undefined,
): Promise<Heard> {
  const reads = method === 'GET' || method === 'DELETE';
  const type = path === '/v1/agents/import' ? 'text/csv' : 'application/json';
  return ask(method, path.replace(/\{[A-Za-z]+\}/g, 'nobody') + query, {
    key,
    ...(!reads && { body: 'not JSON', headers: { 'Content-Type': type } }),
  });
}

/** Every route that an app itself says it has. */
export async function linesSaidBy(ask: Ask): Promise<string[]> {
  const { body } = await ask('GET', '/openapi.json', {});
  const { paths } = body as unknown as OpenApiDocument;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

const keys = new Map<string, MadeKey>();
export const NO_ROLE = 'a key without roles';

/** The API makes no such key; this one is put into the books. */
async function keyWithoutRoles(): Promise<MadeKey> {
  const now = Date.now();
  const { id, text, secretHash } = newKey(randomBytes(40), 'live');
  const person = 'nobody@example.com';
  const content: StoredKey = {
    name: NO_ROLE,
    person,
    roles: [],
    scopes: null,
    secretHash,
    createdAt: now,
    createdBy: 'tests',
    expiresAt: now + DAY_MS,
    revokedAt: null,
  };
  const what = { kind: KEY_KIND, name: id, version: 1, effectiveFrom: null, writtenAt: now };
  const rows = [configRow({ ...what, author: 'tests', content }, 'salt')];
  expect((await commit(env, { rows }, now)).verdict).toBe('committed');
  return { id, key: text, person };
}

/** Keys of one role each, and one of none. */
export function makeKeysFirst(): ReadonlyMap<string, MadeKey> {
  beforeAll(async () => {
    for (const role of ROLES) keys.set(role, await makeKey([role]));
    keys.set(NO_ROLE, await keyWithoutRoles());
  });
  return keys;
}

/** Every role, a key of none and nobody at all, against every line. */
export function testCells(lines: Readonly<Record<string, string>>, ask: Ask): void {
  for (const line of guarded(lines)) {
    describe(line.line, () => {
      for (const role of [...ROLES, NO_ROLE]) {
        const may = named(line.roles, role);
        it(`${may ? 'lets' : 'refuses'} ${role}`, async () => {
          const heard = await askLine(ask, line, keys.get(role)?.key);
          if (may) expect([401, 403]).not.toContain(heard.status);
          else expect([heard.status, faultsOfProblem(heard)]).toEqual([403, []]);
          expect(heard.status).toBeLessThan(500);
        });
      }

      it('refuses who shows no key', async () => {
        const heard = await askLine(ask, line, undefined);
        expect([heard.status, faultsOfProblem(heard)]).toEqual([401, []]);
      });
    });
  }
}
