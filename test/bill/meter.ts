/**
 * Reads the bill of a stretch of a test: rows written in D1 and in the objects' own storage, as the
 * runtime counts them, and the calls that are billed as requests. Alarms and puts are one row each,
 * a deleteAll is as many as it deletes; an alarm that fires is a request like a call.
 */
import type { Board } from '../worker/io';

export interface Bill {
  /** As counted, of all subjects together. */
  readonly rows: number;
  /** For each subject, to the hundredth, as the parts are. */
  readonly total: number;
  /** By what wrote them, e.g. `journal D1`, `session put`. */
  readonly parts: Readonly<Record<string, number>>;
  /** Calls of objects and alarms that fired, calls of D1, and rows that D1 read; each subject's. */
  readonly requests: number;
  readonly queries: number;
  readonly read: number;
}

const sumOf = (counts: ReadonlyMap<string, number>, isMeant: (name: string) => boolean): number =>
  [...counts].reduce((sum, [name, count]) => sum + (isMeant(name) ? count : 0), 0);

/** `<place> <actor> <call>` */
const callOf = (name: string): string => name.slice(name.lastIndexOf(' ') + 1);
const isQuery = (name: string): boolean => callOf(name).startsWith('DB.');
const isRequest = (name: string): boolean => !isQuery(name) && callOf(name) !== 'fetch';

const countsOf = ({ calls, read }: Board) => ({
  requests: sumOf(calls, isRequest),
  queries: sumOf(calls, isQuery),
  read: sumOf(read, () => true),
});

/** What was written while `work` ran, for each of `subjects`. */
export async function billOf(
  board: Board,
  subjects: number,
  work: () => Promise<void>,
): Promise<Bill> {
  const before = new Map(board.rows);
  const counted = countsOf(board);
  await work();
  const counts = countsOf(board);
  const parts = [...board.rows]
    .map(([name, rows]): [string, number] => [name, rows - (before.get(name) ?? 0)])
    .filter(([, rows]) => rows > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const total = parts.reduce((sum, [, rows]) => sum + rows, 0);
  const each = (rows: number): number => Math.round((rows / subjects) * 100) / 100;
  return {
    rows: total,
    total: each(total),
    parts: Object.fromEntries(parts.map(([name, rows]) => [name, each(rows)])),
    requests: each(counts.requests - counted.requests),
    queries: each(counts.queries - counted.queries),
    read: each(counts.read - counted.read),
  };
}

export const printed = (what: string, bill: Bill): string =>
  `bill of ${what}: ${bill.total} rows (${Object.entries(bill.parts)
    .map(([name, rows]) => `${name} ${rows}`)
    .join(
      ', ',
    )}); ${bill.requests} calls of objects, ${bill.queries} of D1, ${bill.read} rows read`;
