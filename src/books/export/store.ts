/** The books as they are exported: seals in order, each with the rows it lists. Writes nothing. */
import type { JournalTable } from '../../ledger/journal';
import { rowKey } from '../../ledger/seals/seal';
import { readListed, readSealsFrom } from '../../ledger/seals/store';
import { type ExportLine, linesOf } from './line';

const ROWS_A_PAGE = 1_000;

/**
 * Lines of some seals from a number on, none after `last`: about a thousand rows, one seal at the
 * least. `next` is the seal to go on with, null at the end.
 */
export async function readLines(
  db: D1Database,
  tables: readonly JournalTable[],
  from: number,
  last: number,
): Promise<{ readonly lines: readonly ExportLine[]; readonly next: number | null }> {
  const read = await readSealsFrom(db, from, ROWS_A_PAGE);
  const seals = read.filter(({ number }) => number <= last);
  const found = await readListed(db, tables, seals);
  const lines = seals.flatMap((seal) => linesOf(seal, (table, id) => found.get(rowKey(table, id))));
  const newest = seals.at(-1)?.number ?? last;
  return { lines, next: newest >= last ? null : newest + 1 };
}
