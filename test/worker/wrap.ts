/**
 * Wraps what the Worker and its objects reach the world through (D1, other objects, the network), so
 * that every I/O is a numbered point at which it can fail; of an object's own storage it only counts
 * the rows. Production code has no hooks and knows nothing of this. Refuses to change any answer: it
 * only delays, drops or repeats.
 */
import { databaseOr } from './database';
import { evictAfterCall } from './evict';
import { type Board, currentBoard, LATE_MS, type Mode, type Phase, type Place, tally } from './io';

/** Who makes the calls; `state` is there for objects, which alone can be reset. */
export interface Caller {
  readonly place: Place;
  readonly actor: () => string;
  readonly state: DurableObjectState | null;
}

type Bag = Record<PropertyKey, unknown>;
type Call = (...args: unknown[]) => unknown;

const D1_ERRORS = [
  'D1_ERROR: Network connection lost.',
  'D1_ERROR: Internal error in D1 DB storage caused object to be reset.',
  'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
  'D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.',
];

function failureOf(call: string, nth: number): Error {
  return new Error(
    call.startsWith('DB.')
      ? (D1_ERRORS[nth % D1_ERRORS.length] ?? D1_ERRORS[0])
      : 'Network connection lost.',
  );
}

async function meet(
  board: Board,
  caller: Caller,
  call: string,
  nth: number,
  phase: Phase,
): Promise<Mode | null> {
  const point = { place: caller.place, actor: caller.actor(), call, phase, nth };
  tally(board.met, `${point.place} ${call} ${phase}`);
  const mode = board.decide(point);
  if (mode === null) return null;
  tally(board.fired, `${point.place} ${call} ${phase} ${mode}`);
  if (mode === 'delay') await scheduler.wait(LATE_MS);
  if (mode === 'throw') throw failureOf(call, nth);
  if (mode === 'abort' || mode === 'flush-abort') await crash(caller, mode, call, nth);
  return mode;
}

/** A Worker has no state to lose: for its caller a crash is an error like any other. */
async function crash(
  caller: Caller,
  mode: 'abort' | 'flush-abort',
  call: string,
  nth: number,
): Promise<never> {
  if (caller.state !== null) {
    if (mode === 'flush-abort') await caller.state.storage.sync();
    caller.state.abort('crash of the simulation');
  }
  throw failureOf(call, nth);
}

/** Makes a call between its two points. */
async function guarded<T>(caller: Caller, call: string, run: () => Promise<T>): Promise<T> {
  const board = currentBoard();
  if (board === undefined) return run();
  const name = `${caller.place} ${caller.actor()} ${call}`;
  tally(board.calls, name);
  const nth = board.calls.get(name) ?? 1;
  if (call.startsWith('DB.')) {
    if (board.d1Away) throw new Error(D1_ERRORS[0]);
    if (board.d1DelayMs > 0) await scheduler.wait(board.d1DelayMs);
  }
  const mode = await meet(board, caller, call, nth, 'before');
  if (mode === 'ghost') return haunt(board, run, failureOf(call, nth));
  const answer = await run();
  if (mode === 'twice') await run().catch(() => undefined);
  await meet(board, caller, call, nth, 'after');
  return answer;
}

/** The call is reported lost and made later all the same. */
function haunt(board: Board, run: () => Promise<unknown>, failure: Error): never {
  board.hauntedUntil = performance.now() + 3 * LATE_MS;
  void scheduler
    .wait(LATE_MS)
    .then(run)
    .catch(() => undefined);
  throw failure;
}

/** A proxy that answers the named properties itself and passes everything else on, bound. */
function overlay<T extends object>(target: T, own: Bag): T {
  return new Proxy(target, {
    get(whole, key) {
      if (Object.hasOwn(own, key)) return own[key];
      const value = (whole as Bag)[key];
      return typeof value === 'function' ? (value as Call).bind(whole) : value;
    },
  });
}

const NATIVE = Symbol('native statement');
const QUERY = Symbol('query');
const WRITES = /^\s*(insert|update|delete|replace|create|drop)\b/i;

function wrapStatement(
  statement: D1PreparedStatement,
  query: string,
  caller: Caller,
): D1PreparedStatement {
  const read =
    (method: 'first' | 'all' | 'run' | 'raw'): Call =>
    (...args) =>
      guarded(caller, WRITES.test(query) ? 'DB.write' : 'DB.read', async () => {
        const answer = await ((statement as unknown as Bag)[method] as Call).apply(statement, args);
        countD1(caller, [answer]);
        return answer;
      });
  return overlay(statement, {
    [NATIVE]: statement,
    [QUERY]: query,
    bind: (...values: unknown[]) => wrapStatement(statement.bind(...values), query, caller),
    first: read('first'),
    all: read('all'),
    run: read('run'),
    raw: read('raw'),
  });
}

function countD1(caller: Caller, answers: readonly unknown[]): void {
  const board = currentBoard();
  if (board === undefined) return;
  for (const answer of answers) {
    const returned = (answer as { results?: readonly unknown[] } | null)?.results?.length ?? 0;
    board.returned.set(caller.place, Math.max(returned, board.returned.get(caller.place) ?? 0));
    const { rows_written: written, rows_read: read } =
      (answer as { meta?: { rows_written?: number; rows_read?: number } } | null)?.meta ?? {};
    if (written) tally(board.rows, `${caller.place} D1`, written);
    if (read) tally(board.read, caller.place, read);
  }
}

function wrapD1(db: D1Database, caller: Caller): D1Database {
  return overlay(db, {
    prepare: (query: string) => wrapStatement(db.prepare(query), query, caller),
    batch: (statements: D1PreparedStatement[]) => {
      const bags = statements as unknown as Bag[];
      const writes = bags.some((one) => WRITES.test(String(one[QUERY])));
      return guarded(caller, writes ? 'DB.write' : 'DB.look', async () => {
        const native = bags.map((one) => one[NATIVE] as D1PreparedStatement);
        const answers = await db.batch(native);
        countD1(caller, answers);
        return answers;
      });
    },
    exec: (query: string) => guarded(caller, 'DB.exec', () => db.exec(query)),
  });
}

const NOT_A_CALL = new Set(['then', 'catch', 'finally', 'id', 'name', 'fetch', 'dup', 'toJSON']);

function wrapStub(binding: string, stub: Bag, caller: Caller): unknown {
  return new Proxy(stub, {
    get(target, key) {
      if (typeof key === 'symbol' || NOT_A_CALL.has(key)) {
        const value = target[key];
        return typeof value === 'function' && key === 'fetch' ? value.bind(target) : value;
      }
      return (...args: unknown[]) =>
        guarded(caller, `${binding}.${key}`, () =>
          (target[key] as (...a: unknown[]) => Promise<unknown>)(...args),
        ).finally(() => evictAfterCall(stub as unknown as DurableObjectStub));
    },
  });
}

function wrapNamespace(binding: string, namespace: Bag, caller: Caller): unknown {
  const wrapped =
    (method: string): Call =>
    (...args) =>
      wrapStub(binding, (namespace[method] as Call).apply(namespace, args) as Bag, caller);
  return overlay(namespace, { get: wrapped('get'), getByName: wrapped('getByName') });
}

const isNamespace = (value: unknown): value is Bag =>
  typeof value === 'object' && value !== null && typeof (value as Bag).idFromName === 'function';

/** The environment with D1 and every object namespace wrapped; everything else as it is. */
export function wrapEnv<E extends object>(env: E, caller: Caller): E {
  const made = new Map<PropertyKey, unknown>();
  return new Proxy(env, {
    get(whole, key) {
      const value = (whole as Bag)[key];
      if (key !== 'DB' && !isNamespace(value)) return value;
      if (!made.has(key)) {
        made.set(
          key,
          key === 'DB'
            ? wrapD1(databaseOr(value as D1Database), caller)
            : wrapNamespace(String(key), value as Bag, caller),
        );
      }
      return made.get(key);
    },
  });
}

/** Only destinations speak to the outside, and a host is named after the one that speaks to it. */
const speaker = (board: Board, host: string): Caller => {
  const [name = ''] = host.split('.');
  const state = board.states.get(`destination ${name}`) ?? null;
  return { place: 'destination', actor: () => name, state };
};

/** The network becomes what the board says it is, and every request a point at which to fail. */
export function goOutside(): void {
  const network = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const board = currentBoard();
    const outside = board?.outside;
    if (board === undefined || outside == null) return network(input, init);
    const request = new Request(input as RequestInfo, init as RequestInit);
    const { hostname } = new URL(request.url);
    return guarded(speaker(board, hostname), 'fetch', () => outside(hostname, request));
  };
}

const count = (place: Place, what: string, by = 1): void => {
  const board = currentBoard();
  if (board !== undefined && by > 0) tally(board.rows, `${place} ${what}`, by);
};

/** The object's own storage, counting the rows it bills: a put, a delete and an alarm are one each. */
export function countStorage(state: DurableObjectState, place: Place): DurableObjectState {
  const { storage } = state;
  const counting =
    (target: object, method: string, rows: () => number): Call =>
    (...args) => {
      count(place, method, rows());
      return ((target as Bag)[method] as Call).apply(target, args);
    };
  const one = () => 1;
  const kept = () => Math.max(1, [...storage.kv.list()].length);
  const kv = overlay(storage.kv, {
    put: counting(storage.kv, 'put', one),
    delete: counting(storage.kv, 'delete', one),
  });
  const sql = overlay(storage.sql, {
    exec: (query: string, ...bindings: unknown[]) => {
      const cursor = storage.sql.exec(query, ...bindings);
      count(place, 'sql', cursor.rowsWritten);
      return cursor;
    },
  });
  const wrapped = overlay(storage, {
    kv,
    sql,
    put: counting(storage, 'put', one),
    delete: counting(storage, 'delete', one),
    setAlarm: (at: number | Date) => {
      count(place, 'setAlarm');
      currentBoard()?.alarms.set(`${place} ${state.id.name}`, Number(at));
      return storage.setAlarm(at);
    },
    deleteAlarm: counting(storage, 'deleteAlarm', one),
    deleteAll: counting(storage, 'deleteAll', kept),
  });
  return overlay(state, { storage: wrapped });
}
