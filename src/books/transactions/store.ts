/**
 * Transactions newest first, by walking the seals: a transaction is shown once, whole, where its
 * first entry stands. Writes nothing.
 */
import { readEntries, type StoredEntry } from '../../ledger/entries/store';
import { positionOf, walkNewest } from '../../ledger/walk/store';

/** A transaction has at most as many entries as a change set has rows. */
const MOST_ENTRIES = 500;

export type StoredTransaction = readonly [StoredEntry, ...StoredEntry[]];

/**
 * Some transactions before a position (null: from the newest), at most `limit`. The position of the
 * next page is in the clear; a page may be short and yet not the last.
 */
export async function readTransactions(
  db: D1Database,
  cursor: string | null,
  limit: number,
): Promise<{ readonly items: readonly StoredTransaction[]; readonly next: string | null }> {
  const { ids, nextCursor } = await walkNewest(db, 'entries', cursor, limit + MOST_ENTRIES);
  const entries = await readEntries(
    db,
    ids.map(({ id }) => id),
  );
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const items: StoredTransaction[] = [];
  let legs: StoredEntry[] = [];
  for (const place of ids) {
    const entry = byId.get(place.id);
    if (entry === undefined) continue;
    if (entry.id !== entry.tx) {
      legs.unshift(entry);
      continue;
    }
    items.push([entry, ...legs.filter(({ tx }) => tx === entry.tx)]);
    legs = [];
    if (items.length === limit) {
      const more = place !== ids.at(-1) || nextCursor !== null;
      return { items, next: more ? positionOf(place) : null };
    }
  }
  return { items, next: nextCursor };
}
