/** What seasons need of the environment. */
import type { DirectoryEnv } from '../agents/store';
import type { LedgerEnv } from '../ledger/client';

export interface SeasonsEnv extends LedgerEnv, DirectoryEnv {}
