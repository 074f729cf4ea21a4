/**
 * Reads the bill of a stretch of a test: rows written in D1 and in the objects' own storage, as the
 * runtime counts them. Alarms and puts are one row each, a deleteAll is as many as it deletes.
 */
import type { Board } from '../worker/io';

export interface Bill {
  /** As counted, of all subjects together. */
  readonly rows: number;
  /** For each subject, to the hundredth, as the parts are. */
  readonly total: number;
  /** By what wrote them, e.g. `journal D1`, `session put`. */
  readonly parts: Readonly<Record<string, number>>;
}

/** What was written while `work` ran, for each of `subjects`. */
export async function billOf(
  board: Board,
  subjects: number,
  work: () => Promise<void>,
): Promise<Bill> {
  const before = new Map(board.rows);
  await work();
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
  };
}

export const printed = (what: string, { total, parts }: Bill): string =>
  `bill of ${what}: ${total} rows (${Object.entries(parts)
    .map(([name, rows]) => `${name} ${rows}`)
    .join(', ')})`;
