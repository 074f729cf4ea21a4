/** What is refused as an agent, and what is kept although it looks odd. */
import { beforeAll, describe, expect, it } from 'vitest';
import { errorsOf, faultsOfProblem, type Heard, makeKey, send } from '../http/caller';

let admin = '';

beforeAll(async () => {
  admin = (await makeKey(['admin'])).key;
});

const pathOf = (id: string): string => `/v1/agents/${encodeURIComponent(id)}`;
const put = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Heard> =>
  send('PUT', pathOf(id), { key: admin, body, headers });
const get = (id: string): Promise<Heard> => send('GET', pathOf(id), { key: admin });

describe('agents that are not acceptable', () => {
  for (const [pointer, body] of [
    ['#/agentId', { agentId: 'other' }],
    ['#/name', { name: '' }],
    ['#/name', { name: 'a\u0000b' }],
    ['#/name', { name: 5 }],
    ['#/name', { name: 'x'.repeat(201) }],
    ['#/status', { status: 'active' }],
    ['#/groups', { groups: ['a', 'a'] }],
    ['#/groups', { groups: 'a' }],
    ['#/groups/0', { groups: [''] }],
    ['#/groups', { groups: Array.from({ length: 101 }, (_, i) => `g${i}`) }],
    ['#/attributes/a.b', { attributes: { 'a.b': 1 } }],
    ['#/attributes/a', { attributes: { a: { b: 1 } } }],
    ['#/attributes/a', { attributes: { a: null } }],
    ['#/platformIds/id', { platformIds: { id: 'x' } }],
    ['#/platformIds/employee', { platformIds: { employee: 'x' } }],
    ['#/platformIds/Genesys Cloud', { platformIds: { 'Genesys Cloud': 'x' } }],
    ['#/platformIds/lms', { platformIds: { lms: '' } }],
    ['#/employeeId', { employeeId: 12 }],
    ['#/effectiveFrom', { effectiveFrom: '2024-01-01' }],
    ['#/points', { points: 5 }],
    ['#', []],
  ] as const) {
    it(`${JSON.stringify(body).slice(0, 40)} is refused at ${pointer}`, async () => {
      const heard = await put('bad', body);
      expect([heard.status, faultsOfProblem(heard)]).toEqual([422, []]);
      expect(errorsOf(heard).map((error) => error.pointer)).toContain(pointer);
      expect((await get('bad')).status).toBe(404);
    });
  }

  it('by half characters, in the body or the address, are refused', async () => {
    const body = '{"name":"\\ud800"}';
    const headers = { 'Content-Type': 'application/json' };
    expect((await put('bad', body, headers)).status).toBe(400);
    for (const id of ['%ED%A0%80', '%00', '%0A', '%20', 'x'.repeat(201), '%zz']) {
      for (const method of ['GET', 'PUT']) {
        const sent = method === 'PUT' ? { key: admin, body: {} } : { key: admin };
        const heard = await send(method, `/v1/agents/${id}`, sent);
        expect([400, 422], id).toContain(heard.status);
        expect(faultsOfProblem(heard)).toEqual([]);
      }
    }
  });

  it('by __proto__ are refused, and change no prototype', async () => {
    const body = '{"attributes":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}';
    const heard = await put('proto', body, { 'Content-Type': 'application/json' });
    expect(heard.status).toBe(400);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('with ids that look like paths, markup or SQL are kept as they are', async () => {
    for (const id of [
      'a/b',
      '../x',
      "'; DROP TABLE config;--",
      '<script>',
      'ünïcødé 🙂',
      'a.b%2Fc',
      'agent-uuid-456',
    ]) {
      expect((await put(id, {})).status, id).toBe(201);
      expect((await get(id)).body.agentId).toBe(id);
    }
  });
});
