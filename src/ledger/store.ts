/**
 * Named reads of the ledger's tables. Lists by time walk the seals newest first, so no table needs
 * an index on time. Writes nothing: the journal does.
 */
import { and, desc, eq, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { Answer } from '../http/route';
import type { ConfigVersion } from './config';
import { config, idempotency } from './schema';

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
