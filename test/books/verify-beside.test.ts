/** What lies beside the chain, raw bodies and stored answers, is held against it all the same. */
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { makeKey, send } from '../http/caller';
import { completed, countRows, deliver, hire, putSource, until } from '../intake/sender';

const BODIES = [0, 1, 2, 3, 4].map((month) => `bodies_${month}`);

let key = '';
let event: { id: string; seal: number };
let answer: { id: string; seal: number };

const verified = async () => {
  let found = await send('GET', '/v1/ledger/verify', { key });
  while (typeof found.body.nextCursor === 'string')
    found = await send('GET', `/v1/ledger/verify?cursor=${found.body.nextCursor}`, { key });
  const { verdict, fault } = found.body;
  return { verdict, fault };
};

const WHOLE = { verdict: 'INTACT', fault: null };

/** The table of bodies that holds one. */
async function held(): Promise<{ table: string; content: string }> {
  for (const table of BODIES) {
    const row = await env.DB.prepare(`SELECT content FROM ${table}`).first<{ content: string }>();
    if (row !== null) return { table, content: row.content };
  }
  throw new Error('no body is there');
}

const write = (table: string, content: string) =>
  env.DB.prepare(`UPDATE ${table} SET content = ?`).bind(content).run();

const RULE = {
  name: 'n',
  evaluationOrder: 1,
  conditions: [{ field: 'qaCalibrationScore', operator: 'EXISTS' }],
  actions: [{ type: 'AWARD_POINTS', points: 1, pointCategory: 'X', recipientType: 'MENTOR' }],
};
const makeRule = () =>
  send('POST', '/v1/rules', { key, body: RULE, headers: { 'Idempotency-Key': 'k1' } });

const oneOf = async (table: string) => {
  const row = await env.DB.prepare(`SELECT id, seal FROM ${table}`).first<typeof event>();
  if (row === null) throw new Error(`nothing in ${table}`);
  return row;
};

beforeAll(async () => {
  ({ key } = await makeKey(['viewer', 'author', 'admin']));
  await hire('mentor-1', 'mentee-1');
  await putSource('platform');
  await deliver('platform', completed('b1'));
  await until(async () => (await countRows('events')) > 0);
  expect((await makeRule()).status).toBe(201);
  [event, answer] = [await oneOf('events'), await oneOf('idempotency')];
});

test('books with raw bodies and stored answers that nobody touched are whole', async () => {
  expect(await verified()).toEqual(WHOLE);
});

test('a raw body that was altered is named by its event (L5)', async () => {
  const { table, content } = await held();
  for (const altered of [content.replace('85', '99'), content.replace(/:".*"/, ':7'), '7', '{']) {
    await write(table, altered);
    const { verdict, fault } = await verified();
    expect(verdict).toBe('BROKEN');
    const id = altered.startsWith('{"') ? event.id : String(event.seal);
    expect(fault).toEqual({ kind: 'altered', seal: event.seal, table, id });
  }
  await write(table, content);
  expect(await verified()).toEqual(WHOLE);
});

test('a raw body that no event of its seal has is forged', async () => {
  const { table, content } = await held();
  await write(table, JSON.stringify({ ...JSON.parse(content), nosuch: '{}' }));
  const fault = { kind: 'forged', seal: event.seal, table, id: 'nosuch' };
  expect(await verified()).toEqual({ verdict: 'BROKEN', fault });
  await write(table, content);
});

test('a raw body that was erased or whose time is over is no fault', async () => {
  const { table, content } = await held();
  await write(table, '{}');
  expect(await verified()).toEqual(WHOLE);
  await env.DB.prepare(`DELETE FROM ${table}`).run();
  expect(await verified()).toEqual(WHOLE);
  const back = `INSERT INTO ${table} (id, content) VALUES (?, ?)`;
  await env.DB.prepare(back).bind(event.seal, content).run();
});

test.each([
  "body = '{}'",
  "headers = '{}x'",
  "salt = salt || 'x'",
  'salt = NULL',
  'body = NULL',
  'status = 200',
])('a stored answer whose %s was written is altered (L5)', async (change) => {
  const before = await env.DB.prepare('SELECT * FROM idempotency').first();
  await env.DB.prepare(`UPDATE idempotency SET ${change}`).run();
  const fault = { kind: 'altered', seal: answer.seal, table: 'idempotency', id: answer.id };
  expect(await verified()).toEqual({ verdict: 'BROKEN', fault });
  const { body, headers, salt, status } = before ?? {};
  await env.DB.prepare('UPDATE idempotency SET body = ?, headers = ?, salt = ?, status = ?')
    .bind(body, headers, salt, status)
    .run();
  expect(await verified()).toEqual(WHOLE);
});

test('a stored answer that was emptied whole is no fault and keeps its status', async () => {
  await env.DB.prepare('UPDATE idempotency SET body = NULL, headers = NULL, salt = NULL').run();
  expect(await verified()).toEqual(WHOLE);
  const again = await makeRule();
  expect([again.status, again.text]).toEqual([201, 'null']);
});
