import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { BEGINNING, verifyBooks } from '../../src/books/seals/store';
import {
  firstSurplus,
  type Position,
  readPosition,
  writePosition,
} from '../../src/books/verification';
import { hashFields } from '../../src/kernel/hash';
import { readHead } from '../../src/ledger/seals/store';
import {
  agent,
  award,
  behindTheTriggers,
  journal,
  NOON,
  note,
  setting,
  TABLES,
} from '../ledger/books';

/** Everything, however many steps it takes. */
async function verdict(): Promise<unknown> {
  let position: Position | null = BEGINNING;
  while (position !== null) {
    const verified: Awaited<ReturnType<typeof verifyBooks>> = await verifyBooks(
      env.DB,
      TABLES,
      position,
      null,
    );
    if (verified.fault !== null) return verified.fault;
    if (verified.next === null) return null;
    // A cursor carries the whole position.
    position = readPosition(writePosition(verified.next));
    expect(position).toEqual(verified.next);
  }
  return 'no position';
}

interface Sealed {
  readonly table: string;
  readonly id: string;
  readonly seal: number;
}
let rows: Sealed[] = [];

beforeAll(async () => {
  const books = journal();
  for (let group = 0; group < 8; group += 1) {
    const sets = Array.from({ length: 25 }, (_, index) => {
      const name = `${group}-${index}`;
      const more = index % 5 === 0 ? [setting(name, 1)] : [];
      return books.commit({ rows: [award(name, agent(`v${index}`)), note(name), ...more] }, NOON);
    });
    await Promise.all(sets);
  }
  for (const table of ['entries', 'audit', 'config']) {
    const { results } = await env.DB.prepare(`SELECT id, seal FROM ${table}`).all<Sealed>();
    rows = [...rows, ...results.map((row) => ({ ...row, table }))];
  }
});

/** Copies what a deed may change and puts it back. */
async function undone(deed: () => Promise<unknown>, look: () => Promise<void>): Promise<void> {
  await behindTheTriggers(async () => {
    const names = ['seals', ...TABLES.map(({ name }) => name)];
    await env.DB.batch(
      names.map((n) => env.DB.prepare(`CREATE TABLE k_${n} AS SELECT * FROM ${n}`)),
    );
    try {
      await deed();
      await look();
    } finally {
      await env.DB.batch(
        names.flatMap((n) => [
          env.DB.prepare(`DELETE FROM ${n}`),
          env.DB.prepare(`INSERT INTO ${n} SELECT * FROM k_${n}`),
          env.DB.prepare(`DROP TABLE k_${n}`),
        ]),
      );
    }
  });
}

const run = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  entries: ['kind', 'unit', 'from_account', 'to_account', 'amount', 'cause', 'occurred_at', 'seal'],
  audit: ['at', 'action', 'subject', 'detail_hash', 'actor', 'detail', 'seal'],
  config: ['kind', 'name', 'version', 'content_hash', 'author', 'content', 'seal'],
};

type Deed = 'alter' | 'remove' | 'forge';

async function tamper(deed: Deed, row: Sealed, pick: number): Promise<void> {
  const columns = COLUMNS[row.table] ?? [];
  const column = columns[pick % columns.length] ?? 'seal';
  if (deed === 'remove') await run(`DELETE FROM ${row.table} WHERE id = ?`, row.id);
  if (deed === 'alter') {
    const numeric = ['amount', 'at', 'occurred_at', 'version', 'seal'].includes(column);
    const changed = numeric ? `${column} + 1` : `${column} || 'x'`;
    await run(`UPDATE ${row.table} SET ${column} = ${changed} WHERE id = ?`, row.id);
  }
  if (deed === 'forge') {
    const { results } = await env.DB.prepare(`SELECT * FROM ${row.table} WHERE id = ?`)
      .bind(row.id)
      .all<Record<string, string | number | null>>();
    const forged = { ...results[0], id: `${row.id}f` };
    const names = Object.keys(forged);
    await run(
      `INSERT INTO ${row.table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      ...Object.values(forged),
    );
  }
}

test('books nobody touched are whole', async () => {
  expect(await verdict()).toBeNull();
  const head = await readHead(env.DB);
  const verified = await verifyBooks(env.DB, TABLES, BEGINNING, null);
  expect(verified).toMatchObject({ fault: null, next: null, upTo: head.number, rows: rows.length });
  expect(verified.counts?.find(({ table }) => table === 'entries')).toEqual({
    table: 'entries',
    listed: 200,
    present: 200,
  });
});

test('each of a hundred random deeds behind the triggers is named', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Deed>('alter', 'remove', 'forge'),
      fc.nat(rows.length - 1),
      fc.nat(100),
      async (deed, index, pick) => {
        const row = rows[index];
        if (row === undefined) throw new Error('no row');
        await undone(
          () => tamper(deed, row, pick),
          async () => {
            const kind = { alter: 'altered', remove: 'missing', forge: 'forged' }[deed];
            const id = deed === 'forge' ? `${row.id}f` : row.id;
            expect(await verdict()).toEqual({ kind, seal: row.seal, table: row.table, id });
          },
        );
      },
    ),
    { numRuns: 100 },
  );
  expect(await verdict()).toBeNull();
});

test('what was emptied is whole, what was rewritten is not', async () => {
  const row = rows.find(({ table }) => table === 'config');
  if (row === undefined) throw new Error('no row');
  await undone(
    () => run('UPDATE config SET author = NULL, content = NULL, salt = NULL WHERE id = ?', row.id),
    async () => expect(await verdict()).toBeNull(),
  );
  await undone(
    () => run("UPDATE config SET content = '{}x' WHERE id = ?", row.id),
    async () => expect(await verdict()).toMatchObject({ kind: 'altered', id: row.id }),
  );
});

test('a seal that was changed, removed or put in breaks the chain by name', async () => {
  const { number } = await readHead(env.DB);
  const middle = Math.ceil(number / 2);
  const deeds: readonly (readonly [string, number])[] = [
    [`UPDATE seals SET at = at + 1 WHERE id = ${middle}`, middle],
    [`UPDATE seals SET size = size + 1 WHERE id = ${middle}`, middle],
    [`UPDATE seals SET previous = hash WHERE id = ${middle}`, middle],
    [`UPDATE seals SET contents = json_remove(contents, '$[0]') WHERE id = ${middle}`, middle],
    [`DELETE FROM seals WHERE id = ${middle}`, middle + 1],
  ];
  for (const [sql, seal] of deeds) {
    await undone(
      () => run(sql),
      async () => expect(await verdict()).toMatchObject({ kind: 'broken-chain', seal }),
    );
  }
});

test('a table that lacks rows hides none that has too many', () => {
  const lacks = { table: 'audit', listed: 2, present: 1 };
  const forged = { table: 'entries', listed: 1, present: 2 };
  expect(firstSurplus([lacks, forged])).toBe('entries');
  expect(firstSurplus([lacks])).toBeNull();
});

test('rows whose last seal was removed are forged', async () => {
  const { number } = await readHead(env.DB);
  await undone(
    () => run(`DELETE FROM seals WHERE id = ${number}`),
    async () => expect(await verdict()).toMatchObject({ kind: 'forged', seal: number }),
  );
});

test('a seal added on top by a hand that knows no row is found', async () => {
  const head = await readHead(env.DB);
  const contents = [['entries', 'nosuch', 'f'.repeat(64)]] as const;
  const at = head.at + 1;
  const hash = hashFields(head.hash, head.number + 1, at, ...contents.flat());
  await undone(
    () =>
      run(
        'INSERT INTO seals VALUES (?, ?, ?, ?, ?, 1)',
        head.number + 1,
        head.hash,
        hash,
        at,
        JSON.stringify(contents),
      ),
    async () =>
      expect(await verdict()).toEqual({
        kind: 'missing',
        seal: head.number + 1,
        table: 'entries',
        id: 'nosuch',
      }),
  );
});

test('text that is no position is none', () => {
  for (const text of ['', '[]', '{}', '[1,2,3,4,5]', '[1,"x",1,{},null]', 'null', '[[[']) {
    expect(readPosition(text)).toBeNull();
  }
});
