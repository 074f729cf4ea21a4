/**
 * What is looked after once runs were sent out: facts that came since their calculation are re-read,
 * for nobody looks at people without a line before, and deltas that none of their lines can take are
 * told. Decides which is next; one that fails goes behind the others. Refuses to end with one before
 * all of it is done.
 */
import { REVISION_DAYS } from '../../../../quality/store';
import { log, messageOf } from '../../../../runtime/log';
import { tellWaiting } from '../../../deltas/waiting/client';
import { loadRun } from '../../calculate/client';
import type { PayEnv } from '../../client';
import { readChangedFacts } from '../../reread/store';
import { ASKED_BY_PAGE, doPeriod, type Walk } from '../firing/client';
import { type After, touched, workOf } from '../mark';

/** A page of deltas, who they are, and what was told. */
const ASKED_BY_DELTAS = 3;

/** A page a call; false where nothing is left of it for now. */
export async function lookAfter(env: PayEnv, walk: Walk, now: number): Promise<boolean> {
  const hasRoom = walk.unpaid.length < walk.bounds.unpaid;
  const next = walk.after.find(({ until }) => until !== null || hasRoom);
  if (next === undefined) return false;
  // What the walk has not walked over yet it compares itself.
  const until = next.until ?? Math.max(walk.seal, walk.part?.until ?? 0);
  const begun = { ...next, until };
  // In its place at once: the page may find that there is no room for all, and remember its run anew.
  walk.after = walk.after.map((one) => (one === next ? begun : one));
  walk.pages -= 1;
  const left = await tried(env, walk, begun, now);
  const others = walk.after.filter((one) => one !== begun);
  if (left === 'RETRY') walk.after = [...others, begun];
  else walk.after = left === null ? others : [left, ...others];
  return left !== 'RETRY';
}

type Begun = After & { readonly until: number };

/** What is left of it after a page; null: nothing. */
async function tried(
  env: PayEnv,
  walk: Walk,
  one: Begun,
  now: number,
): Promise<After | null | 'RETRY'> {
  try {
    return await pageOf(env, walk, one, now);
  } catch (thrown) {
    log('error', 'pay.not-looked-after', { run: one.run, message: messageOf(thrown) });
    return 'RETRY';
  }
}

async function pageOf(
  env: PayEnv,
  walk: Walk,
  one: Begun,
  now: number,
): Promise<After | null | 'RETRY'> {
  walk.queries -= ASKED_BY_PAGE;
  const setting = await loadRun(env.DB, one.run);
  if (setting === null) return null;
  const { until } = one;
  const seal = one.seal ?? setting.seal;
  if (seal < until) {
    const { facts, reached } = await readChangedFacts(env.DB, seal, until);
    for (const work of workOf(touched([setting.run], facts, REVISION_DAYS))) {
      if (!(await doPeriod(env, walk, work, now))) return 'RETRY';
    }
    return { ...one, seal: reached === seal ? until : reached };
  }
  walk.queries -= ASKED_BY_DELTAS;
  const told = await tellWaiting(env, setting, one.told ?? '', walk.bounds.deltasAPage, now);
  return typeof told === 'string' || told === null ? told : { ...one, seal, told: told.reached };
}
