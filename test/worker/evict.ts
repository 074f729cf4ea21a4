/**
 * The suite again under eviction: with `EVICT=always npm run test:only …` every object is evicted
 * after every call that the Worker or another object made of it, so that whatever it keeps in memory
 * alone is gone. An eviction waits for calls that are under way and nobody waits for it: two objects
 * that call one another would wait for ever.
 */
type Evict = (stub: DurableObjectStub) => Promise<void>;

const KEY = '__evict__';
const holder = globalThis as unknown as Record<string, Evict | undefined>;

/** Set by the test's side, which alone can evict. */
export function evictAlways(evict: Evict): void {
  holder[KEY] = evict;
}

/** Evictions that are under way, by object; one more would find nothing to do. */
const leaving = new Map<string, Promise<void>>();

/** Longest wait for them, real milliseconds: one of two that wait for each other ends later. */
const PATIENCE_MS = 500;

/** Has an object evicted as soon as it is idle, where that is asked for. */
export function evictAfterCall(stub: DurableObjectStub): void {
  const evict = holder[KEY];
  const name = stub.id.toString();
  if (evict === undefined || leaving.has(name)) return;
  const gone = evict(stub)
    .catch(() => undefined)
    .finally(() => leaving.delete(name));
  leaving.set(name, gone);
}

/** Waits until nothing is being put away any more. */
export async function evictionsOver(): Promise<void> {
  await Promise.race([Promise.all(leaving.values()), scheduler.wait(PATIENCE_MS)]);
}

/** A test of what an object holds in memory alone, or that puts it away itself: nothing else does. */
export const awake = (test: () => Promise<void>) => async (): Promise<void> => {
  const evict = holder[KEY];
  holder[KEY] = undefined;
  try {
    await test();
  } finally {
    holder[KEY] = evict;
  }
};
