/**
 * Named reads of decisions. Writes nothing. A decision's id begins
 * with its coaching session, so no index is needed.
 */
import { and, asc, gt, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { JournalTable } from '../../ledger/journal';
import { type Decision, readDecision } from './decision';
import { decisions } from './schema';

export const DECISIONS_TABLE: JournalTable = {
  name: 'decisions',
  values: ['session', 'upto', 'outcome', 'content_hash'],
  side: ['content', 'salt'],
  bound: { hash: 'content_hash', over: ['salt', 'content'] },
};

/** The decisions of a coaching session, oldest first. */
export async function readDecisions(db: D1Database, session: string): Promise<Decision[]> {
  const rows = await drizzle(db)
    .select()
    .from(decisions)
    .where(and(gt(decisions.id, `${session}.`), lt(decisions.id, `${session}/`)))
    .orderBy(asc(decisions.id));
  return rows.flatMap((row) => readDecision(row) ?? []);
}

/** The first outcome that covers what was received at an instant; null while none does. */
export async function readOutcome(
  db: D1Database,
  session: string,
  receivedAt: number,
): Promise<{ readonly decision: string; readonly outcome: string } | null> {
  const [row] = await drizzle(db)
    .select({ decision: decisions.id, outcome: decisions.outcome })
    .from(decisions)
    .where(
      and(
        gt(decisions.id, `${session}.`),
        lt(decisions.id, `${session}/`),
        gte(decisions.upto, receivedAt),
      ),
    )
    .orderBy(asc(decisions.id))
    .limit(1);
  return row ?? null;
}
