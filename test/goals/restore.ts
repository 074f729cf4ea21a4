/** Takes the books back to how they were: every table as it was copied, as a restore of D1 does. */
import { env } from 'cloudflare:workers';
import type { World } from '../simulation/world';

type Rows = readonly Record<string, unknown>[];

const tablesOf = async (): Promise<string[]> => {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name <> 'd1_migrations'",
  ).all<{ name: string }>();
  return results.map(({ name }) => name);
};

export class Restore {
  readonly #tables: ReadonlyMap<string, Rows>;

  private constructor(tables: ReadonlyMap<string, Rows>) {
    this.#tables = tables;
  }

  static async point(): Promise<Restore> {
    const tables = new Map<string, Rows>();
    for (const name of await tablesOf()) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${name}`).all();
      tables.set(name, results);
    }
    return new Restore(tables);
  }

  /** Nothing forbids a restore, so the triggers stand aside; then an operator accepts the gap. */
  async go(world: World): Promise<void> {
    const { results: triggers } = await env.DB.prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    ).all<{ name: string; sql: string }>();
    await env.DB.batch([
      ...triggers.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`)),
      ...[...this.#tables.keys()].map((name) => env.DB.prepare(`DELETE FROM ${name}`)),
      ...[...this.#tables].flatMap(([name, rows]) => rows.map((row) => inserted(name, row))),
      ...triggers.map(({ sql }) => env.DB.prepare(sql)),
    ]);
    await world.operator('POST', '/v1/ledger/accept-rollback', { reason: 'restored' });
  }
}

function inserted(table: string, row: Record<string, unknown>): D1PreparedStatement {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  return env.DB.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`).bind(
    ...Object.values(row),
  );
}
