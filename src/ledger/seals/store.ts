/**
 * Named reads of the seals, of what they list and of raw bodies. Writes nothing.
 */
import { hashFields } from '../../kernel/hash';
import { BODY_TABLES, bodiesTable, type Look } from '../group/group';
import type { Ask, JournalTable } from '../journal';
import type { GroupBodies } from './body';
import {
  contentOf,
  type FoundRow,
  type Head,
  type Listed,
  NO_SEAL,
  rowKey,
  type Seal,
} from './seal';

type ChainedRow = Readonly<Record<string, string | number | null>>;

/** Reads columns of rows by id: one lookup of the primary key each. */
const selectRows = (
  db: D1Database,
  table: JournalTable,
  ids: readonly string[],
  columns = table.values,
) =>
  db
    .prepare(
      `SELECT ${['id', 'seal', ...columns].map((column) => `t.${column}`).join(', ')}
       FROM json_each(?) AS wanted CROSS JOIN ${table.name} AS t ON t.id = wanted.value`,
    )
    .bind(JSON.stringify(ids));

function addFound(
  found: Map<string, FoundRow>,
  table: JournalTable,
  rows: readonly ChainedRow[],
): void {
  for (const { id, seal, ...values } of rows) {
    const content = contentOf(values);
    found.set(rowKey(table.name, String(id)), { seal: Number(seal), content });
  }
}

/** The journal's look: head, anchor, rows, balances and types as of one snapshot, in one batch. */
export async function readFacts(db: D1Database, ask: Ask): Promise<Look> {
  const wanted = [...ask.ids];
  const [heads, anchors, balances, types, ...rows] = await db.batch([
    db.prepare('SELECT id AS number, hash, at FROM seals ORDER BY id DESC LIMIT 1'),
    db.prepare('SELECT hash FROM seals WHERE id = ?').bind(ask.anchor),
    db
      .prepare(
        `SELECT b.id, CAST(b.amount AS TEXT) AS amount
         FROM json_each(?) AS wanted CROSS JOIN balances AS b ON b.id = wanted.value`,
      )
      .bind(JSON.stringify(ask.balances)),
    db
      .prepare(
        `SELECT wanted.value AS "table", c.name, c.type
         FROM json_each(?) AS wanted, pragma_table_info(wanted.value) AS c`,
      )
      .bind(JSON.stringify(ask.types)),
    ...wanted.map(([table, ids]) => selectRows(db, table, ids)),
  ]);
  const found = new Map<string, FoundRow>();
  for (const [index, [table]] of wanted.entries()) {
    addFound(found, table, (rows[index]?.results ?? []) as ChainedRow[]);
  }
  const [head = NO_SEAL] = (heads?.results ?? []) as Head[];
  const [anchor] = (anchors?.results ?? []) as { hash: string }[];
  const amounts = (balances?.results ?? []) as { id: string; amount: string }[];
  return {
    head,
    anchorHash: anchor?.hash ?? null,
    facts: {
      rows: found,
      balances: new Map(amounts.map(({ id, amount }) => [id, BigInt(amount)])),
    },
    types: ask.types.length === 0 ? null : typesOf((types?.results ?? []) as ColumnInfo[]),
  };
}

interface ColumnInfo {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}

function typesOf(columns: readonly ColumnInfo[]): Map<string, Map<string, string>> {
  const types = new Map<string, Map<string, string>>();
  for (const { table, name, type } of columns) {
    const known = types.get(table) ?? new Map<string, string>();
    types.set(table, known.set(name, type));
  }
  return types;
}

interface SealRow {
  readonly id: number;
  readonly previous: string;
  readonly hash: string;
  readonly at: number;
  readonly contents: string;
  readonly size: number;
}

const sealOf = ({ id, contents, ...rest }: SealRow): Seal => ({
  ...rest,
  number: id,
  contents: JSON.parse(contents) as Listed[],
});

/** Seals from a number on, in order, until they hold so many rows; the last may pass that. */
export async function readSealsFrom(db: D1Database, from: number, rows: number): Promise<Seal[]> {
  const { results } = await db
    .prepare(
      `WITH some AS (SELECT id, size, sum(size) OVER (ORDER BY id) AS run
         FROM (SELECT id, size FROM seals WHERE id >= ?1 ORDER BY id LIMIT ${MOST_SEALS}))
       SELECT s.* FROM some CROSS JOIN seals AS s ON s.id = some.id
       WHERE some.run - some.size < ?2 ORDER BY s.id`,
    )
    .bind(from, rows)
    .all<SealRow>();
  return results.map(sealOf);
}

/** Seals by number, in no order; unknown ones are left out. */
export async function readSeals(db: D1Database, numbers: readonly number[]): Promise<Seal[]> {
  const { results } = await db
    .prepare('SELECT s.* FROM json_each(?) AS n CROSS JOIN seals AS s ON s.id = n.value')
    .bind(JSON.stringify(numbers))
    .all<SealRow>();
  return results.map(sealOf);
}

export type SealLine = Omit<Seal, 'contents'>;

/** Seals without their contents, newest first, before a number (null: from the newest). */
export async function readSealLines(
  db: D1Database,
  before: number | null,
  count: number,
): Promise<SealLine[]> {
  const { results } = await db
    .prepare(
      `SELECT id AS number, previous, hash, at, size FROM seals
       WHERE id < ? ORDER BY id DESC LIMIT ?`,
    )
    .bind(before ?? Number.MAX_SAFE_INTEGER, count)
    .all<SealLine>();
  return results;
}

/** The last seal, or what stands before the first. */
export async function readHead(db: D1Database): Promise<Head> {
  const [line] = await readSealLines(db, null, 1);
  return line === undefined ? NO_SEAL : { number: line.number, hash: line.hash, at: line.at };
}

/** The rows that seals list as they stand now, by `rowKey`. Tables that are not given are left out. */
export async function readListed(
  db: D1Database,
  tables: readonly JournalTable[],
  seals: readonly Seal[],
): Promise<Map<string, FoundRow>> {
  const wanted = new Map<string, string[]>(tables.map(({ name }) => [name, []]));
  for (const [table, id] of seals.flatMap(({ contents }) => contents)) wanted.get(table)?.push(id);
  const asked = tables.filter(({ name }) => (wanted.get(name) ?? []).length > 0);
  const found = new Map<string, FoundRow>();
  if (asked.length === 0) return found;
  const answers = await db.batch(
    asked.map((table) =>
      selectRows(db, table, wanted.get(table.name) ?? [], [...table.values, ...table.side]),
    ),
  );
  for (const [index, table] of asked.entries()) {
    for (const row of (answers[index]?.results ?? []) as ChainedRow[]) {
      const values = Object.fromEntries(table.values.map((name) => [name, row[name] ?? null]));
      found.set(rowKey(table.name, String(row.id)), {
        seal: Number(row.seal),
        content: contentOf(values),
        fits: sideFits(table, row),
      });
    }
  }
  return found;
}

/**
 * Whether what may be emptied is what was written. What was emptied fits, but only whole: a salt
 * alone that is gone would hide a change of what it salts.
 */
const sideFits = ({ bound = [] }: JournalTable, row: ChainedRow): boolean =>
  bound.every(({ hash, over: [salt = '', ...over] }) => {
    const whole = over.flatMap((column) => row[column] ?? []);
    if (whole.length === 0) return true;
    const salted = [row[salt] ?? '', ...whole];
    return whole.length === over.length && hashFields(...salted) === row[hash];
  });

const MOST_SEALS = 200;

const MONTH_MS = 31 * 86_400_000;

/**
 * The raw body of an event row under its seal, or null once it was dropped. `receivedAt` says in
 * which table to look first: a group is sealed at or after the receipt of what it holds.
 */
export async function readBody(
  db: D1Database,
  eventRowId: string,
  seal: number,
  receivedAt: number,
): Promise<string | null> {
  const months = Array.from({ length: BODY_TABLES.length + 1 }, (_, index) =>
    bodiesTable(receivedAt + index * MONTH_MS),
  );
  const tables = [...new Set([...months, ...BODY_TABLES])];
  const selects = tables.map(
    (table) => `SELECT content ->> ?2 AS body FROM ${table} WHERE id = ?1`,
  );
  const row = await db
    .prepare(`${selects.join(' UNION ALL ')} LIMIT 1`)
    .bind(seal, `$.${JSON.stringify(eventRowId)}`)
    .first<{ body: string | null }>();
  return row?.body ?? null;
}

/** The raw bodies that are still there under some seals, in the order of the seals. */
export async function readGroupBodies(
  db: D1Database,
  seals: readonly number[],
): Promise<GroupBodies[]> {
  const selects = BODY_TABLES.map(
    (table) =>
      `SELECT b.id AS seal, '${table}' AS "table", b.content
       FROM json_each(?1) AS n CROSS JOIN ${table} AS b ON b.id = n.value`,
  );
  const { results } = await db
    .prepare(`${selects.join(' UNION ALL ')} ORDER BY 1`)
    .bind(JSON.stringify(seals))
    .all<GroupBodies & Record<string, unknown>>();
  return results;
}
