/**
 * The export of the books: one line of canonical JSON (RFC 8785) for the beginning, for every seal,
 * for every row under it in the seal's order, and for the end. Decides what a line says; it holds
 * chained columns only, so no name, body or reason ever leaves by this door. Refuses nothing.
 */
import type { FoundRow, Head, Listed, Seal } from '../../ledger/seals/seal';

export const FORMAT = 'guerdon-ledger';
export const FORMAT_VERSION = 1;

export interface BeginLine {
  readonly kind: 'begin';
  readonly format: string;
  readonly version: number;
}

export interface SealLine {
  readonly kind: 'seal';
  readonly number: number;
  readonly previous: string;
  /** UTC ms. */
  readonly at: number;
  readonly hash: string;
  /** Table, id and hash of each row, in the order in which they were taken. */
  readonly rows: readonly Listed[];
}

export interface RowLine {
  readonly kind: 'row';
  readonly table: string;
  readonly id: string;
  /** The seal that the row itself names. */
  readonly seal: number;
  /** Its chained columns, those that are NULL left out. */
  readonly values: Readonly<Record<string, string | number>>;
}

export interface EndLine {
  readonly kind: 'end';
  readonly number: number;
  readonly hash: string;
  /** Merkle root over the hashes of all seals. */
  readonly root: string;
  readonly rows: number;
}

export type ExportLine = BeginLine | SealLine | RowLine | EndLine;

export const BEGIN: BeginLine = { kind: 'begin', format: FORMAT, version: FORMAT_VERSION };

export const endLine = ({ number, hash }: Head, root: string, rows: number): EndLine => ({
  kind: 'end',
  number,
  hash,
  root,
  rows,
});

/** A seal and the rows it lists as they stand; a row that is gone has no line. */
export function linesOf(
  seal: Seal,
  found: (table: string, id: string) => FoundRow | undefined,
): ExportLine[] {
  const { number, previous, at, hash, contents } = seal;
  const rows = contents.flatMap(([table, id]): RowLine[] => {
    const row = found(table, id);
    if (row === undefined) return [];
    return [{ kind: 'row', table, id, seal: row.seal, values: JSON.parse(row.content) }];
  });
  return [{ kind: 'seal', number, previous, at, hash, rows: contents }, ...rows];
}
