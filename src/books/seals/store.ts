/**
 * The check of the books against their seals, a bounded number of rows at a time. Reads seals, the
 * rows they list, the raw bodies that are still there, and how many rows there are; names the first
 * fault. Writes nothing.
 */
import type { JournalTable } from '../../ledger/journal';
import { verifyBodies } from '../../ledger/seals/body';
import {
  type FoundRow,
  type Head,
  NO_SEAL,
  type Seal,
  type SealFault,
  verifyChain,
  verifyListed,
  verifyPresent,
} from '../../ledger/seals/seal';
import { readGroupBodies, readListed, readSeals, readSealsFrom } from '../../ledger/seals/store';
import {
  firstSurplus,
  type Position,
  type Search,
  type Standing,
  type TableCount,
  tallied,
  unknownTable,
} from '../verification';

export interface Verified {
  readonly fault: SealFault | null;
  /** Rows compared in this step. */
  readonly rows: number;
  /** Last seal that was checked. */
  readonly upTo: number;
  /** Where to go on, null at the end. */
  readonly next: Position | null;
  /** Known when every seal was checked. */
  readonly counts: readonly TableCount[] | null;
}

const ROWS_A_STEP = 1_000;
const STEPS = 10;

export const BEGINNING: Position = { stage: 'seals', standing: { ...NO_SEAL, tally: {} } };

/** The standing just before a seal, taken on trust: a range is checked on its own. */
export async function readStanding(db: D1Database, before: number): Promise<Standing | null> {
  if (before <= 1) return BEGINNING.standing;
  const [seal] = await readSeals(db, [before - 1]);
  return seal === undefined
    ? null
    : { number: seal.number, hash: seal.hash, at: seal.at, tally: {} };
}

/** Null while the chain holds the seal that an anchor kept elsewhere names; else what became of it. */
export async function verifyAnchor(
  db: D1Database,
  { number, hash }: Pick<Head, 'number' | 'hash'>,
  head: Head,
): Promise<Verified | null> {
  const [seal] = await readSeals(db, [number]);
  if (seal?.hash === hash) return null;
  const detail =
    seal !== undefined
      ? 'another seal stands where the anchor was taken: the chain was written anew'
      : head.number < number
        ? `the chain ends at seal ${head.number}, before the anchor: its tail was cut off`
        : 'the seal that the anchor names is missing';
  const fault: SealFault = { kind: 'broken-chain', seal: number, detail };
  return { fault, rows: 0, upTo: 0, next: null, counts: null };
}

/**
 * Checks at most some ten thousand rows on from a position. `last` ends a range: then no rows are
 * counted, because the rows of other seals are not looked at.
 */
export async function verifyBooks(
  db: D1Database,
  tables: readonly JournalTable[],
  from: Position,
  last: number | null,
): Promise<Verified> {
  let position = from;
  let rows = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const verified: Verified =
      position.stage === 'seals'
        ? await verifySome(db, tables, position.standing, last)
        : await searchSome(db, tables, position.standing, position.search);
    rows += verified.rows;
    if (verified.fault !== null || verified.next === null) return { ...verified, rows };
    position = verified.next;
  }
  return { fault: null, rows, upTo: position.standing.number, next: position, counts: null };
}

/** Some seals: their chain, and the rows they list. */
async function verifySome(
  db: D1Database,
  tables: readonly JournalTable[],
  standing: Standing,
  last: number | null,
): Promise<Verified> {
  const read = await readSealsFrom(db, standing.number + 1, ROWS_A_STEP);
  const seals = last === null ? read : read.filter(({ number }) => number <= last);
  const newest = seals.at(-1);
  if (newest === undefined) {
    return last === null
      ? compareCounts(db, tables, standing)
      : { fault: null, rows: 0, upTo: standing.number, next: null, counts: null };
  }
  const tally = tallied(standing.tally, seals);
  const rows = seals.reduce((sum, { size }) => sum + size, 0);
  const { number, hash, at } = newest;
  const next: Position = { stage: 'seals', standing: { number, hash, at, tally } };
  const fault = await firstFault(db, tables, standing, seals);
  return { fault, rows, upTo: number, next, counts: null };
}

async function firstFault(
  db: D1Database,
  tables: readonly JournalTable[],
  standing: Standing,
  seals: readonly Seal[],
): Promise<SealFault | null> {
  const broken = verifyChain(standing, seals);
  const whole =
    broken === null
      ? seals
      : seals.slice(
          0,
          seals.findIndex(({ number }) => number === broken.seal),
        );
  const found = await readListed(db, tables, whole);
  for (const seal of whole) {
    const fault = verifyListed(seal, found);
    if (fault !== null) return fault;
  }
  const altered = await firstAlteredBody(db, whole, found);
  return altered ?? broken ?? unknownTable(seals, new Set(tables.map(({ name }) => name)));
}

/** A group is at most half a megabyte, so this many are read at once. */
const BODIES_A_READ = 20;

/** Bodies lie beside the chain: each is held against the hash in its event's chained columns. */
async function firstAlteredBody(
  db: D1Database,
  seals: readonly Seal[],
  found: ReadonlyMap<string, FoundRow>,
): Promise<SealFault | null> {
  const numbers = seals.map(({ number }) => number);
  for (let start = 0; start < numbers.length; start += BODIES_A_READ) {
    const groups = await readGroupBodies(db, numbers.slice(start, start + BODIES_A_READ));
    const fault = verifyBodies(groups, found);
    if (fault !== null) return fault;
  }
  return null;
}

/**
 * Every listed row is there and is itself; a table with more rows than that holds forged ones. Rows
 * of seals that came since are left out, rows of seals that do not exist are counted.
 */
async function compareCounts(
  db: D1Database,
  tables: readonly JournalTable[],
  standing: Standing,
): Promise<Verified> {
  const answers = await db.batch(
    tables.map(({ name }) =>
      db
        .prepare(
          `SELECT count(*) AS n FROM ${name}
           WHERE seal <= ?1 OR seal > coalesce((SELECT max(id) FROM seals), 0)`,
        )
        .bind(standing.number),
    ),
  );
  const counts = tables.map(({ name }, index) => {
    const [row] = (answers[index]?.results ?? []) as { n: number }[];
    return { table: name, listed: standing.tally[name] ?? 0, present: row?.n ?? 0 };
  });
  const surplus = firstSurplus(counts);
  const next: Position | null =
    surplus === null ? null : { stage: 'rows', standing, search: { table: surplus, after: '' } };
  return { fault: null, rows: 0, upTo: standing.number, next, counts };
}

/** Some rows of a table that holds too many: the first that its seal does not list. */
async function searchSome(
  db: D1Database,
  tables: readonly JournalTable[],
  standing: Standing,
  search: Search,
): Promise<Verified> {
  const known = tables.some(({ name }) => name === search.table);
  const { results } = known
    ? await db
        .prepare(`SELECT id, seal FROM ${search.table} WHERE id > ? ORDER BY id LIMIT ?`)
        .bind(search.after, ROWS_A_STEP)
        .all<{ id: string; seal: number }>()
    : { results: [] };
  const numbers = [...new Set(results.map(({ seal }) => seal))];
  const seals = new Map<number, Seal>();
  for (let start = 0; start < numbers.length; start += SEALS_A_READ) {
    for (const seal of await readSeals(db, numbers.slice(start, start + SEALS_A_READ))) {
      seals.set(seal.number, seal);
    }
  }
  const fault = verifyPresent(search.table, results, seals);
  const after = results.at(-1)?.id;
  const next: Position | null =
    after === undefined
      ? null
      : { stage: 'rows', standing, search: { table: search.table, after } };
  return { fault, rows: results.length, upTo: standing.number, next, counts: null };
}

const SEALS_A_READ = 100;
