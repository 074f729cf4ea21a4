/** What drizzle reads is what the migrations made: the same tables, columns, types and keys. */
import { env } from 'cloudflare:workers';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';

interface Column extends Record<string, unknown> {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

const modules = (
  import.meta as unknown as {
    glob(pattern: string, options: { eager: true }): Record<string, Record<string, unknown>>;
  }
).glob('../src/**/schema.ts', { eager: true });

const tables = Object.values(modules)
  .flatMap((module) => Object.values(module))
  .filter((value) => is(value, SQLiteTable))
  .map((table) => getTableConfig(table));

/** Raw bodies are reached by computed names, and the notes of migrations are not ours. */
const UNTYPED = /^(bodies_\d|d1_migrations|sqlite_.*|_cf_.*)$/;

const columnsOf = async (table: string): Promise<Column[]> =>
  (
    await env.DB.prepare(
      `SELECT name, type, "notnull", pk FROM pragma_table_info('${table}')`,
    ).all<Column>()
  ).results;

const byName = (a: Column, b: Column): number => (a.name < b.name ? -1 : 1);

describe('the schema', () => {
  it.each(tables.map(({ name, columns }) => [name, columns] as const))(
    '%s has the columns that drizzle reads',
    async (name, columns) => {
      const typed = columns.map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        // SQLite says nothing of NOT NULL for the integer key of a rowid table.
        notnull: column.notNull && !(column.primary && column.getSQLType() === 'integer') ? 1 : 0,
        pk: column.primary ? 1 : 0,
      }));
      expect(typed.sort(byName)).toEqual((await columnsOf(name)).sort(byName));
    },
  );

  it('types every table of the migrations', async () => {
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    ).all<{ name: string }>();
    const made = results.map(({ name }) => name).filter((name) => !UNTYPED.test(name));
    expect(tables.map(({ name }) => name).sort()).toEqual(made);
  });
});
