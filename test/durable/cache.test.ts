import { describe, expect, it } from 'vitest';
import { RECHECK_MS, StaleCache } from '../../src/durable/cache';

const down = async (): Promise<never> => {
  throw new Error('D1 is away');
};

function counted(values: readonly string[]) {
  const asked: string[] = [];
  return {
    asked,
    load: async (key: string) => {
      asked.push(key);
      return values[asked.length - 1] ?? 'exhausted';
    },
  };
}

describe('what an isolate remembers', () => {
  it('reads once while the value is fresh and again at 30 seconds', async () => {
    const cache = new StaleCache<string, string>();
    const { load, asked } = counted(['first', 'second']);
    expect(await cache.get('k', 0, load)).toBe('first');
    expect(await cache.get('k', 29_999, load)).toBe('first');
    expect(await cache.get('k', 30_000, load)).toBe('second');
    expect(asked).toEqual(['k', 'k']);
  });

  it('answers a stale value only while reading fails, and for less than an hour', async () => {
    const cache = new StaleCache<string, string>();
    cache.put('k', 0, 'old');
    expect(await cache.get('k', 3_599_999, down)).toBe('old');
    await expect(cache.get('k', 3_600_000, down)).rejects.toThrow('D1 is away');
  });

  it('throws when nothing was ever read', async () => {
    await expect(new StaleCache<string, string>().get('k', 0, down)).rejects.toThrow('D1 is away');
  });

  it('does not read again for a second after a failed read, then does', async () => {
    const cache = new StaleCache<string, string>();
    cache.put('k', 0, 'old');
    await cache.get('k', 60_000, down);
    const { load, asked } = counted(['new']);
    expect(await cache.get('k', 60_999, load)).toBe('old');
    expect(asked).toEqual([]);
    expect(await cache.get('k', 61_000, load)).toBe('new');
  });

  it('reads once more for a caller who is about to refuse, at most once in five seconds', async () => {
    const cache = new StaleCache<string, string>();
    cache.put('k', 0, 'old');
    const { load, asked } = counted(['new']);
    expect(await cache.get('k', 4_999, load, RECHECK_MS)).toBe('old');
    expect(await cache.get('k', 5_000, load, RECHECK_MS)).toBe('new');
    expect(await cache.get('k', 9_999, load, RECHECK_MS)).toBe('new');
    expect(asked).toEqual(['k']);
  });

  it('takes no value from the future for fresh', async () => {
    const cache = new StaleCache<string, string>();
    cache.put('k', 1_000_000, 'future');
    expect(await cache.get('k', 5, async () => 'present')).toBe('present');
  });

  it('remembers a null as a value', async () => {
    const cache = new StaleCache<string, string | null>();
    cache.put('k', 0, null);
    expect(await cache.get('k', 1, down)).toBeNull();
  });

  it('reads all missing keys in one go and answers in the order asked', async () => {
    const cache = new StaleCache<string, string>();
    cache.put('b', 0, 'B');
    const asked: (readonly string[])[] = [];
    const load = async (missing: readonly string[]) => {
      asked.push(missing);
      return missing.map((key) => key.toUpperCase());
    };
    expect(await cache.getAll(['a', 'b', 'c', 'a'], 1, load)).toEqual(['A', 'B', 'C', 'A']);
    expect(asked).toEqual([['a', 'c']]);
    expect(await cache.getAll(['c', 'a'], 40_000, down)).toEqual(['C', 'A']);
    await expect(cache.getAll(['c', 'd'], 50_000, down)).rejects.toThrow('D1 is away');
  });

  it('drops the oldest entries when it is full, and what it is told to forget', async () => {
    const cache = new StaleCache<number, number>({ maxEntries: 2 });
    for (const key of [1, 2, 3]) cache.put(key, 0, key);
    await expect(cache.get(1, 1, down)).rejects.toThrow();
    expect(await cache.get(3, 1, down)).toBe(3);
    cache.forget(3);
    await expect(cache.get(3, 1, down)).rejects.toThrow();
  });
});
