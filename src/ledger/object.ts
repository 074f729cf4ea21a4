/** Placeholder of the seam while the journal is written. */
import { DurableObject } from 'cloudflare:workers';
import type { ChangeSet, CommitAnswer } from '../kernel/change-set';
import type { LedgerEnv } from './client';

export abstract class JournalObject extends DurableObject<LedgerEnv> {
  abstract commit(set: ChangeSet, now: number): Promise<CommitAnswer>;
}
