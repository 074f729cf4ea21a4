/**
 * Named reads of the ledger's tables. Lists by time walk the seals newest first, so no table needs
 * an index on time. Writes nothing: the journal does.
 */
import { and, desc, eq, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Answer } from '../http/route';
import type { ConfigVersion } from './config';
import type { Look } from './group';
import type { Ask, JournalTable } from './journal';
import { config, idempotency } from './schema';
import { contentOf, type FoundRow, type Head, NO_SEAL, rowKey } from './seal';

/** What the journal writes of the ledger's own. Columns in the order of the migration. */
export const ENTRIES_TABLE: JournalTable = {
  name: 'entries',
  values: [
    'tx',
    'kind',
    'unit',
    'from_account',
    'to_account',
    'amount',
    'cause',
    'rule',
    'reverses',
    'occurred_at',
    'recorded_at',
  ],
  side: [],
};

export const AUDIT_TABLE: JournalTable = {
  name: 'audit',
  values: ['at', 'action', 'subject', 'detail_hash'],
  side: ['actor', 'detail', 'salt'],
};

export const CONFIG_TABLE: JournalTable = {
  name: 'config',
  values: ['kind', 'name', 'version', 'effective_from', 'written_at', 'content_hash'],
  side: ['author', 'content', 'salt'],
};

export const IDEMPOTENCY_TABLE: JournalTable = {
  name: 'idempotency',
  values: ['fingerprint', 'at'],
  side: ['status', 'headers', 'body'],
};

type ChainedRow = Readonly<Record<string, string | number | null>>;

/** Reads the chained columns of rows by id: one lookup of the primary key each. */
const selectRows = (db: D1Database, table: JournalTable, ids: readonly string[]) =>
  db
    .prepare(
      `SELECT t.id, t.seal, ${table.values.map((column) => `t.${column}`).join(', ')}
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

/** The stored answer under an idempotency row id, or null. */
export async function readStoredAnswer(
  db: D1Database,
  id: string,
): Promise<{ readonly fingerprint: string; readonly answer: Answer } | null> {
  const [row] = await drizzle(db).select().from(idempotency).where(eq(idempotency.id, id));
  if (row === undefined) return null;
  const headers = JSON.parse(row.headers ?? '{}') as Record<string, string>;
  return {
    fingerprint: row.fingerprint,
    answer: { status: row.status ?? 200, body: JSON.parse(row.body ?? 'null'), headers },
  };
}

/** Text that sorts just after every id beginning with `prefix` and a slash. */
const after = (prefix: string): string => `${prefix}0`;

const versionOf = <T>(row: typeof config.$inferSelect): ConfigVersion<T> => ({
  kind: row.kind,
  name: row.name,
  version: row.version,
  effectiveFrom: row.effectiveFrom,
  writtenAt: row.writtenAt,
  author: row.author ?? '',
  content: JSON.parse(row.content ?? 'null') as T,
});

/** The newest version of a configuration thing, or null. One row read. */
export async function readLatest<T>(
  db: D1Database,
  kind: string,
  name: string,
): Promise<ConfigVersion<T> | null> {
  const prefix = `${kind}/${name}`;
  const [row] = await drizzle(db)
    .select()
    .from(config)
    .where(and(gte(config.id, `${prefix}/`), lt(config.id, after(prefix))))
    .orderBy(desc(config.id))
    .limit(1);
  return row === undefined ? null : versionOf<T>(row);
}

/** All versions of one thing, oldest first. */
export async function readVersions<T>(
  db: D1Database,
  kind: string,
  name: string,
): Promise<ConfigVersion<T>[]> {
  const prefix = `${kind}/${name}`;
  const rows = await drizzle(db)
    .select()
    .from(config)
    .where(and(gte(config.id, `${prefix}/`), lt(config.id, after(prefix))))
    .orderBy(config.id);
  return rows.map((row) => versionOf<T>(row));
}

/** All versions of all things of a kind, by name and version. For kinds that stay few (rules, programmes). */
export async function readAllVersions<T>(
  db: D1Database,
  kind: string,
): Promise<ConfigVersion<T>[]> {
  const rows = await drizzle(db)
    .select()
    .from(config)
    .where(and(gte(config.id, `${kind}/`), lt(config.id, after(kind))))
    .orderBy(config.id);
  return rows.map((row) => versionOf<T>(row));
}

const toVersion = <T>(row: Record<string, unknown>): ConfigVersion<T> => ({
  kind: String(row.kind),
  name: String(row.name),
  version: Number(row.version),
  effectiveFrom: row.effective_from === null ? null : Number(row.effective_from),
  writtenAt: Number(row.written_at),
  author: String(row.author ?? ''),
  content: JSON.parse(String(row.content ?? 'null')) as T,
});

const NEWEST_OF = (name: string): string =>
  `(SELECT max(id) FROM config WHERE id >= ?1 || '/' || ${name} || '/' AND id < ?1 || '/' || ${name} || '0')`;

/** The newest version of each named thing of a kind, in no order; unknown names are left out. */
export async function readLatestOf<T>(
  db: D1Database,
  kind: string,
  names: readonly string[],
): Promise<ConfigVersion<T>[]> {
  if (names.length === 0) return [];
  const { results } = await db
    .prepare(`SELECT c.* FROM json_each(?2) n JOIN config c ON c.id = ${NEWEST_OF('n.value')}`)
    .bind(kind, JSON.stringify(names))
    .all();
  return results.map((row) => toVersion<T>(row));
}

/**
 * The newest version of each thing of a kind, by name, after a name (null: from the first), at most
 * `count`. Jumps from name to name by the primary key: two rows read per thing, however many
 * versions it has.
 */
export async function readLatestPage<T>(
  db: D1Database,
  kind: string,
  afterName: string | null,
  count: number,
): Promise<ConfigVersion<T>[]> {
  const next = (from: string): string =>
    `(SELECT name FROM config WHERE id > ${from} AND id < ?1 || '0' ORDER BY id LIMIT 1)`;
  const { results } = await db
    .prepare(
      `WITH RECURSIVE names (name, place) AS (
         SELECT ${next('?2')}, 1
         UNION ALL
         SELECT ${next(`?1 || '/' || names.name || '0'`)}, place + 1 FROM names
          WHERE names.name IS NOT NULL AND place < ?3)
       SELECT c.* FROM names JOIN config c ON c.id = ${NEWEST_OF('names.name')} ORDER BY c.id`,
    )
    .bind(kind, afterName === null ? `${kind}/` : `${kind}/${afterName}0`, count)
    .all();
  return results.map((row) => toVersion<T>(row));
}
