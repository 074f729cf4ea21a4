/**
 * Seals: the numbered, chained receipts of committed groups. Decides how a row and a seal are
 * hashed, and by comparing seals with rows names the one that was altered, removed or slipped in.
 * A column that is NULL is left out of the hash, so a column added later changes no old row.
 */
import type { Scalar } from '../../kernel/change-set';
import { canonicalJson, hashFields } from '../../kernel/hash.ts';

/** What stands before the first seal. */
const GENESIS = '0'.repeat(64);

/** A sealed row: table, id and the hash of its chained columns. */
export type Listed = readonly [table: string, id: string, hash: string];

/** The last seal, or what stands before the first. */
export interface Head {
  readonly number: number;
  readonly hash: string;
  /** UTC ms, as `sealedAt` says: number and hash order the chain, not this. */
  readonly at: number;
}

/**
 * A clock that shows more than this before the last seal was set: a sandbox's, or one that was
 * mended. What is less comes from callers whose clocks differ.
 */
export const SET_BACK_MS = 86_400_000;

/** The time of the seal after `head`: that of its clock, small steps back smoothed away. */
export const sealedAt = (now: number, head: Head): number =>
  now < head.at - SET_BACK_MS ? now : Math.max(now, head.at);

export interface Seal extends Head {
  readonly previous: string;
  readonly contents: readonly Listed[];
  readonly size: number;
}

/** A row as it stands in a table now. */
export interface FoundRow {
  readonly seal: number;
  /** Canonical text of its chained columns (`contentOf`). */
  readonly content: string;
  /** False when the columns that may be emptied are there and do not give the hash that binds them. */
  readonly fits?: boolean;
}

export type SealFault =
  | { readonly kind: 'broken-chain'; readonly seal: number; readonly detail: string }
  | {
      /** altered: other content. missing: listed, not there. forged: there, not listed. */
      readonly kind: 'altered' | 'missing' | 'forged';
      readonly seal: number;
      readonly table: string;
      readonly id: string;
    };

export const NO_SEAL: Head = { number: 0, hash: GENESIS, at: 0 };

/** Names a row across all tables; a table's name holds no space. */
export const rowKey = (table: string, id: string): string => `${table} ${id}`;

/** Canonical text of the chained columns of a row, those that are NULL left out. */
export function contentOf(values: Readonly<Record<string, Scalar>>): string {
  return canonicalJson(Object.fromEntries(Object.entries(values).filter(([, v]) => v !== null)));
}

export const rowHash = (table: string, id: string, content: string): string =>
  hashFields(table, id, content);

/** The hash that chains a seal to the one before it. */
export const sealHash = (seal: Omit<Seal, 'hash' | 'size'>): string =>
  hashFields(seal.previous, seal.number, seal.at, ...seal.contents.flat());

/** Walks seals in order from the head they follow; the first break of the chain, or null. */
export function verifyChain(before: Head, seals: readonly Seal[]): SealFault | null {
  let last = before;
  for (const seal of seals) {
    const detail = breakOf(last, seal);
    if (detail !== null) return { kind: 'broken-chain', seal: seal.number, detail };
    last = seal;
  }
  return null;
}

function breakOf(last: Head, seal: Seal): string | null {
  if (seal.number !== last.number + 1) return `seal ${last.number + 1} is missing`;
  if (seal.previous !== last.hash) return 'it does not follow the seal before it';
  if (seal.size !== seal.contents.length) return 'its size is not the number of its rows';
  if (seal.hash !== sealHash(seal)) return 'its hash does not fit its contents';
  return null;
}

/** Compares what a seal lists with what stands in the tables, by `rowKey`. */
export function verifyListed(seal: Seal, found: ReadonlyMap<string, FoundRow>): SealFault | null {
  for (const [table, id, hash] of seal.contents) {
    const row = found.get(rowKey(table, id));
    if (row === undefined) return { kind: 'missing', seal: seal.number, table, id };
    const same = row.seal === seal.number && row.fits !== false;
    if (!same || rowHash(table, id, row.content) !== hash) {
      return { kind: 'altered', seal: seal.number, table, id };
    }
  }
  return null;
}

/** The first of some rows of a table that the seal it names does not list, or null. */
export function verifyPresent(
  table: string,
  rows: readonly { readonly id: string; readonly seal: number }[],
  seals: ReadonlyMap<number, Seal>,
): SealFault | null {
  const listed = new Map<number, Set<string>>();
  for (const { id, seal } of rows) {
    let ids = listed.get(seal);
    if (ids === undefined) {
      const contents = seals.get(seal)?.contents ?? [];
      ids = new Set(contents.filter(([name]) => name === table).map(([, rowId]) => rowId));
      listed.set(seal, ids);
    }
    if (!ids.has(id)) return { kind: 'forged', seal, table, id };
  }
  return null;
}
