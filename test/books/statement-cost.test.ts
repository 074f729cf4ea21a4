/**
 * What a page of a statement costs in a ledger of a hundred thousand entries, as the runtime bills
 * it: rows of D1 read over the whole request, authentication included. The books are filled by SQL.
 */
import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, it, vi } from 'vitest';
import worker from '../../src/index';
import { decisionRow } from '../../src/points/coaching/decision';
import { type Cost, countedDb } from '../boards/counted';
import { keyOf, people, signIn } from '../boards/stage';

const BAR_ROWS = 5_000;
const ENTRIES = 100_000;
/** A million awards over as many mentors again leave each as many as these have. */
const AGENTS = 40;
const OF_ONE = ENTRIES / AGENTS;
const NOON = Date.UTC(2032, 5, 30, 12);
const DAY = 86_400_000;
/** Coaching sessions of the first agent that brought nothing, 60 to a row of the list. */
const IDLE = 3_000;
vi.useFakeTimers({ toFake: ['Date'] });

let bearer = '';
const nameOf = (index: number): string => `m${index}`;

const FILL = `WITH RECURSIVE c (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?2),
    a AS (SELECT n, (SELECT value FROM json_each(?3) WHERE key = n % ${AGENTS}) AS agent,
            ?4 / ${DAY} - (n / ${AGENTS}) % 300 AS day FROM c)
  INSERT INTO entries SELECT agent || '.' || strftime('%Y%m%d', day * 86400, 'unixepoch')
      || '.' || printf('%024d', n),
    agent || printf('.%d', n), CASE n % 3 WHEN 0 THEN 'REVERSAL' ELSE 'AWARD' END,
    'POINTS/Mentorship',
    CASE n % 3 WHEN 0 THEN 'agent:' || agent || ':points:Mentorship:none' ELSE 'program:Mentorship' END,
    CASE n % 3 WHEN 0 THEN 'program:Mentorship' ELSE 'agent:' || agent || ':points:Mentorship:none' END,
    500000, printf('%032d.000001', n), 'rule/r/1', NULL, CAST(day * ${DAY} AS INTEGER), ?4, 1 FROM a`;

async function fillIdle(mentorKey: string): Promise<void> {
  const day = '2032-06-02';
  const at = Date.UTC(2032, 5, 2, 9);
  const rows = Array.from({ length: IDLE }, (_, index) => {
    const session = index.toString(16).padStart(32, '0');
    const span = { from: at - 1000, until: at };
    const person = {
      completion: 'e',
      mentorKey,
      menteeKey: 'k',
      day,
      span,
      mentor: {},
      mentee: {},
    };
    const row = decisionRow(
      {
        session,
        number: 1,
        at,
        upto: at,
        outcome: 'NO_RULE',
        events: [],
        score: 70,
        frozen: { ...person, before: null, measures: {} },
        rules: [],
        awards: [],
        postings: [],
      },
      'salt',
    );
    return { id: row.id, ...row.values, ...row.side };
  });
  await env.DB.prepare(
    `INSERT INTO decisions SELECT value->>'id', value->>'session', value->>'upto', value->>'outcome',
       value->>'content_hash', 1, value->>'content', 'salt' FROM json_each(?)`,
  )
    .bind(JSON.stringify(rows))
    .run();
  const lists = Array.from({ length: IDLE / 60 }, (_, list) => ({
    id: `${mentorKey}.20320602.${list.toString().padStart(16, '0')}`,
    sessions: rows.slice(list * 60, list * 60 + 60).map(({ id }) => id.slice(0, 32)),
  }));
  await env.DB.batch(
    lists.map(({ id, sessions }) =>
      env.DB.prepare('INSERT INTO mentorings VALUES (?, ?, 1)').bind(id, sessions.join(' ')),
    ),
  );
}

beforeAll(async () => {
  vi.setSystemTime(NOON);
  const names = Array.from({ length: AGENTS }, (_, index) => nameOf(index));
  await people(names, NOON);
  const keys = JSON.stringify(names.map(keyOf));
  for (let from = 0; from < ENTRIES; from += 20_000) {
    await env.DB.prepare(FILL)
      .bind(from, from + 20_000, keys, NOON)
      .run();
  }
  await fillIdle(keyOf(nameOf(0)));
  await env.DB.prepare(
    `WITH RECURSIVE c (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM c WHERE n < 999)
     INSERT INTO seals SELECT n, 'h', 'h' || n, ?1, (SELECT json_group_array(json_array(
         CASE value % 20 WHEN 0 THEN 'decisions' ELSE 'audit' END, printf('%032x.000001', n), 'h'))
       FROM json_each('[0,1,2,3,4,5,6,7,8,9]')), 10 FROM c`,
  )
    .bind(NOON)
    .run();
  bearer = await signIn();
});

interface Page {
  readonly rows: number;
  readonly items: readonly { readonly kind: string; readonly change: string }[];
  readonly balances: readonly Readonly<Record<string, string>>[];
  readonly nextCursor: string | null;
}

async function read(agent: number, query: string): Promise<Page> {
  const cost: Cost = { rows: 0, values: 0 };
  const response = await worker.fetch(
    new Request(`https://guerdon.test/v1/agents/${nameOf(agent)}/statement${query}`, {
      headers: { authorization: `Bearer ${bearer}` },
    }),
    { ...env, DB: countedDb(env.DB, cost) },
    createExecutionContext(),
  );
  const body = (await response.json()) as Page;
  if (response.status !== 200) throw new Error(JSON.stringify(body));
  return { ...body, rows: cost.rows };
}

it('a page reads at most 5,000 rows, the first and any other, of a month and of all time', async () => {
  const costs: Record<string, number> = {};
  for (const [name, query] of Object.entries({
    month: '?limit=200',
    ever: '?limit=200&from=2000-01-01',
    early: '?limit=200&from=2031-10-01&to=2031-11-01',
    earlier: `?limit=200&as_of=${new Date(NOON - 1).toISOString()}`,
  })) {
    for (const agent of [0, 1]) {
      const first = await read(agent, query);
      costs[`${name} ${agent}`] = first.rows;
      if (first.nextCursor === null) continue;
      const second = await read(agent, `${query}&cursor=${first.nextCursor}`);
      costs[`${name} ${agent}, next`] = second.rows;
    }
  }
  expect(Math.max(...Object.values(costs))).toBeLessThanOrEqual(BAR_ROWS);
});

it('pages of three thousand coaching sessions that brought nothing are as cheap', async () => {
  let cursor = '';
  let [nothing, entries] = [0, 0];
  const rows: number[] = [];
  do {
    const page = await read(0, `?limit=200&from=2032-06-01&to=2032-07-01${cursor}`);
    rows.push(page.rows);
    nothing += page.items.filter(({ kind }) => kind === 'NOTHING_EARNED').length;
    entries += page.items.filter(({ kind }) => kind !== 'NOTHING_EARNED').length;
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  expect(nothing).toBe(IDLE);
  expect(entries).toBe(270);
  expect(Math.max(...rows)).toBeLessThanOrEqual(BAR_ROWS);
});

it('sums are exact over all of it', async () => {
  const { balances } = await read(7, '?from=2000-01-01&limit=1');
  const taken = Array.from({ length: OF_ONE }, (_, n) => n * AGENTS + 7).filter((n) => n % 3 === 0);
  const earned = (OF_ONE - taken.length) * 50;
  const revoked = -taken.length * 50;
  expect(balances).toMatchObject([
    { earned: `${earned}`, revoked: `${revoked}`, closing: `${earned + revoked}` },
  ]);
});
