/**
 * What one group of change sets becomes. Walks the sets in order of arrival over what was read
 * plus what earlier sets of the group add: rows that are there already are left out, other content
 * under a known id is a conflict, a guard that does not hold is refused. Refuses sets whose columns
 * are not the table's and entries that would not be found by their holder.
 */
import {
  type ChangeSet,
  type CommitAnswer,
  checkChangeSet,
  type Guard,
  MAX_SET_GUARDS,
  type Row,
  type RowName,
  type Scalar,
  sizeOfSet,
} from '../kernel/change-set';
import {
  addDelta,
  agentOf,
  balanceKey,
  type Delta,
  deltasOf,
  keepsRunningBalance,
} from './account';
import type { JournalTable } from './group/table';
import { contentOf, type FoundRow, type Head, rowKey } from './seals/seal';

export type { JournalTable } from './group/table';

/** Declared type of each column by table, as the database has it. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What a look found: existing rows by `rowKey`, running balances by `balanceKey`. */
export interface Facts {
  readonly rows: ReadonlyMap<string, FoundRow>;
  readonly balances: ReadonlyMap<string, bigint>;
}

export const NOTHING_READ: Facts = { rows: new Map(), balances: new Map() };

export interface PreparedRow {
  readonly table: JournalTable;
  readonly key: string;
  readonly row: Row;
  readonly content: string;
}

/** A set that passed every check that needs no database. */
export interface Prepared {
  readonly set: ChangeSet;
  readonly rows: readonly PreparedRow[];
  readonly bytes: number;
}

/**
 * The answer a set gets once the group is written. Grounded: it follows from what was read alone
 * and may be told at once.
 */
export interface Outcome {
  readonly answer: CommitAnswer;
  readonly grounded: boolean;
}

export interface Plan {
  /** One per set, in order. */
  readonly outcomes: readonly Outcome[];
  readonly rows: readonly PreparedRow[];
  readonly deltas: readonly Delta[];
  /** Raw bodies of the event rows that are added. */
  readonly bodies: Readonly<Record<string, string>>;
}

const EVENTS = 'events';

/** Checks a set against the tables and makes its rows ready; a sentence when it is not acceptable. */
export function prepare(
  set: ChangeSet,
  tables: ReadonlyMap<string, JournalTable>,
): Prepared | string {
  const wrong = checkChangeSet(set) ?? checkGuards(set.guards ?? [], tables);
  if (wrong !== null) return wrong;
  const rows: PreparedRow[] = [];
  for (const row of set.rows) {
    const table = tables.get(row.table);
    if (table === undefined) return `no table ${row.table}`;
    const fault = checkColumns(row, table) ?? (table.name === 'entries' ? checkEntry(row) : null);
    if (fault !== null) return `${row.table}/${row.id}: ${fault}`;
    const content = contentOf(row.values);
    rows.push({ table, key: rowKey(row.table, row.id), row, content });
  }
  return { set, rows, bytes: sizeOfSet(set) };
}

function checkGuards(
  guards: readonly Guard[],
  tables: ReadonlyMap<string, JournalTable>,
): string | null {
  if (guards.length > MAX_SET_GUARDS) return `more than ${MAX_SET_GUARDS} guards`;
  for (const guard of guards) {
    if (guard.kind !== 'least') {
      if (!tables.has(guard.table)) return `a guard names no table: ${guard.table}`;
    } else if (!Number.isSafeInteger(guard.amount)) {
      return 'a guard names no safe integer';
    } else if (!keepsRunningBalance(guard.account)) {
      return `${guard.account} has no running balance to guard`;
    }
  }
  return null;
}

function checkColumns(row: Row, table: JournalTable): string | null {
  for (const column of Object.keys(row.values)) {
    if (!table.values.includes(column)) return `${column} is no chained column`;
  }
  for (const column of Object.keys(row.side ?? {})) {
    if (!table.side.includes(column)) return `${column} is no side column`;
  }
  return null;
}

/** An agent's balance is the sum of a key range, so an entry's id must begin with its holder. */
function checkEntry(row: Row): string | null {
  const { from_account: from, to_account: to, unit, amount } = row.values;
  if (typeof from !== 'string' || typeof to !== 'string') return 'it has no two accounts';
  if (typeof unit !== 'string' || typeof amount !== 'number') return 'it has no amount of a unit';
  if (amount < 1) return 'its amount is not positive';
  const agents = [agentOf(from), agentOf(to)].filter((agent) => agent !== null);
  const [agent] = agents;
  if (agents.some((other) => other !== agent)) return 'it holds two agents';
  return row.id.startsWith(agent === undefined ? '_' : `${agent}.`)
    ? null
    : 'its id does not begin with its holder';
}

/** The first value whose type is not its column's, in words. STRICT would turn '12' into 12 silently. */
function checkTypes(prepared: Prepared, types: ColumnTypes): string | null {
  for (const { row } of prepared.rows) {
    const columns = types.get(row.table);
    if (columns === undefined) return `the database has no table ${row.table}`;
    const cells = [...Object.entries(row.values), ...Object.entries(row.side ?? {})];
    for (const [column, value] of cells) {
      if (!fits(value, columns.get(column))) {
        return `${row.table}/${row.id}: ${column} does not take this type`;
      }
    }
  }
  return null;
}

const fits = (value: Scalar, type: string | undefined): boolean =>
  type !== undefined && (value === null || (typeof value === 'number') === (type === 'INTEGER'));

/** What a look has to read besides the head. */
export interface Ask {
  /** Ids by table: rows of the sets and rows that guards name. */
  readonly ids: ReadonlyMap<JournalTable, readonly string[]>;
  /** `balanceKey`s that guards name. */
  readonly balances: readonly string[];
  /** A seal that must still be there. */
  readonly anchor: number | null;
  /** Tables whose column types are wanted; empty when they are known. */
  readonly types: readonly string[];
}

/** Everything a group's sets need to know, each id once. */
export function askOf(
  group: readonly Prepared[],
  tables: ReadonlyMap<string, JournalTable>,
  anchor: number | null,
  wantTypes: boolean,
): Ask {
  const ids = new Map<JournalTable, Set<string>>();
  const balances = new Set<string>();
  const want = (table: JournalTable | undefined, id: string): void => {
    if (table === undefined) return;
    const known = ids.get(table);
    if (known === undefined) ids.set(table, new Set([id]));
    else known.add(id);
  };
  for (const { rows, set } of group) {
    for (const { table, row } of rows) want(table, row.id);
    for (const guard of set.guards ?? []) {
      if (guard.kind === 'least') balances.add(balanceKey(guard.unit, guard.account));
      else want(tables.get(guard.table), guard.id);
    }
  }
  return {
    ids: new Map([...ids].map(([table, wanted]) => [table, [...wanted]])),
    balances: [...balances],
    anchor,
    types: wantTypes ? [...tables.keys()] : [],
  };
}

/** The state of one walk. */
interface Walk {
  readonly facts: Facts;
  readonly number: number;
  /** Content of rows that earlier sets of the group add. */
  readonly added: Map<string, string>;
  readonly rows: PreparedRow[];
  readonly deltas: Map<string, Delta>;
  readonly bodies: Record<string, string>;
}

/** Plans a group as the next seal after `head`. Linear in the number of rows. */
export function planGroup(
  group: readonly Prepared[],
  facts: Facts,
  head: Head,
  types: ColumnTypes,
): Plan {
  const empty = { added: new Map(), rows: [], deltas: new Map(), bodies: {} };
  const walk: Walk = { facts, number: head.number + 1, ...empty };
  const outcomes = group.map((prepared) => {
    const wrong = checkTypes(prepared, types);
    return wrong === null
      ? walkSet(walk, prepared)
      : { answer: { verdict: 'rejected', reason: wrong } as const, grounded: true };
  });
  const { rows, bodies } = walk;
  const deltas = [...walk.deltas.values()].filter(({ amount }) => amount !== 0n);
  return { outcomes, rows, deltas, bodies };
}

function walkSet(walk: Walk, prepared: Prepared): Outcome {
  const fresh: PreparedRow[] = [];
  const clashes: RowName[] = [];
  const clashesInGroup: RowName[] = [];
  let leanedOnGroup = false;
  for (const entry of prepared.rows) {
    const { table, id } = entry.row;
    const read = walk.facts.rows.get(entry.key);
    const known = read?.content ?? walk.added.get(entry.key);
    if (known === undefined) fresh.push(entry);
    else if (known === entry.content) leanedOnGroup ||= read === undefined;
    else (read === undefined ? clashesInGroup : clashes).push({ table, id });
  }
  // What stands in D1 stands; what an earlier set of the group adds may yet turn out to be poison.
  const rows = clashes.length > 0 ? clashes : clashesInGroup;
  if (rows.length > 0) {
    return { answer: { verdict: 'conflict', rows }, grounded: rows === clashes };
  }
  if (fresh.length === 0) return committed(walk, prepared, !leanedOnGroup);
  const deltas = deltasOf(fresh.map(({ row }) => row));
  for (const guard of prepared.set.guards ?? []) {
    if (!holds(walk, guard, deltas)) {
      return { answer: { verdict: 'refused', guard }, grounded: isGrounded(walk, guard) };
    }
  }
  add(walk, prepared, fresh, deltas);
  return committed(walk, prepared, false);
}

/** Names the seal of the set's first row: whoever starts a run again reads the same one. */
function committed(walk: Walk, prepared: Prepared, grounded: boolean): Outcome {
  const [first] = prepared.rows;
  const seal = first === undefined ? undefined : walk.facts.rows.get(first.key)?.seal;
  return { answer: { verdict: 'committed', seal: seal ?? walk.number }, grounded };
}

function holds(walk: Walk, guard: Guard, own: ReadonlyMap<string, Delta>): boolean {
  if (guard.kind === 'least') {
    const key = balanceKey(guard.unit, guard.account);
    const before = (walk.facts.balances.get(key) ?? 0n) + (walk.deltas.get(key)?.amount ?? 0n);
    return before + (own.get(key)?.amount ?? 0n) >= BigInt(guard.amount);
  }
  const key = rowKey(guard.table, guard.id);
  const present = walk.facts.rows.has(key) || walk.added.has(key);
  return present === (guard.kind === 'present');
}

/** False when only what earlier sets of the group add makes the guard fail. */
function isGrounded(walk: Walk, guard: Guard): boolean {
  if (guard.kind === 'least') return !walk.deltas.has(balanceKey(guard.unit, guard.account));
  return !walk.added.has(rowKey(guard.table, guard.id));
}

function add(
  walk: Walk,
  prepared: Prepared,
  fresh: readonly PreparedRow[],
  deltas: ReadonlyMap<string, Delta>,
): void {
  for (const entry of fresh) {
    walk.added.set(entry.key, entry.content);
    walk.rows.push(entry);
    const body = prepared.set.bodies?.[entry.row.id];
    if (entry.row.table === EVENTS && body !== undefined) walk.bodies[entry.row.id] = body;
  }
  for (const delta of deltas.values()) addDelta(walk.deltas, delta);
}
