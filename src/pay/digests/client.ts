/**
 * One SHA-256 over a list of many pages, with one page in memory. Decides when rows that were read
 * one after the other are known to have stood beside each other; refuses to name a digest of others,
 * and lists that are longer than one invocation can ask for.
 */
import type { Failure } from '../../kernel/failure';
import { hashingParts } from '../../kernel/hash';
import { fail, ok, type Result } from '../../kernel/result';
import { MOST_QUERIES } from '../runs/lines/client';

/** Rows in the order of the list, as text, from a position on; `next` is null after the last. */
export interface RowsOfPage {
  readonly count: number;
  readonly text: string;
  readonly next: string | null;
}

/** The list as it is read once, from its first row to its last. */
export interface Reading {
  /** Queries that were asked to begin it, and that a page asks at most. */
  readonly asked: number;
  readonly askedByPage: number;
  readonly rowsOfPage: number;
  readonly pageAfter: (position: string) => Promise<RowsOfPage>;
}

export interface Whole {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** The books' last seal at a moment at which all of the rows stood as they were read. */
  readonly seal: number;
}

const MOST_READINGS = 4;

const CHANGED = 'the rows change while they are read; ask again when less is going on';
const tooMany = (rows: number): string =>
  `one request reads at most ${rows} rows of it; fetch the list page by page instead: each page ` +
  'names the SHA-256 of its bytes, and its rows joined, hashed where they are kept, are the whole';

/**
 * One SHA-256 over all rows of a list, read page by page with one page in memory. Rows are read
 * live: when the books went on meanwhile, the list is read again, and what two readings in a row
 * agree on stood as a whole between them. A conflict when no two of four do, or no two of as many as
 * `mostQueries` allow, and for a list that they do not read once.
 */
export async function wholeDigest(
  begin: () => Promise<Reading>,
  lastSeal: () => Promise<number>,
  mostQueries = MOST_QUERIES,
): Promise<Result<Whole>> {
  let before = await lastSeal();
  let known: Omit<Whole, 'seal'> | null = null;
  let left = mostQueries;
  for (let count = 1; count <= MOST_READINGS; count += 1) {
    const reading = await begin();
    const pages = Math.floor((left - reading.asked) / reading.askedByPage);
    const read = await readWhole(reading, pages);
    if (read === null) {
      return conflict(known === null ? tooMany(pages * reading.rowsOfPage) : CHANGED);
    }
    if (read.whole.sha256 === known?.sha256) return ok({ ...read.whole, seal: before });
    const seal = await lastSeal();
    if (seal === before) return ok({ ...read.whole, seal });
    before = seal;
    known = read.whole;
    left -= reading.asked + read.pages * reading.askedByPage;
  }
  return conflict(CHANGED);
}

const conflict = (detail: string): Result<never, Failure> => fail({ kind: 'conflict', detail });

interface Read {
  readonly whole: Omit<Whole, 'seal'>;
  readonly pages: number;
}

/** Null for a list of more than `most` pages. */
async function readWhole({ pageAfter }: Reading, most: number): Promise<Read | null> {
  const hash = hashingParts();
  let [rows, bytes, pages] = [0, 0, 0];
  for (let position: string | null = ''; position !== null; ) {
    if (pages >= most) return null;
    const page: RowsOfPage = await pageAfter(position);
    hash.take(page.text);
    rows += page.count;
    bytes += Buffer.byteLength(page.text);
    pages += 1;
    position = page.next;
  }
  return { whole: { rows, bytes, sha256: hash.end() }, pages };
}
