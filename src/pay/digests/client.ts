/**
 * One SHA-256 over a list of many pages, with one page in memory. Decides when rows that were read
 * one after the other are known to have stood beside each other; refuses to name a digest of others.
 */
import { hashingParts } from '../../kernel/hash';
import { fail, ok, type Result } from '../../kernel/result';

/** Rows in the order of the list, as text, from a position on; `next` is null after the last. */
export interface RowsOfPage {
  readonly count: number;
  readonly text: string;
  readonly next: string | null;
}

export interface Whole {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** The books' last seal at a moment at which all of the rows stood as they were read. */
  readonly seal: number;
}

const MOST_READINGS = 4;

/**
 * One SHA-256 over all rows of a list, read page by page with one page in memory. Rows are read
 * live: when the books went on meanwhile, the list is read again, and what two readings in a row
 * agree on stood as a whole between them. A conflict when no two of four do.
 */
export async function wholeDigest(
  pageAfter: (position: string) => Promise<RowsOfPage>,
  lastSeal: () => Promise<number>,
): Promise<Result<Whole>> {
  let before = await lastSeal();
  let known: Omit<Whole, 'seal'> | null = null;
  for (let reading = 1; reading <= MOST_READINGS; reading += 1) {
    const read = await readWhole(pageAfter);
    if (read.sha256 === known?.sha256) return ok({ ...read, seal: before });
    const seal = await lastSeal();
    if (seal === before) return ok({ ...read, seal });
    before = seal;
    known = read;
  }
  const detail = 'the rows change while they are read; ask again when less is going on';
  return fail({ kind: 'conflict', detail });
}

async function readWhole(
  pageAfter: (position: string) => Promise<RowsOfPage>,
): Promise<Omit<Whole, 'seal'>> {
  const hash = hashingParts();
  let [rows, bytes] = [0, 0];
  for (let position: string | null = ''; position !== null; ) {
    const page: RowsOfPage = await pageAfter(position);
    hash.take(page.text);
    rows += page.count;
    bytes += Buffer.byteLength(page.text);
    position = page.next;
  }
  return { rows, bytes, sha256: hash.end() };
}
