/** The routes of the books, in the order in which the documentation shows them, and their health. */
import type { HealthCheck } from '../http/health';
import type { Route } from '../http/route';
import { journalHealth } from '../ledger/client';
import type { Explainer } from '../ledger/explain';
import type { JournalTable } from '../ledger/journal';
import { readAccount, readPoints, readTrial } from './accounts/routes';
import { listAnchors } from './anchors/routes';
import type { BooksEnv } from './client';
import { explainTransaction } from './explain/routes';
import { exportLedger } from './export/routes';
import { acceptRolledBack, listSeals, verifyLedger } from './seals/routes';
import { readStatement } from './statements/routes';
import { listTransactions, readOneTransaction } from './transactions/routes';

/** `tables` are all that the journal writes: verification reads each of them. */
export const booksRoutes = <E extends BooksEnv>(
  tables: readonly JournalTable[],
  explainers: readonly Explainer<E>[],
): readonly Route<E>[] => [
  explainTransaction(explainers),
  listTransactions(),
  readOneTransaction(),
  readAccount(),
  readTrial(),
  listSeals(),
  verifyLedger(tables),
  listAnchors(),
  exportLedger(tables),
  acceptRolledBack(),
  readPoints(),
  readStatement(explainers),
];

/** Whether the journal writes: late while D1 is away, parked when sets were rejected, stuck after a rollback. */
export const journalCheck: HealthCheck<BooksEnv> = {
  name: 'journal',
  async check(env, now) {
    const { status, rejected, ...rest } = await journalHealth(env, now);
    // The route needs no key: ids and reasons stay in the audit log.
    const tables = rejected.map(({ at, table }) => ({ at, table }));
    return { status, detail: { ...rest, rejected: tables } };
  },
};
