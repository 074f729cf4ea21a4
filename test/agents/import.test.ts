import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLine, MAX_LINES, readLines } from '../../src/agents/import/line';
import { resolveAgentKeys } from '../../src/agents/store';
import { type Body, faultsOfProblem, type Heard, makeKey, send } from '../http/caller';

let admin = '';

beforeAll(async () => {
  admin = (await makeKey(['admin'], { person: 'admin@example.com' })).key;
});

const CSV = { 'Content-Type': 'text/csv' };
const importing = (
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Heard> =>
  send('POST', '/v1/agents/import', { key: admin, body, headers: { ...CSV, ...headers } });
const linesOf = ({ body }: Heard): Body[] => body.lines as Body[];
const counts = ({ body }: Heard): unknown[] => [
  body.created,
  body.updated,
  body.unchanged,
  body.refused,
];
const get = async (id: string): Promise<Body> =>
  (await send('GET', `/v1/agents/${encodeURIComponent(id)}`, { key: admin })).body;

const linesFrom = (text: string) => {
  const lines = readLines(new TextEncoder().encode(text));
  if (!lines.ok) throw new Error(JSON.stringify(lines.failure));
  return lines.value;
};

describe('a line', () => {
  it('is a record, quotes and line ends inside cells included; blank ones are none', () => {
    const lines = linesFrom('\uFEFFagentId,name\r\na,"Doe, ""Pat""\r\nJr"\r\n\r\n , \r\nb,B');
    expect(lines).toEqual([
      { line: 2, cells: { agentId: 'a', name: 'Doe, "Pat"\r\nJr' }, fault: null },
      { line: 5, cells: { agentId: 'b', name: 'B' }, fault: null },
    ]);
  });

  it('with other cells than the header has, or an open quote, is at fault', () => {
    const lines = linesFrom('agentId,name\na\nb,B,more\nc,"open');
    expect(lines.map(({ fault }) => fault !== null)).toEqual([true, true, true]);
  });

  it('changes what its columns say, clears by an empty cell, and leaves the rest', () => {
    const before = {
      agentId: 'a',
      name: 'A',
      status: 'INACTIVE',
      groups: ['g'],
      attributes: { x: 1, y: 2 },
      platformIds: { lms: 'l' },
      employeeId: 'E',
    } as const;
    const cells = { agentId: 'a', name: '', 'attributes.x': '', 'attributes.z': 'true' };
    expect(applyLine(cells, before)).toMatchObject({
      ok: true,
      value: { ...before, name: null, attributes: { y: 2, z: true } },
    });
  });

  it('reads true, false and plain numbers as what they are, anything else as text', () => {
    const [line] = linesFrom(
      'agentId,attributes.a,attributes.b,attributes.c,attributes.d,attributes.e\nx,true,12.5,007,1e3,1.50',
    );
    const agent = applyLine(line?.cells ?? {}, null);
    expect(agent.ok && agent.value.attributes).toEqual({
      a: true,
      b: 12.5,
      c: '007',
      d: '1e3',
      e: '1.50',
    });
  });
});

describe('an import', () => {
  it('keeps good lines, refuses bad ones with their reason, each under its line', async () => {
    const heard = await importing(
      [
        'agentId,name,status,groups,attributes.mentorshipEligible,platform.genesys,employeeId',
        'imp-1,One,active,Mentors; Tier 2,true,g-1,E-1',
        'imp-2,Two,RETIRED,,,g-2,',
        ',No id,,,,,',
        'imp-1,Again,,,,,',
        'imp-3,Three,,,,g-1,',
        'imp-4,Four,,a;a,,,',
        'imp-5,Five,LEFT,,false,g-5,E-5',
      ].join('\r\n'),
    );
    expect(heard.status).toBe(200);
    expect(counts(heard)).toEqual([2, 0, 0, 5]);
    expect(linesOf(heard).map(({ line, agentId, status }) => [line, agentId, status])).toEqual([
      [2, 'imp-1', 'created'],
      [3, 'imp-2', 'refused'],
      [4, null, 'refused'],
      [5, 'imp-1', 'refused'],
      [6, 'imp-3', 'refused'],
      [7, 'imp-4', 'refused'],
      [8, 'imp-5', 'created'],
    ]);
    const pointers = linesOf(heard).map(
      ({ errors }) => (errors as Body[] | undefined)?.[0]?.pointer,
    );
    expect(pointers).toEqual([undefined, '#/status', '#/agentId', '#', '#', '#/groups', undefined]);
    expect(await get('imp-1')).toMatchObject({
      status: 'ACTIVE',
      groups: ['Mentors', 'Tier 2'],
      attributes: { mentorshipEligible: true },
      platformIds: { genesys: 'g-1' },
      employeeId: 'E-1',
    });
    expect((await get('imp-3')).code).toBe('not-found');
    const [key] = await resolveAgentKeys(env, [{ platform: 'genesys', id: 'g-5' }]);
    expect(key).not.toBeNull();
  });

  it('sent again writes nothing new, and changes only what a line changes', async () => {
    const file = 'agentId,name\nre-1,A\nre-2,B\n';
    expect(counts(await importing(file))).toEqual([2, 0, 0, 0]);
    expect(counts(await importing(file))).toEqual([0, 0, 2, 0]);
    expect(counts(await importing('agentId,groups\nre-1,x\nre-2,\n'))).toEqual([0, 1, 1, 0]);
    expect(await get('re-1')).toMatchObject({ name: 'A', groups: ['x'] });
  });

  it('lets an address change hands between two lines', async () => {
    await importing('agentId,platform.lms\nhand-1,swap\nhand-2,\n');
    const heard = await importing('agentId,platform.lms\nhand-1,\nhand-2,swap\n');
    expect(counts(heard)).toEqual([0, 2, 0, 0]);
    expect((await get('hand-2')).platformIds).toEqual({ lms: 'swap' });
  });

  it('of two thousand lines is written in a few sets, and the next line is too many', async () => {
    const lines = Array.from({ length: MAX_LINES }, (_, i) => `many-${i},Name ${i},m-${i}`);
    const file = ['agentId,name,platform.genesys', ...lines].join('\n');
    const before = await env.DB.prepare('SELECT max(id) AS n FROM seals').first<number>('n');
    expect(counts(await importing(file))).toEqual([MAX_LINES, 0, 0, 0]);
    const after = await env.DB.prepare('SELECT max(id) AS n FROM seals').first<number>('n');
    expect((after ?? 0) - (before ?? 0)).toBeLessThanOrEqual(32);
    const more = await importing(`${file}\none-more,x,y`);
    expect([more.status, faultsOfProblem(more)]).toEqual([400, []]);
    expect((await get('one-more')).code).toBe('not-found');
  });

  it('under an Idempotency-Key answers the same bytes again', async () => {
    const headers = { 'Idempotency-Key': 'import-1' };
    const first = await importing('agentId\nidem-1\nidem-2', headers);
    const again = await importing('agentId\nidem-1\nidem-2', headers);
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
    expect(counts(again)).toEqual([2, 0, 0, 0]);
    const other = await importing('agentId\nidem-3', headers);
    expect([other.status, other.body.code]).toEqual([422, 'key-reused']);
  });

  it('by two at the same time leaves every agent with one key', async () => {
    const file = `agentId,name\n${Array.from({ length: 30 }, (_, i) => `both-${i},N`).join('\n')}`;
    const answers = await Promise.all([importing(file), importing(file), importing(file)]);
    for (const { status } of answers) expect(status).toBe(200);
    const all = await importing(file);
    expect(counts(all)).toEqual([0, 0, 30, 0]);
    const { results } = await env.DB.prepare(
      "SELECT content FROM config WHERE kind = 'agent' AND content LIKE '%\"both-%'",
    ).all();
    expect(results.length).toBe(30);
  });

  it('is in the audit log with its counts, without a name', async () => {
    const { results } = await env.DB.prepare(
      "SELECT detail FROM audit WHERE action = 'AGENTS_IMPORTED'",
    ).all<{ detail: string }>();
    expect(results.length).toBeGreaterThan(3);
    expect(JSON.stringify(results)).not.toContain('imp-1');
  });
});

describe('files that are not acceptable', () => {
  for (const [name, body, status] of [
    ['nothing', '', 422],
    ['no agentId', 'name\nA', 422],
    ['an unknown column', 'agentId,salary\na,1', 422],
    ['a column twice', 'agentId,name,name\na,b,c', 422],
    ['a column without a name', 'agentId,attributes.\na,b', 422],
    ['a column of a nested attribute', 'agentId,attributes.a.b\na,b', 422],
    ['semicolons', 'agentId;name\na;b', 422],
    ['bytes that are no UTF-8', new Uint8Array([0x61, 0xff, 0xfe]), 400],
    [
      'too many columns',
      `agentId,${Array.from({ length: 300 }, (_, i) => `attributes.a${i}`).join(',')}\na`,
      422,
    ],
    ['more than 2 MiB', `agentId\n${'x'.repeat(2 * 1024 * 1024)}`, 413],
    ['JSON', '{"agentId":"a"}', 422],
  ] as const) {
    it(`${name}: ${status}`, async () => {
      const heard = await importing(body);
      expect([heard.status, faultsOfProblem(heard)]).toEqual([status, []]);
    });
  }

  it('in another media type: 415', async () => {
    const heard = await importing('agentId\na', { 'Content-Type': 'application/json' });
    expect([heard.status, faultsOfProblem(heard)]).toEqual([415, []]);
  });

  it('with only a header are an import of nobody', async () => {
    expect(counts(await importing('agentId'))).toEqual([0, 0, 0, 0]);
  });

  for (const line of [
    '=1+1',
    '@x',
    "'; DROP TABLE agent_ids;--",
    '<b>',
    '\u0007',
    'x'.repeat(201),
    '🙂',
  ]) {
    it(`keep or refuse the line ${JSON.stringify(line).slice(0, 16)} and nothing else`, async () => {
      const heard = await importing(`agentId\n"${line.replaceAll('"', '""')}"\n`);
      expect(heard.status).toBe(200);
      expect(linesOf(heard).length).toBe(1);
    });
  }

  it('by attributes.__proto__ are refused whole', async () => {
    const heard = await importing('agentId,attributes.__proto__\nproto,1\n');
    expect(heard.status).toBe(422);
    expect(heard.text).toContain('no column attributes.__proto__');
  });
});
