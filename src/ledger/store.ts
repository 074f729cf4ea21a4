/**
 * Named reads of the ledger's tables. Lists by time walk the seals newest first, so no table needs
 * an index on time. Writes nothing: the journal does.
 */
import { and, desc, eq, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Answer } from '../http/route';
import { type ConfigVersion, inForce } from './config';
import type { JournalTable } from './journal';
import { config, idempotency } from './schema';

export { balanceOf } from './entries/store';
export { readBody } from './seals/store';
export {
  isPosition,
  positionOf,
  readSealAt,
  readSealBefore,
  readSealNames,
  walkAfter,
  walkNewest,
  walkTables,
} from './walk/store';

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
  bound: [{ hash: 'detail_hash', over: ['salt', 'actor', 'detail'] }],
};

export const CONFIG_TABLE: JournalTable = {
  name: 'config',
  values: [
    'kind',
    'name',
    'version',
    'effective_from',
    'written_at',
    'author_hash',
    'content_hash',
  ],
  side: ['author', 'content', 'salt'],
  bound: [
    { hash: 'author_hash', over: ['salt', 'author'] },
    { hash: 'content_hash', over: ['salt', 'content'] },
  ],
};

export const IDEMPOTENCY_TABLE: JournalTable = {
  name: 'idempotency',
  values: ['fingerprint', 'at', 'status', 'answer_hash'],
  side: ['headers', 'body', 'salt'],
  bound: [{ hash: 'answer_hash', over: ['salt', 'headers', 'body'] }],
};

/** The stored answer under an idempotency row id, or null. Of an erased one the status is left. */
export async function readStoredAnswer(
  db: D1Database,
  id: string,
): Promise<{ readonly fingerprint: string; readonly answer: Answer } | null> {
  const [row] = await drizzle(db).select().from(idempotency).where(eq(idempotency.id, id));
  if (row === undefined) return null;
  const headers = JSON.parse(row.headers ?? '{}') as Record<string, string>;
  return {
    fingerprint: row.fingerprint,
    answer: { status: row.status, body: JSON.parse(row.body ?? 'null'), headers },
  };
}

/** Text that sorts just after every id beginning with `prefix` and a slash. */
const after = (prefix: string): string => `${prefix}0`;

const fromRow = <T>(row: typeof config.$inferSelect): ConfigVersion<T> => ({
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
  return row === undefined ? null : fromRow<T>(row);
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
  return rows.map((row) => fromRow<T>(row));
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
  return rows.map((row) => fromRow<T>(row));
}

/** A version as a row of SQL has it. */
export const versionOf = <T>(row: Record<string, unknown>): ConfigVersion<T> => ({
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
  return results.map((row) => versionOf<T>(row));
}

/**
 * The newest version of each thing of a kind, by name, after a name (null: from the first), at most
 * `count`. Jumps from name to name by the primary key: a handful of rows per thing, however many
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
  return results.map((row) => versionOf<T>(row));
}

/** All versions of one thing that were recorded by a seal, oldest first. */
export async function readVersionsBy<T>(
  db: D1Database,
  kind: string,
  name: string,
  seal: number,
): Promise<(ConfigVersion<T> & { readonly seal: number })[]> {
  const { results } = await db
    .prepare(`SELECT * FROM config WHERE id >= ?1 AND id < ?2 AND seal <= ?3 ORDER BY id`)
    .bind(`${kind}/${name}/`, `${kind}/${name}0`, seal)
    .all<Record<string, unknown>>();
  return results.map((row) => ({ ...versionOf<T>(row), seal: Number(row.seal) }));
}

/** The settings in force at an instant, as they were recorded by a seal; null when there were none. */
export async function readInForce<T>(
  db: D1Database,
  thing: { readonly kind: string; readonly name: string },
  seal: number,
  instant: number,
): Promise<T | null> {
  const versions = await readVersionsBy<T | null>(db, thing.kind, thing.name, seal);
  return inForce(versions, instant)?.content ?? null;
}
