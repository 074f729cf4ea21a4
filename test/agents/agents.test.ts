import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cachedAgentKeys,
  readAgentIds,
  readAgentPage,
  readAgentVersions,
  resolveAgentKeys,
} from '../../src/agents/store';
import { faultsOfProblem, type Heard, itemsOf, makeKey, send } from '../http/caller';

let admin = '';
let viewer = '';

beforeAll(async () => {
  admin = (await makeKey(['admin'], { person: 'admin@example.com' })).key;
  viewer = (await makeKey(['viewer'])).key;
});

const pathOf = (id: string): string => `/v1/agents/${encodeURIComponent(id)}`;
const put = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Heard> =>
  send('PUT', pathOf(id), { key: admin, body, headers });
const get = (id: string): Promise<Heard> => send('GET', pathOf(id), { key: viewer });
const keyOf = async (platform: string, id: string): Promise<string | null> =>
  (await resolveAgentKeys(env, [{ platform, id }]))[0] ?? null;
const countOf = async (table: string): Promise<number> =>
  (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0;

const PAT = {
  name: 'Pat Doe',
  status: 'ACTIVE',
  groups: ['Mentors', 'Tier 2'],
  attributes: { mentorshipEligible: true, tenureDays: 412, site: 'Łódź', ratio: 0.5 },
  platformIds: { genesys: 'g-pat', cxone: 'c-pat' },
  employeeId: 'E-1',
};

describe('an agent', () => {
  it('is created, read back as written, and written again only when something changes', async () => {
    const created = await put('pat', PAT);
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    const shown = { agentId: 'pat', ...PAT, effectiveFrom: null, openClawback: [] };
    expect((await get('pat')).body).toEqual(shown);
    const before = await countOf('audit');
    const same = await put('pat', PAT);
    expect([same.status, same.headers.get('etag'), await countOf('audit')]).toEqual([
      200,
      '"1"',
      before,
    ]);
    const whole = (await get('pat')).body;
    expect((await put('pat', whole)).headers.get('etag')).toBe('"1"');
    const changed = await put('pat', { ...PAT, status: 'INACTIVE' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
  });

  it('is refused to who saw another version', async () => {
    const stale = await put('pat', PAT, { 'If-Match': '"1"' });
    expect([stale.status, faultsOfProblem(stale)]).toEqual([412, []]);
    expect((await put('nobody-yet', PAT, { 'If-Match': '*' })).status).toBe(412);
    expect((await put('pat', PAT, { 'If-None-Match': '*' })).status).toBe(412);
    expect((await get('nobody-yet')).status).toBe(404);
  });

  it('is found by own id first, then by the id on the platform', async () => {
    const key = await keyOf('genesys', 'pat');
    expect(key).toMatch(/^[a-z2-7]{16}$/);
    expect(await keyOf('genesys', 'g-pat')).toBe(key);
    expect(await keyOf('cxone', 'c-pat')).toBe(key);
    expect(await keyOf('cxone', 'g-pat')).toBeNull();
    expect(await keyOf('employee', 'E-1')).toBe(key);
    await put('g-pat', { name: 'Named as the other is on Genesys' });
    expect(await keyOf('genesys', 'g-pat')).not.toBe(key);
  });

  it('has versions in force since ever, from when it was written, and from when it says', async () => {
    await put('dated', { groups: ['a'] });
    await put('dated', { groups: ['b'] });
    await put('dated', { groups: ['c'], effectiveFrom: '2030-01-01T00:00:00+01:00' });
    const key = (await keyOf('any', 'dated')) ?? '';
    const versions = await readAgentVersions(env.DB, key);
    expect(versions.map(({ version, content }) => [version, content.groups[0]])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
    expect(versions[0]?.effectiveFrom).toBeNull();
    expect(versions[1]?.effectiveFrom).toBe(versions[1]?.writtenAt);
    expect(versions[2]?.effectiveFrom).toBe(Date.parse('2029-12-31T23:00:00Z'));
    expect((await get('dated')).body.effectiveFrom).toBe('2029-12-31T23:00:00.000Z');
  });

  it('does not take an address that is another’s', async () => {
    await put('first', { platformIds: { lms: 'shared' }, employeeId: 'E-77' });
    for (const body of [{ platformIds: { lms: 'shared' } }, { employeeId: 'E-77' }]) {
      const taken = await put('second', body);
      expect([taken.status, faultsOfProblem(taken)]).toEqual([409, []]);
      expect(taken.text).not.toContain('first');
    }
    expect((await get('second')).status).toBe(404);
  });

  it('gives an address up by leaving it out, and another can have it then, and give it back', async () => {
    const owner = async () => keyOf('lms', 'shared');
    const first = await keyOf('x', 'first');
    expect(await owner()).toBe(first);
    await put('first', {});
    expect(await owner()).toBeNull();
    expect((await put('second', { platformIds: { lms: 'shared' } })).status).toBe(201);
    expect(await owner()).toBe(await keyOf('x', 'second'));
    expect((await put('first', { platformIds: { lms: 'shared' } })).status).toBe(409);
    await put('second', {});
    expect((await put('first', { platformIds: { lms: 'shared' } })).status).toBe(200);
    expect(await owner()).toBe(first);
  });

  it('created by ten at the same time has one key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => put('rush', { name: 'Rush' })),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBe(1);
    for (const { status } of answers) expect([200, 201, 409]).toContain(status);
    const { results } = await env.DB.prepare(
      "SELECT name FROM config WHERE kind = 'agent' AND content LIKE '%rush%'",
    ).all();
    expect(results.length).toBe(1);
  });

  it('two agents that want one address at the same time: one of them has it', async () => {
    const body = { platformIds: { lms: 'wanted' } };
    const [one, two] = await Promise.all([put('rival-1', body), put('rival-2', body)]);
    expect([one.status, two.status].sort()).toEqual([201, 409]);
  });

  it('keeps no name, id or employee number in a chained column', async () => {
    await put('canary-id', {
      name: 'Canary Name',
      employeeId: 'canary-hr',
      platformIds: { lms: 'canary-lms' },
    });
    const chained = await env.DB.batch([
      env.DB.prepare('SELECT id, kind, name, content_hash FROM config'),
      env.DB.prepare('SELECT * FROM agent_ids'),
      env.DB.prepare('SELECT id, action, subject, detail_hash FROM audit'),
      env.DB.prepare('SELECT contents FROM seals'),
    ]);
    expect(JSON.stringify(chained.map(({ results }) => results)).toLowerCase()).not.toContain(
      'canary',
    );
  });

  it('is translated back from its key', async () => {
    const key = (await keyOf('x', 'pat')) ?? '';
    expect(await readAgentIds(env.DB, [key, 'nobodynobodynobo', key])).toEqual(
      new Map([[key, 'pat']]),
    );
    expect(await readAgentIds(env.DB, [])).toEqual(new Map());
  });
});

describe('agent keys from memory', () => {
  const away = {
    DB: new Proxy(env.DB, {
      get: () => () => {
        throw new Error('D1_ERROR: away');
      },
    }),
    SECRETS_KEY: env.SECRETS_KEY,
  };
  const at = (now: number, clockSet = false) => ({ now, clockSet });

  it('are used for an hour while D1 is away, and not while a sandbox clock is set', async () => {
    await put('cached', { platformIds: { lms: 'cached-lms' } });
    const lookups = [{ platform: 'lms', id: 'cached-lms' }];
    const now = 1_000_000_000;
    const [key] = await cachedAgentKeys(env, lookups, at(now));
    expect(key).toBe(await keyOf('x', 'cached'));
    expect(await cachedAgentKeys(away, lookups, at(now + 29_000))).toEqual([key]);
    expect(await cachedAgentKeys(away, lookups, at(now + 3_599_000))).toEqual([key]);
    await expect(cachedAgentKeys(away, lookups, at(now + 3_700_000))).rejects.toThrow();
    await expect(cachedAgentKeys(away, lookups, at(now, true))).rejects.toThrow();
  });

  it('never keep that somebody is unknown', async () => {
    const lookups = [
      { platform: 'lms', id: 'late' },
      { platform: 'lms', id: 'cached-lms' },
    ];
    const now = 2_000_000_000;
    expect((await cachedAgentKeys(env, lookups, at(now)))[0]).toBeNull();
    await put('late', {});
    expect((await cachedAgentKeys(env, lookups, at(now + 1)))[0]).not.toBeNull();
  });
});

/** D1 that adds up what its statements read. */
function counting(db: D1Database): { db: D1Database; rowsRead: () => number } {
  let rows = 0;
  const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => counted(target.bind(...values));
        if (name !== 'all') return Reflect.get(target, name);
        return async () => {
          const answer = await target.all();
          rows += answer.meta.rows_read;
          return answer;
        };
      },
    });
  const prepare = (sql: string): D1PreparedStatement => counted(db.prepare(sql));
  return { db: new Proxy(db, { get: () => prepare }), rowsRead: () => rows };
}

describe('the list of agents', () => {
  it('holds everybody once, page by page, however many versions they have', async () => {
    const seen: unknown[] = [];
    let cursor: unknown = '';
    while (cursor !== null) {
      const query = cursor === '' ? '' : `&cursor=${String(cursor)}`;
      const page = await send('GET', `/v1/agents?limit=4${query}`, { key: viewer });
      expect(itemsOf(page).length).toBeLessThanOrEqual(4);
      seen.push(...itemsOf(page).map(({ agentId }) => agentId));
      cursor = page.body.nextCursor;
    }
    const all = await env.DB.prepare(
      "SELECT count(DISTINCT name) AS n FROM config WHERE kind = 'agent'",
    ).first<number>('n');
    expect([seen.length, new Set(seen).size]).toEqual([all, all]);
  });

  it('reads a handful of rows for an agent, however many versions there are', async () => {
    for (let turn = 0; turn < 20; turn += 1) await put('often', { groups: [`g${turn}`] });
    const { db, rowsRead } = counting(env.DB);
    const page = await readAgentPage(db, null, 200);
    expect(page.length).toBeGreaterThan(10);
    expect(rowsRead() / page.length).toBeLessThanOrEqual(6);
  });

  it('comes as CSV that the import takes, and as NDJSON', async () => {
    await put('=cmd', { name: '=1+1', groups: ['a,b', 'c"d'] });
    const csv = await send('GET', '/v1/agents?limit=200', {
      key: viewer,
      headers: { Accept: 'text/csv' },
    });
    expect(csv.text.split('\r\n')[0]).toMatch(/^agentId,name,status,groups,employeeId,/);
    expect(csv.text).toContain(`"'=1+1"`);
    expect(csv.text).toContain('"a,b;c""d"');
    const lines = await send('GET', '/v1/agents', {
      key: viewer,
      headers: { Accept: 'application/x-ndjson' },
    });
    for (const line of lines.text.trim().split('\n'))
      expect(JSON.parse(line).agentId).toBeTypeOf('string');
  });
});

describe('the queues of an agent', () => {
  it('are kept with exact weights, one of them primary', async () => {
    const queues = [
      { queueId: 'queue-east', weight: 1.2, primary: true },
      { queueId: 'queue-west', weight: '0.333333' },
    ];
    const { status, body } = await put('queued', {
      ...PAT,
      platformIds: {},
      employeeId: null,
      queues,
    });
    expect([status, body.queues]).toEqual([
      201,
      [
        { queueId: 'queue-east', weight: '1.2', primary: true },
        { queueId: 'queue-west', weight: '0.333333', primary: false },
      ],
    ]);
  });

  it('are refused twice, below zero and with two primary ones', async () => {
    const queue = { queueId: 'queue-east', weight: 1 };
    for (const queues of [
      [queue, queue],
      [{ ...queue, weight: -1 }],
      [
        { ...queue, primary: true },
        { queueId: 'other', weight: 1, primary: true },
      ],
    ]) {
      const heard = await put('refused', { queues });
      expect([heard.status, faultsOfProblem(heard)]).toEqual([422, []]);
    }
  });
});
