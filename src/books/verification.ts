/**
 * A verification of the whole chain in bounded steps. Decides what a step has to look at next, what
 * it says, and how its place is written as a cursor. Names the first thing that is wrong; refuses
 * nothing.
 */
import type { Listed, Seal, SealFault } from '../ledger/seals/seal';

/** Where a verification stands: the last seal that held, and how many rows it listed by table. */
export interface Standing {
  readonly number: number;
  readonly hash: string;
  readonly at: number;
  readonly tally: Readonly<Record<string, number>>;
}

/** Where the search for a row that no seal lists stands. */
export interface Search {
  readonly table: string;
  /** Id of the last row looked at; empty at the beginning of a table. */
  readonly after: string;
}

export type Position =
  | { readonly stage: 'seals'; readonly standing: Standing }
  | { readonly stage: 'rows'; readonly standing: Standing; readonly search: Search };

/** Adds what seals list to a tally by table. */
export function tallied(
  tally: Readonly<Record<string, number>>,
  seals: readonly Seal[],
): Record<string, number> {
  const sum: Record<string, number> = { ...tally };
  for (const [table] of seals.flatMap(({ contents }): readonly Listed[] => contents)) {
    sum[table] = (sum[table] ?? 0) + 1;
  }
  return sum;
}

export interface TableCount {
  readonly table: string;
  /** Rows that seals list, and rows that are there under these seals or under none. */
  readonly listed: number;
  readonly present: number;
}

/** The first table that holds more rows than its seals list, or null. What is missing is found above. */
export const firstSurplus = (counts: readonly TableCount[]): string | null =>
  counts.find(({ listed, present }) => present > listed)?.table ?? null;

/** A seal may list a table that this version no longer knows: nobody could check its rows. */
export function unknownTable(seals: readonly Seal[], known: ReadonlySet<string>): SealFault | null {
  for (const { number, contents } of seals) {
    const foreign = contents.find(([table]) => !known.has(table));
    if (foreign !== undefined) {
      return { kind: 'missing', seal: number, table: foreign[0], id: foreign[1] };
    }
  }
  return null;
}

const HASH = /^[0-9a-f]{64}$/;

export const writePosition = (position: Position): string => {
  const { number, hash, at, tally } = position.standing;
  const search = position.stage === 'rows' ? [position.search.table, position.search.after] : null;
  return JSON.stringify([number, hash, at, tally, search]);
};

/** The position of a cursor, or null when it is none. */
export function readPosition(text: string): Position | null {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parts) || parts.length !== 5) return null;
  const [number, hash, at, tally, search] = parts as unknown[];
  if (!isCount(number) || !isCount(at) || typeof hash !== 'string' || !HASH.test(hash)) return null;
  if (typeof tally !== 'object' || tally === null || !Object.values(tally).every(isCount)) {
    return null;
  }
  const standing: Standing = { number, hash, at, tally: { ...tally } as Record<string, number> };
  if (search === null) return { stage: 'seals', standing };
  if (!Array.isArray(search) || search.length !== 2) return null;
  const [table, after] = search as unknown[];
  return typeof table === 'string' && typeof after === 'string'
    ? { stage: 'rows', standing, search: { table, after } }
    : null;
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
