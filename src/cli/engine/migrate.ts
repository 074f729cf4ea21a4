/**
 * Applies the migrations that a database has not seen, each whole or not at all, and notes them in
 * the table in which Wrangler notes them too, so that either may be used on the same database.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Statement {
  bind(...values: unknown[]): Statement;
}

/** The part of D1 that is needed: Miniflare's and the platform's types of it differ in the rest. */
interface Database {
  prepare(sql: string): Statement & { all<Row>(): Promise<{ results: Row[] }> };
  batch(statements: Statement[]): Promise<unknown>;
}

const NOTES =
  'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)';

/** Names of the migrations that were applied now, in order. */
export async function migrate(given: unknown, directory: string): Promise<string[]> {
  const database = given as Database;
  await database.batch([database.prepare(NOTES)]);
  const { results } = await database
    .prepare('SELECT name FROM d1_migrations')
    .all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const waiting = readdirSync(directory)
    .filter((name) => name.endsWith('.sql') && !applied.has(name))
    .sort();
  const { unstable_splitSqlQuery: split } = await import('wrangler');
  for (const name of waiting) {
    const statements = split(readFileSync(join(directory, name), 'utf8'));
    await database.batch([
      ...statements.map((sql) => database.prepare(sql)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ]);
  }
  return waiting;
}
