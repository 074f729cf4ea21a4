import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { resolveAgentKeys } from '../../src/agents/store';
import type { ChangeSet } from '../../src/kernel/change-set';
import { commit } from '../../src/ledger/client';
import { entryRow, transaction } from '../../src/ledger/entry';
import { ADMIN_TOKEN, type Body, itemsOf, makeKey, send } from '../http/caller';
import { behindTheTriggers, NOON, rollBackTo, UNIT } from '../ledger/books';

let viewer = '';
let admin = '';
let pat = '';
const PAT = 'pat:doe';
const ACCOUNT = `agent:${PAT}:points:Mentorship:none`;

const set = (
  kind: string,
  cause: string,
  legs: readonly { from: string; to: string; amount: number }[],
  reverses: string | null = null,
): ChangeSet => ({
  rows: transaction(
    { kind, cause, occurredAt: NOON, recordedAt: NOON, reverses },
    legs.map((leg) => ({ ...leg, unit: UNIT, rule: null, day: '2024-09-15' })),
  ).map(entryRow),
});

const get = (path: string) => send('GET', path, { key: viewer });
const account = (address: string, more = '') =>
  get(`/v1/ledger/accounts/${encodeURIComponent(address)}${more}`);

async function book(change: ChangeSet): Promise<string> {
  const answer = await commit(env, change, NOON);
  expect(answer.verdict).toBe('committed');
  return change.rows[0]?.id ?? '';
}

let award = '';

beforeAll(async () => {
  admin = (await makeKey(['admin'])).key;
  viewer = (await makeKey(['viewer'])).key;
  const put = await send('PUT', `/v1/agents/${encodeURIComponent(PAT)}`, { key: admin, body: {} });
  expect(put.status).toBe(201);
  const [key] = await resolveAgentKeys(env, [{ platform: 'id', id: PAT }]);
  pat = `agent:${key}:points:Mentorship:none`;
  award = await book(
    set('AWARD', 'session-1', [
      { from: 'program:Mentorship', to: pat, amount: 505_000 },
      { from: 'program:Mentorship', to: pat, amount: 5_000 },
    ]),
  );
  await book(
    set('REVERSAL', 'session-1', [{ from: pat, to: 'program:Mentorship', amount: 5_000 }], award),
  );
  for (let index = 0; index < 30; index += 1) {
    const leg = { from: 'pool:P', to: 'suspense:x', amount: 1 + index };
    await book(set('TEST', `filler-${index}`, [leg]));
  }
});

test('transactions come newest first, each once and whole, on pages of any size', async () => {
  const whole = itemsOf(await get('/v1/ledger/transactions?limit=200'));
  expect(whole).toHaveLength(32);
  const met: Body[] = [];
  let cursor = '';
  do {
    const page = await get(`/v1/ledger/transactions?limit=7${cursor}`);
    expect(page.status).toBe(200);
    met.push(...itemsOf(page));
    cursor = page.body.nextCursor === null ? '' : `&cursor=${page.body.nextCursor}`;
  } while (cursor !== '');
  expect(met).toEqual(whole);
  const entries = [{ amount: '50.5' }, { amount: '0.5' }];
  expect(whole.at(-1)).toMatchObject({ id: award, kind: 'AWARD', entries });
});

test('the cursor of another list is refused and not taken for the end of this one', async () => {
  const { body } = await get('/v1/ledger/seals?limit=5');
  for (const list of ['/v1/ledger/transactions', '/v1/ledger/accounts/pool:P']) {
    const { status, body: refused } = await get(`${list}?cursor=${body.nextCursor}`);
    expect([status, refused.errors]).toMatchObject([422, [{ pointer: 'query:/cursor' }]]);
  }
});

test('a transaction names its agents, its seal and what took it back', async () => {
  const { status, body } = await get(`/v1/ledger/transactions/${award}`);
  expect(status).toBe(200);
  expect(body.entries).toMatchObject([
    { id: award, from: 'program:Mentorship', to: ACCOUNT, amount: '50.5', unit: UNIT },
    { to: ACCOUNT, amount: '0.5' },
  ]);
  const [reversal] = body.reversedBy as string[];
  expect(body.reversedBy).toHaveLength(1);
  const taken = await get(`/v1/ledger/transactions/${reversal}`);
  expect(taken.body).toMatchObject({ kind: 'REVERSAL', reverses: award, reversedBy: [] });
  expect(body.sealed).toMatchObject({ number: body.seal });
  expect((await get('/v1/ledger/transactions/nosuch')).status).toBe(404);
});

test("an agent's account is addressed by the agent's own id", async () => {
  const { status, body } = await account(ACCOUNT);
  expect(status).toBe(200);
  expect(body.account).toBe(ACCOUNT);
  expect(body.balances).toEqual([{ amount: '50.5', unit: UNIT }]);
  const changes = (body.items as Body[]).map(({ change }) => change).sort();
  expect(changes).toEqual(['-0.5', '0.5', '50.5']);
  expect(JSON.stringify(body)).not.toContain(pat);
  expect((await account('agent:nobody:points:Mentorship:none')).status).toBe(404);
});

test('other accounts show their running row and their entries', async () => {
  const { body } = await account('program:Mentorship');
  expect(body.balances).toEqual([{ amount: '-50.5', unit: UNIT }]);
  expect(body.items).toHaveLength(3);
  const empty = await account('program:Nothing');
  expect(empty.body).toMatchObject({ balances: [], items: [] });
});

test('points are told per category and season', async () => {
  const { body } = await get(`/v1/agents/${encodeURIComponent(PAT)}/points`);
  expect(body).toEqual({
    agentId: PAT,
    items: [
      { category: 'Mentorship', season: 'none', amount: '50.5', unit: UNIT, account: ACCOUNT },
    ],
  });
  expect((await get('/v1/agents/nobody/points')).status).toBe(404);
});

test('the trial balance is zero, and names a running row that drifted', async () => {
  const { body } = await get('/v1/ledger/trial-balance');
  expect(body).toMatchObject({
    balanced: true,
    units: [{ unit: UNIT, agents: '50.5', sum: '0' }],
    drift: [],
  });
  await env.DB.prepare("UPDATE balances SET amount = amount + 1 WHERE account = 'pool:P'").run();
  const drifted = await get('/v1/ledger/trial-balance');
  expect(drifted.body).toMatchObject({
    balanced: false,
    drift: [{ account: 'pool:P', unit: UNIT }],
  });
  await env.DB.prepare("UPDATE balances SET amount = amount - 1 WHERE account = 'pool:P'").run();
});

test('seals are listed newest first and verified whole or by range', async () => {
  const first = await get('/v1/ledger/seals?limit=5');
  expect(itemsOf(first)).toHaveLength(5);
  const second = await get(`/v1/ledger/seals?limit=5&cursor=${first.body.nextCursor}`);
  const [upper, lower] = [itemsOf(first).at(-1), itemsOf(second)[0]];
  expect(upper?.previous).toBe(lower?.hash);

  const whole = await get('/v1/ledger/verify');
  const head = whole.body.head as { number: number };
  expect(whole.body).toMatchObject({ verdict: 'INTACT', fault: null, upTo: head.number });
  expect(whole.body.counts).toContainEqual({ table: 'entries', listed: 33, present: 33 });
  const range = await get('/v1/ledger/verify?from=3&to=9');
  expect(range.body).toMatchObject({ verdict: 'INTACT', upTo: 9, counts: null });
  expect((await get('/v1/ledger/verify?from=999999')).status).toBe(422);
  expect((await get('/v1/ledger/verify?from=0')).status).toBe(422);
  expect((await get('/v1/ledger/verify?cursor=AAAA')).status).toBe(422);
});

test('an entry altered behind the triggers is named', async () => {
  await behindTheTriggers(async () => {
    await env.DB.prepare('UPDATE entries SET amount = amount + 1 WHERE id = ?').bind(award).run();
    const { body } = await get('/v1/ledger/verify');
    expect(body).toMatchObject({
      verdict: 'BROKEN',
      fault: { kind: 'altered', table: 'entries', id: award },
    });
    await env.DB.prepare('UPDATE entries SET amount = amount - 1 WHERE id = ?').bind(award).run();
  });
  expect((await get('/v1/ledger/verify')).body.verdict).toBe('INTACT');
});

test('what was lost by a restore is accepted by an admin only, once, and audited', async () => {
  const body = { reason: 'restored to Tuesday' };
  const path = '/v1/ledger/accept-rollback';
  expect((await send('POST', path, { key: viewer, body })).status).toBe(403);
  expect((await send('POST', path, { key: admin, body })).status).toBe(409);

  const last = await commit(env, set('TEST', 'gone', [{ from: 'a', to: 'b', amount: 1 }]), NOON);
  if (last.verdict !== 'committed') throw new Error('not committed');
  await rollBackTo(last.seal - 1);
  const health = await send('GET', '/v1/health');
  expect(health.body.status).toBe('stuck');
  const refused = await send('PUT', '/v1/agents/late', { key: admin, body: {} });
  expect(refused.status).toBe(503);

  const accepted = await send('POST', path, { key: admin, body });
  expect(accepted.status).toBe(200);
  expect(accepted.body).toEqual({ accepted: { expected: last.seal, found: last.seal - 1 } });
  expect((await send('POST', path, { key: admin, body })).status).toBe(409);
  const audit = itemsOf(await get('/v1/audit?subject=journal'));
  expect(audit).toMatchObject([{ action: 'ROLLBACK_ACCEPTED', detail: body }]);
  expect((await get('/v1/ledger/verify')).body.verdict).toBe('INTACT');
});

test('a statement splits the points it closes with by season, and nothing else', async () => {
  const [, key] = pat.split(':');
  const of = (category: string, season: string) => `agent:${key}:points:${category}:${season}`;
  const held = of('Mentorship', 'q3');
  await book(
    set('AWARD', 'in-seasons', [
      { from: 'program:Mentorship', to: held, amount: 300_000 },
      { from: held, to: of('Mentorship', 'q4'), amount: 100_000 },
      { from: 'funding:P', to: `agent:${key}:reward:earned`, amount: 70_000 },
    ]),
  );
  const [from, to] = ['2000-01-01', '2100-01-01'];
  const path = `/v1/agents/${encodeURIComponent(PAT)}`;
  const { body } = await get(`${path}/statement?from=${from}&to=${to}`);
  expect(body.balances).toMatchObject([
    {
      closing: '87.5',
      seasons: [
        { season: 'none', closing: '50.5' },
        { season: 'q3', closing: '20' },
        { season: 'q4', closing: '10' },
      ],
    },
  ]);
  const points = itemsOf(await get(`${path}/points`));
  expect(points.map(({ season, amount }) => [season, amount]).sort()).toEqual([
    ['none', '50.5'],
    ['q3', '20'],
    ['q4', '10'],
  ]);
});

test('bad parameters are refused with a pointer', async () => {
  for (const path of [
    '/v1/ledger/transactions?limit=0',
    '/v1/ledger/transactions?cursor=*',
    '/v1/ledger/seals?limit=x',
    `/v1/ledger/accounts/${'a'.repeat(301)}`,
  ]) {
    const answer = await get(path);
    expect([path, answer.status]).toEqual([path, 422]);
  }
  expect((await send('GET', '/v1/ledger/seals')).status).toBe(401);
  expect((await send('GET', '/v1/ledger/seals', { key: ADMIN_TOKEN })).status).toBe(403);
});
