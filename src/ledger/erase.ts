/**
 * What may be emptied: columns that no seal holds, and raw bodies. Decides what an erasure says and
 * which columns it may name; refuses chained columns, tables the journal does not write and more
 * than a bounded number of rows. What was emptied stays empty, so doing it again changes nothing.
 */
import type { ChangeSet } from '../kernel/change-set';
import type { JournalTable } from './journal';

/** Rows of one table, and which of their side columns become NULL. */
export interface Emptying {
  readonly table: string;
  readonly columns: readonly string[];
  readonly ids: readonly string[];
}

export interface Erasure {
  readonly rows: readonly Emptying[];
  /** Raw bodies: event row ids, and the seals under which they lie. */
  readonly bodies: { readonly events: readonly string[]; readonly seals: readonly number[] };
  /** Committed before anything is emptied: the audit entry that says so. */
  readonly record: ChangeSet;
}

export const NO_BODIES: Erasure['bodies'] = { events: [], seals: [] };

/** Rows, and bodies, of one erasure. */
export const MOST_ROWS = 1_000;

/** The first thing wrong with an erasure, in words, or null. */
export function checkErasure(erasure: Erasure, tables: readonly JournalTable[]): string | null {
  const known = new Map(tables.map((table) => [table.name, table]));
  for (const { table, columns } of erasure.rows) {
    const found = known.get(table);
    if (found === undefined) return `no table ${table}`;
    if (columns.length === 0) return `no column of ${table}`;
    const foreign = columns.find((column) => !found.side.includes(column));
    if (foreign !== undefined) return `${table}.${foreign} may not be emptied`;
  }
  const { events, seals } = erasure.bodies;
  const rows = erasure.rows.reduce((sum, { ids }) => sum + ids.length, 0);
  const most = Math.max(rows, events.length, seals.length);
  return most > MOST_ROWS ? `more than ${MOST_ROWS} rows` : null;
}
