/**
 * D1 as tests use it. The emulator reaches its SQLite through two Workers by HTTP, with JSON made
 * and checked three times, at about one millisecond of processor a call, and a history makes a
 * thousand: half of its time said nothing about the engine. This one reaches the same SQLite, in the
 * same workerd, by one RPC (`sqlite.mjs`), and answers what the emulator answers: rows, rows
 * read and written, errors in the same words (`database.test.ts` asks both the same). Histories
 * that are played twice are played on both, and must end the same; with `TEST_D1=emulator` all tests
 * ask the emulator.
 */
import { env } from 'cloudflare:workers';

export type Backing = 'emulator' | 'object';

type Value = string | number | null | readonly number[];
type Asked = readonly [text: string, values: readonly Value[]];

interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly read: number;
  readonly written: number;
}

interface DatabaseStub {
  query(
    asked: readonly Asked[],
  ): Promise<{ readonly results: readonly Rows[] } | { readonly error: string }>;
}

interface Bound {
  readonly DB: unknown;
  readonly DATABASE: { getByName(name: string): DatabaseStub };
}

/** What D1 takes as a value; it throws for anything else, `undefined` first of all. */
function boundOf(given: unknown): Value {
  if (given === null || typeof given === 'number' || typeof given === 'string') return given;
  if (typeof given === 'boolean') return given ? 1 : 0;
  if (Array.isArray(given) && given.every((byte) => byte >= 0 && byte < 256)) return given;
  if (given instanceof ArrayBuffer) return [...new Uint8Array(given)];
  if (ArrayBuffer.isView(given)) return [...(given as Uint8Array)];
  throw new Error(`D1_TYPE_ERROR: Type '${typeof given}' not supported for value '${given}'`);
}

const cellOf = (cell: unknown): unknown =>
  cell instanceof ArrayBuffer ? [...new Uint8Array(cell)] : cell;

const metaOf = ({ read, written }: Rows) => ({ rows_read: read, rows_written: written });

function resultOf(rows: Rows) {
  const results = rows.rows.map((row) =>
    Object.fromEntries(row.map((cell, index) => [rows.columns[index], cellOf(cell)])),
  );
  return { success: true, meta: metaOf(rows), results };
}

class Statement {
  readonly #database: D1Database;
  readonly asked: Asked;

  constructor(database: D1Database, asked: Asked) {
    this.#database = database;
    this.asked = asked;
  }

  /** As a statement of D1 says what it asks. */
  get statement(): string {
    return this.asked[0];
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.#database, [this.asked[0], values.map(boundOf)]);
  }

  async all() {
    return resultOf(await this.#rows());
  }

  /** The emulator answers what ran without its rows. */
  async run() {
    return { ...resultOf(await this.#rows()), results: [] };
  }

  async first(column?: string) {
    const [row] = resultOf(await this.#rows()).results;
    if (row === undefined) return null;
    if (column === undefined) return row;
    if (row[column] === undefined) {
      throw new Error(`D1_COLUMN_NOTFOUND: Column not found (${column})`);
    }
    return row[column];
  }

  async raw(options?: { readonly columnNames?: boolean }) {
    const { columns, rows } = await this.#rows();
    const cells = rows.map((row) => row.map(cellOf));
    return options?.columnNames ? [columns, ...cells] : cells;
  }

  async #rows(): Promise<Rows> {
    const [rows] = await this.#database.query([this.asked]);
    if (rows === undefined) throw new Error('D1_ERROR: No SQL statements detected.');
    return rows;
  }
}

/** Under the name of the class it stands for, by which the migrator knows it. */
class D1Database {
  prepare(text: string): Statement {
    return new Statement(this, [text, []]);
  }

  async batch(statements: readonly Statement[]) {
    return (await this.query(statements.map(({ asked }) => asked))).map(resultOf);
  }

  /** A statement a line. */
  async exec(text: string) {
    const asked = text.split('\n').filter((line) => line.trim() !== '');
    await this.query(asked.map((line) => [line, []]));
    return { count: asked.length, duration: 0 };
  }

  async query(asked: readonly Asked[]): Promise<readonly Rows[]> {
    // A stub for each call: one that has seen its object end is of no more use.
    const stub = (env as unknown as Bound).DATABASE.getByName('books');
    const answer = await stub.query(asked);
    if ('error' in answer) throw new Error(`D1_ERROR: ${answer.error}`);
    return answer.results;
  }
}

type Real = (typeof env)['DB'];

const KEY = '__database__';
const holder = globalThis as unknown as Record<string, Real | undefined>;

/** From here on the Worker under test and its objects have this database, until the next word. */
export function useDatabase(backing: Backing): void {
  holder[KEY] = backing === 'object' ? (new D1Database() as unknown as Real) : undefined;
}

/** What stands for D1 just now; `own` is what the runtime has given. */
export const databaseOr = <T>(own: T): T => (holder[KEY] as T | undefined) ?? own;

const bound = env.DB;

/** The same for the test's side. */
export const database = (): Real => databaseOr(bound);

/** From here on the test's side finds it as `env.DB`. */
export function standInForD1(): void {
  Object.defineProperty(env, 'DB', { configurable: true, enumerable: true, get: database });
}
