/**
 * The daily job that lets raw bodies go. Asks what is due by what is there: firing twice or missing
 * a firing changes nothing in the end.
 */
import { clearBodies, type LedgerEnv } from '../client';

/** Throws when the journal could not do all that is due; the next firing does the rest. */
export async function retireBodies(env: LedgerEnv, now: number): Promise<void> {
  const { done, left } = await clearBodies(env, now);
  if (left.length > 0) throw new Error(`done: ${done.join() || 'nothing'}; left: ${left.join()}`);
}
