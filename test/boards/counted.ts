/**
 * Counts what reading the standings costs, as the runtime bills it: rows of D1 read by the Worker
 * and by the board's object, and values read from the object's own storage.
 */
import { createExecutionContext, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../../src/index';

export interface Cost {
  rows: number;
  values: number;
}

type Answer = { results: Record<string, unknown>[]; meta: { rows_read: number } };

/** The database with every row that is read added to a cost. */
export function countedDb(db: D1Database, cost: Cost): D1Database {
  const natives = new WeakMap<object, D1PreparedStatement>();
  const note = <T>(answer: T): T => {
    cost.rows += (answer as unknown as Answer).meta.rows_read;
    return answer;
  };
  const wrap = (native: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => note(await native.all<Record<string, unknown>>());
    const statement = {
      bind: (...values: unknown[]) => wrap(native.bind(...values)),
      all,
      run: all,
      raw: async () => (await all()).results.map((row) => Object.values(row)),
      first: async (column?: string) => {
        const [row] = (await all()).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
    };
    natives.set(statement, native);
    return statement as unknown as D1PreparedStatement;
  };
  return {
    prepare: (query: string) => wrap(db.prepare(query)),
    batch: async (statements: D1PreparedStatement[]) => {
      const answers = await db.batch(statements.map((one) => natives.get(one) ?? one));
      return answers.map(note);
    },
  } as unknown as D1Database;
}

const stubOf = (id: string): DurableObjectStub =>
  env.BOARDS.getByName(id) as unknown as DurableObjectStub;

/** Makes the board's object, as it runs now, count what it reads. */
export async function watch(id: string, cost: Cost): Promise<void> {
  await runInDurableObject(stubOf(id), (object, state) => {
    const { storage } = state;
    const kv = new Proxy(storage.kv, {
      get(whole, key) {
        if (key === 'get') cost.values += 1;
        const value = Reflect.get(whole, key) as unknown;
        return typeof value === 'function' ? value.bind(whole) : value;
      },
    });
    const counted = {
      kv,
      transactionSync: <T>(closure: () => T): T => storage.transactionSync(closure),
    };
    Object.defineProperty(object, 'ctx', { value: { id: state.id, storage: counted } });
    Object.defineProperty(object, 'env', { value: { ...env, DB: countedDb(env.DB, cost) } });
  });
}

export const putAway = (id: string): Promise<void> => evictDurableObject(stubOf(id));

export interface Read {
  readonly cost: Cost;
  readonly ms: number;
  readonly body: Record<string, unknown>;
}

/** One request over the whole way, authentication included, with its cost. */
export async function readCounted(bearer: string, id: string, query: string): Promise<Read> {
  const cost: Cost = { rows: 0, values: 0 };
  await watch(id, cost);
  const begun = performance.now();
  const response = await worker.fetch(
    new Request(`https://guerdon.test/v1/leaderboards/${id}/standings${query}`, {
      headers: { authorization: `Bearer ${bearer}` },
    }),
    { ...env, DB: countedDb(env.DB, cost) },
    createExecutionContext(),
  );
  const body = (await response.json()) as Record<string, unknown>;
  if (response.status !== 200) throw new Error(JSON.stringify(body));
  return { cost, ms: performance.now() - begun, body };
}
