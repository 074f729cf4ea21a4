/**
 * Tells whoever subscribes of something once: what is in the books already is not written again.
 * Decides how many notices one change set holds; refuses to go on while the journal does not answer.
 */
import { type DeliveryEnv, pokeSubscriptions } from '../../delivery/client';
import { untold } from '../../delivery/store';
import type { Row } from '../../kernel/change-set';
import { invariant } from '../../kernel/result';
import { commit } from '../../ledger/client';

/** Of at most some 2 KB each, so that a set stays below what the journal takes (512 KB). */
const NOTICES_A_SET = 200;

/** At most 500 notices of one kind a call. False when the journal must be asked again. */
export async function tellOnce(
  env: DeliveryEnv,
  kind: string,
  notices: readonly Row[],
  now: number,
): Promise<boolean> {
  const rows = await untold(env.DB, notices);
  for (let from = 0; from < rows.length; from += NOTICES_A_SET) {
    const set = rows.slice(from, from + NOTICES_A_SET);
    const answer = await commit(env, { rows: set }, now);
    invariant(answer.verdict !== 'rejected', 'notices that the books can hold');
    if (answer.verdict !== 'committed') return false;
  }
  if (rows.length > 0) await pokeSubscriptions(env, [kind], now);
  return true;
}
