/**
 * What an isolate remembers of D1: fresh for a while, and used stale for longer only while reading
 * fails. Decides when to read again; refuses to answer from memory what it never read. Not for
 * API keys (a revoked key must fail at the next request), and not while a sandbox clock is set.
 */

export interface CachePolicy {
  /** Up to this age a value is used without reading, milliseconds. */
  readonly freshMs: number;
  /** Up to this age a value is used when reading fails. */
  readonly staleMs: number;
  /** After a failed read nobody reads again for this long where a stale value will do. */
  readonly pauseMs: number;
  /** The oldest entries go when there are more. */
  readonly maxEntries: number;
}

export const DEFAULT_POLICY: CachePolicy = {
  freshMs: 30_000,
  staleMs: 3_600_000,
  pauseMs: 1_000,
  maxEntries: 5_000,
};

/** What would refuse or quarantine asks for nothing older than this before it does so. */
export const RECHECK_MS = 5_000;

interface Kept<V> {
  readonly value: V;
  readonly readAt: number;
  readonly failedAt: number | null;
}

/**
 * Keys are compared as a `Map` does, so they are text or numbers. Promises are never shared between
 * requests: the runtime forbids one request to wait for the I/O of another.
 */
export class StaleCache<K extends string | number, V> {
  readonly #kept = new Map<K, Kept<V>>();
  readonly #policy: CachePolicy;

  constructor(policy: Partial<CachePolicy> = {}) {
    this.#policy = { ...DEFAULT_POLICY, ...policy };
  }

  /**
   * The value of a key, read with `load` when none younger than `maxAgeMs` (the policy's `freshMs`)
   * is remembered. Throws what `load` throws when nothing young enough to be used stale is there.
   */
  async get(
    key: K,
    now: number,
    load: (key: K) => Promise<V>,
    maxAgeMs: number = this.#policy.freshMs,
  ): Promise<V> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#usable(kept, now, maxAgeMs)) return kept.value;
    try {
      const value = await load(key);
      this.put(key, now, value);
      return value;
    } catch (thrown) {
      const stale = this.#kept.get(key);
      if (stale === undefined || !within(stale.readAt, now, this.#policy.staleMs)) throw thrown;
      this.#kept.set(key, { ...stale, failedAt: now });
      return stale.value;
    }
  }

  /**
   * The values of several keys in their order; one `load` reads all that must be read and answers
   * in the order it was asked. When it fails, every one of them must be there stale, else it throws.
   */
  async getAll(
    keys: readonly K[],
    now: number,
    load: (missing: readonly K[]) => Promise<readonly V[]>,
    maxAgeMs: number = this.#policy.freshMs,
  ): Promise<V[]> {
    const found = new Map<K, V>();
    for (const key of keys) {
      const kept = this.#kept.get(key);
      if (kept !== undefined && this.#usable(kept, now, maxAgeMs)) found.set(key, kept.value);
    }
    const missing = [...new Set(keys)].filter((key) => !found.has(key));
    for (const [key, value] of await this.#loadAll(missing, now, load)) found.set(key, value);
    return keys.map((key) => found.get(key) as V);
  }

  /** Remembers a value that was read or written elsewhere. */
  put(key: K, now: number, value: V): void {
    this.#kept.delete(key);
    this.#kept.set(key, { value, readAt: now, failedAt: null });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#policy.maxEntries) break;
      this.#kept.delete(oldest);
    }
  }

  /** Forgets one key, or all of them. */
  forget(key?: K): void {
    if (key === undefined) this.#kept.clear();
    else this.#kept.delete(key);
  }

  async #loadAll(
    missing: readonly K[],
    now: number,
    load: (missing: readonly K[]) => Promise<readonly V[]>,
  ): Promise<[K, V][]> {
    if (missing.length === 0) return [];
    try {
      const values = await load(missing);
      const pairs = missing.map((key, index): [K, V] => [key, values[index] as V]);
      for (const [key, value] of pairs) this.put(key, now, value);
      return pairs;
    } catch (thrown) {
      return missing.map((key): [K, V] => {
        const stale = this.#kept.get(key);
        if (stale === undefined || !within(stale.readAt, now, this.#policy.staleMs)) throw thrown;
        this.#kept.set(key, { ...stale, failedAt: now });
        return [key, stale.value];
      });
    }
  }

  #usable(kept: Kept<V>, now: number, maxAgeMs: number): boolean {
    if (within(kept.readAt, now, maxAgeMs)) return true;
    if (kept.failedAt === null || !within(kept.readAt, now, this.#policy.staleMs)) return false;
    return within(kept.failedAt, now, this.#policy.pauseMs);
  }
}

/** A time ahead of `now` is not young: clocks differ, and a sandbox's may have gone back. */
const within = (since: number, now: number, forMs: number): boolean =>
  now >= since && now - since < forMs;
