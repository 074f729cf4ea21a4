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

/** Objects whose eviction is under way; one more would find nothing to do. */
const leaving = new Set<string>();

/** Has an object evicted as soon as it is idle, where that is asked for. */
export function evictAfterCall(stub: DurableObjectStub): void {
  const evict = holder[KEY];
  const name = stub.id.toString();
  if (evict === undefined || leaving.has(name)) return;
  leaving.add(name);
  void evict(stub)
    .catch(() => undefined)
    .finally(() => leaving.delete(name));
}
