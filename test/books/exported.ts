/** An exported file as tests make, read and tamper with it. Decides nothing of its own. */
import { ExportCheck, type ExportFault, type OutsideAnchor } from '../../src/books/export/check';
import {
  BEGIN,
  type EndLine,
  type ExportLine,
  type RowLine,
  type SealLine,
} from '../../src/books/export/line';
import { canonicalJson } from '../../src/kernel/hash';
import { grown, NO_TREE, rootOf } from '../../src/ledger/seals/merkle';
import { contentOf, NO_SEAL, rowHash, sealHash } from '../../src/ledger/seals/seal';

export const textOf = (lines: readonly ExportLine[]): string[] => lines.map(canonicalJson);

/** Begin, the lines, and an end that fits them. */
export function whole(lines: readonly ExportLine[]): ExportLine[] {
  const seals = lines.filter((line): line is SealLine => line.kind === 'seal');
  const { number, hash } = seals.at(-1) ?? NO_SEAL;
  const rows = lines.length - seals.length;
  const tree = grown(
    NO_TREE,
    seals.map((seal) => seal.hash),
  );
  const end: EndLine = { kind: 'end', number, hash, root: rootOf(tree), rows };
  return [BEGIN, ...lines, end];
}

/** The first fault, or null. */
export function checked(
  texts: readonly string[],
  anchor: OutsideAnchor | null = null,
): ExportFault | null {
  const check = new ExportCheck(anchor);
  for (const text of texts) {
    const fault = check.take(text);
    if (fault !== null) return fault;
  }
  return check.end();
}

/** The lines with rows as they are now and every hash written anew, as a forger with time would. */
export function resealed(lines: readonly ExportLine[]): ExportLine[] {
  const rows = lines.filter((line): line is RowLine => line.kind === 'row');
  const bySeal = Map.groupBy(rows, ({ seal }) => seal);
  let previous = NO_SEAL.hash;
  return lines
    .filter((line): line is SealLine => line.kind === 'seal')
    .flatMap((seal) => {
      const own = bySeal.get(seal.number) ?? [];
      const contents = own.map(
        ({ table, id, values }) => [table, id, rowHash(table, id, contentOf(values))] as const,
      );
      const hash = sealHash({ ...seal, previous, contents });
      const anew: SealLine = { ...seal, previous, hash, rows: contents };
      previous = hash;
      return [anew, ...own];
    });
}
