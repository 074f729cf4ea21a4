/**
 * What a goal's object knows of its configuration: read again where it is older than asked, kept
 * where it is the same, used as it is while D1 cannot be read. And what it keeps in its own storage
 * of each locked period: its snapshot, should the books be set back behind it. Writes nothing to D1.
 */
import type { DirectoryEnv } from '../../agents/store';
import { DAY_MS } from '../../kernel/instant';
import { readSealAt } from '../../ledger/store';
import type { Snapshot } from '../goal';
import { readWorld, readWritten } from '../store';
import { Count, type Rows } from './count';
import { isSameWorld } from './definition';
import { writtenBy } from './state';
import type { Reach } from './walk';

export class Known {
  /** Null until it was read once, and after a step that did not hold. */
  count: Count | null = null;
  #readAt = 0;

  /** Throws when D1 cannot be read and nothing young enough is there; 0: always reads. */
  async read(
    env: DirectoryEnv,
    goalId: string,
    rows: Rows,
    { now, freshMs }: { readonly now: number; readonly freshMs: number },
  ): Promise<Count> {
    const isFresh = now >= this.#readAt && now - this.#readAt < freshMs;
    if (this.count !== null && isFresh) return this.count;
    try {
      const world = await readWorld(env, goalId);
      const isSame = this.count !== null && isSameWorld(this.count.world, world);
      if (!isSame) this.count = new Count(world, rows);
      this.#readAt = now;
    } catch (thrown) {
      if (this.count === null || freshMs === 0) throw thrown;
    }
    if (this.count === null) throw new Error('a step did not hold meanwhile');
    return this.count;
  }
}

/** Labels of periods of which the books do not hold what they took: they were set back since. */
export async function readLost(
  db: D1Database,
  periods: Parameters<typeof writtenBy>[0],
): Promise<string[]> {
  const written = writtenBy(periods);
  if (written.size === 0) return [];
  const there = await readWritten(db, [...written.values()]);
  return [...written].flatMap(([label, id]) => (there.has(id) ? [] : [label]));
}

/** The last seal a day before an instant. */
export async function sealBefore(db: D1Database, from: number, last: Reach): Promise<Reach> {
  const seal = await readSealAt(db, from - DAY_MS);
  return { seal, hash: seal === last.seal ? last.hash : null };
}

/** Snapshots as they were locked, a value each: they must not grow the state with every member. */
export class KeptLocks {
  readonly #kv: () => SyncKvStorage;

  constructor(kv: () => SyncKvStorage) {
    this.#kv = kv;
  }

  get(label: string): Snapshot | null {
    return this.#kv().get<Snapshot>(keyOf(label)) ?? null;
  }

  put(snapshot: Snapshot): void {
    this.#kv().put(keyOf(snapshot.period), snapshot);
  }

  drop(label: string): void {
    this.#kv().delete(keyOf(label));
  }
}

const keyOf = (label: string): string => `lock:${label}`;
