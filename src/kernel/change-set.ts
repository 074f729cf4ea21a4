/**
 * What an object or a route asks the journal to write: rows that are all taken or none, and the
 * guards under which they may be. The same bytes are sent until they are answered, so a set is
 * plain data. `checkChangeSet` runs in the caller and again in the journal; it refuses what D1
 * would refuse, so that a bad set never poisons a group.
 */

/** Integers and text only: D1 binds every JS number as a REAL, so rows travel as JSON. */
export type Scalar = string | number | null;

/**
 * One row. `id` is the primary key, made from the cause. `values` are chained into the seal and
 * compared when the id is met again; `side` holds what may be erased later (names, bodies,
 * reasons) and is bound to the chain only through a hash among the values.
 */
export interface Row {
  readonly table: string;
  readonly id: string;
  readonly values: Readonly<Record<string, Scalar>>;
  readonly side?: Readonly<Record<string, Scalar>>;
}

export type Guard =
  /** No row with this id when the group is written. */
  | { readonly kind: 'absent'; readonly table: string; readonly id: string }
  | { readonly kind: 'present'; readonly table: string; readonly id: string }
  /** A running account holds at least this much (smallest part) after the set. */
  | {
      readonly kind: 'least';
      readonly account: string;
      readonly unit: string;
      readonly amount: number;
    };

/** That a row is not there when the group is written. */
export const absent = (table: string, id: string): Guard => ({ kind: 'absent', table, id });

export interface ChangeSet {
  readonly rows: readonly Row[];
  readonly guards?: readonly Guard[];
  /** Raw bodies by event row id, kept apart from the rows and dropped after 90 days. */
  readonly bodies?: Readonly<Record<string, string>>;
  /** True when the caller has sent this set before: the journal looks before it writes. */
  readonly resent?: boolean;
}

/**
 * committed: every row is in D1; `seal` is the number of the seal that holds the first of them.
 * conflict: an id is there with other content. refused: a guard does not hold. rejected: the data
 * itself is not acceptable. busy and retry: nothing is known to be written, send the same again.
 */
export type CommitAnswer =
  | { readonly verdict: 'committed'; readonly seal: number }
  | { readonly verdict: 'conflict'; readonly rows: readonly RowName[] }
  | { readonly verdict: 'refused'; readonly guard: Guard }
  | { readonly verdict: 'rejected'; readonly reason: string }
  | { readonly verdict: 'busy'; readonly retryAfterMs: number }
  | { readonly verdict: 'retry' };

export interface RowName {
  readonly table: string;
  readonly id: string;
}

export const MAX_SET_ROWS = 500;
export const MAX_SET_GUARDS = 100;
export const MAX_SET_BYTES = 512 * 1024;
const MAX_ID_LENGTH = 300;
const COLUMN = /^[a-z][a-z0-9_]{0,40}$/;
/** A lone surrogate has no UTF-8 form: hashed and stored text would differ. */
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** The first thing wrong with a set, in words, or null. Bounds: 500 rows, 512 KB. */
export function checkChangeSet(set: ChangeSet): string | null {
  if (set.rows.length === 0) return 'a change set has at least one row';
  if (set.rows.length > MAX_SET_ROWS) return `more than ${MAX_SET_ROWS} rows`;
  const seen = new Set<string>();
  for (const row of set.rows) {
    const name = `${row.table}/${row.id}`;
    if (seen.has(name)) return `${name} stands twice in one set`;
    seen.add(name);
    const wrong = checkRow(row);
    if (wrong !== null) return `${name}: ${wrong}`;
  }
  return sizeOfSet(set) > MAX_SET_BYTES ? `more than ${MAX_SET_BYTES} bytes` : null;
}

function checkRow(row: Row): string | null {
  if (row.id.length === 0 || row.id.length > MAX_ID_LENGTH) return 'the id is empty or too long';
  for (const [column, value] of [
    ...Object.entries(row.values),
    ...Object.entries(row.side ?? {}),
  ]) {
    if (!COLUMN.test(column) || column === 'id' || column === 'seal') return `no column ${column}`;
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      return `${column} is no safe integer`;
    if (typeof value === 'string' && (LONE_SURROGATE.test(value) || value.includes('\u0000')))
      return `${column} holds text that has no UTF-8 form`;
  }
  return null;
}

/** Bytes of a set as it travels: UTF-16 units are counted, times three at the worst. */
export function sizeOfSet(set: ChangeSet): number {
  return JSON.stringify(set).length;
}

/** Of one set of `chunked`, as it travels; a row whose body is longer goes alone. */
const CHUNK_LENGTH = 300_000;
const CHUNK_ROWS = 100;

/** Change sets of bounded size; rows that stand in no need of each other need not share one. */
export function chunked(
  rows: readonly Row[],
  bodies: Readonly<Record<string, string>> = {},
): ChangeSet[] {
  const sets: { rows: Row[]; bodies: Record<string, string>; length: number }[] = [];
  for (const row of rows) {
    const body = bodies[row.id];
    const length = JSON.stringify(row).length + JSON.stringify(body ?? '').length;
    const last = sets.at(-1);
    const fits = last !== undefined && last.rows.length < CHUNK_ROWS;
    const set = fits && last.length + length <= CHUNK_LENGTH ? last : null;
    const open = set ?? { rows: [], bodies: {}, length: 0 };
    if (set === null) sets.push(open);
    open.rows.push(row);
    open.length += length;
    if (body !== undefined) open.bodies[row.id] = body;
  }
  return sets.map((set) =>
    Object.keys(set.bodies).length === 0
      ? { rows: set.rows }
      : { rows: set.rows, bodies: set.bodies },
  );
}
