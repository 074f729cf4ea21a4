/**
 * The daily anchor. Takes one a day at the most, under the day's name, and catches up no day that
 * went by without one: the next anchor covers it. Two that fire at once freeze one.
 */
import { commit } from '../../ledger/client';
import type { BooksEnv } from '../client';
import { type Anchor, anchorAt, anchorSet, dayOf, treeOf } from './anchor';
import { readAnchors, readHeadsAfter } from './store';

const SEALS_A_READ = 10_000;
/** A million seals a day; books that have more behind them are anchored bit by bit. */
const READS = 100;

export async function anchorLedger(env: BooksEnv, now: number): Promise<void> {
  const day = dayOf(now);
  const [newest] = await readAnchors(env.DB, null, 1);
  if (newest !== undefined && newest.day >= day) return;
  const anchor = await reached(env.DB, newest?.anchor ?? null);
  if (anchor === null) return;
  const { verdict } = await commit(env, anchorSet(day, anchor, now), now);
  // Another firing froze the day's anchor meanwhile, perhaps at another head: that one stands.
  if (verdict === 'committed' || verdict === 'conflict') return;
  throw new Error(`the journal answered ${verdict}`);
}

/** The anchor at the head, or as far as one firing gets; null where nothing was ever sealed. */
async function reached(db: D1Database, before: Anchor | null): Promise<Anchor | null> {
  let [anchor, tree] = [before, treeOf(before)];
  for (let read = 0; read < READS; read += 1) {
    const seals = await readHeadsAfter(db, tree.size, SEALS_A_READ);
    const next = anchorAt(tree, seals);
    if (next === null) break;
    ({ anchor, tree } = next);
    if (seals.length < SEALS_A_READ) break;
  }
  return anchor;
}
