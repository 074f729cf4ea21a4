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

/** Binding by id of every object that was put away since the stage was last empty. */
const away = new Map<string, string>();

/** Longest wait for them, real milliseconds: one of two that wait for each other ends later. */
const PATIENCE_MS = 500;

/** Has an object evicted as soon as it is idle, where that is asked for. */
export function evictAfterCall(binding: string, stub: DurableObjectStub): void {
  const evict = holder[KEY];
  const name = stub.id.toString();
  if (evict === undefined || leaving.has(name)) return;
  away.set(name, binding);
  const gone = evict(stub)
    .catch(() => undefined)
    .finally(() => leaving.delete(name));
  leaving.set(name, gone);
}

/** What was put away, once all is over: a reset of the stage reaches only objects that run. */
export async function takeAway(): Promise<readonly (readonly [id: string, binding: string])[]> {
  await Promise.race([Promise.all(leaving.values()), scheduler.wait(PATIENCE_MS)]);
  const all = [...away];
  away.clear();
  return all;
}
