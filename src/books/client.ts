/** What the routes of the books are given: D1, the journal, and the key that finds agents. */
import type { DirectoryEnv } from '../agents/store';
import type { LedgerEnv } from '../ledger/client';

export interface BooksEnv extends LedgerEnv, DirectoryEnv {}
