/** The Worker under test, and objects for benches that compare with it. */
import { DurableObject } from 'cloudflare:workers';
import { TABLES } from '../../src/compose';
import type { ChangeSet, CommitAnswer } from '../../src/kernel/change-set';
import type { LedgerEnv } from '../../src/ledger/client';
import { JournalLoop } from '../../src/ledger/loop';
import { portOf } from '../../src/ledger/object';
import { wrapEnv } from '../worker/wrap';

export * from '../worker/entry';
export { default } from '../worker/entry';

/** What a call costs when the object has nothing to do, and when it writes one row. */
export class NothingObject extends DurableObject {
  async nothing(): Promise<null> {
    return null;
  }

  async write(name: string): Promise<null> {
    this.ctx.storage.kv.put(name, { at: 1 });
    return null;
  }
}

/** The journal with room for one entry in a group: every set is a group of its own. */
export class JournalOfOnes extends DurableObject<LedgerEnv> {
  readonly #wrapped = wrapEnv(this.env, { place: 'journal', actor: () => 'ones', state: null });
  readonly #loop = new JournalLoop(
    portOf(() => this.#wrapped.DB, this.ctx.storage.kv),
    TABLES,
    { rows: 1, bytes: 1 },
  );

  commit(set: ChangeSet, now: number): Promise<CommitAnswer> {
    return this.#loop.commit(set, now);
  }
}
