/**
 * What memory the runtime holds, asked of Node outside it: workerd tells no isolate. It is all of
 * workerd's, test and targets in memory included, so it bounds the engine's from above.
 */
const realFetch = globalThis.fetch;

export const MEMORY_URL = 'https://memory.bench/';

/** Resident MiB of workerd now; null where the machine does not say. */
export async function residentMiB(): Promise<number | null> {
  const answer = await realFetch(MEMORY_URL);
  const told = Number(await answer.text());
  return told > 0 ? told : null;
}
