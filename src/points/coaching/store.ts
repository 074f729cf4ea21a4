/**
 * Named reads of decisions. Writes nothing. A decision's id begins
 * with its coaching session, so no index is needed.
 */
import { and, asc, gt, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { JournalTable } from '../../ledger/journal';
import { type Decision, readDecision, type SealedDecision, type StoredDecision } from './decision';
import { decisions } from './schema';

export const DECISIONS_TABLE: JournalTable = {
  name: 'decisions',
  values: ['session', 'upto', 'outcome', 'content_hash'],
  side: ['content', 'salt'],
  bound: [{ hash: 'content_hash', over: ['salt', 'content'] }],
};

const readRows = (db: D1Database, session: string) =>
  drizzle(db)
    .select()
    .from(decisions)
    .where(and(gt(decisions.id, `${session}.`), lt(decisions.id, `${session}/`)))
    .orderBy(asc(decisions.id));

/** The decisions of a coaching session, oldest first. */
export async function readDecisions(db: D1Database, session: string): Promise<Decision[]> {
  const rows = await readRows(db, session);
  return rows.flatMap((row) => readDecision(row) ?? []);
}

/** The decisions of a coaching session, and the number of the last of those that were emptied. */
export async function readDecisionLog(
  db: D1Database,
  session: string,
): Promise<{ readonly past: readonly Decision[]; readonly erasedUpTo: number | null }> {
  const rows = await readRows(db, session);
  const emptied = rows.findLast(({ content }) => content === null);
  return {
    past: rows.flatMap((row) => readDecision(row) ?? []),
    erasedUpTo: emptied === undefined ? null : Number(emptied.id.slice(session.length + 1)),
  };
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

type SealedRow = StoredDecision & { readonly seal: number };

const COLUMNS = 'd.id, d.session, d.upto, d.outcome, d.content, d.seal';
/** Coaching sessions or decisions in one statement: the answer stays far below D1's bounds. */
const AT_ONCE = 250;

const sealed = (rows: readonly SealedRow[]): SealedDecision[] =>
  rows.flatMap((row) => {
    const decision = readDecision(row);
    return decision === null ? [] : [{ seal: row.seal, decision }];
  });

async function inChunks(
  db: D1Database,
  sql: string,
  names: readonly string[],
): Promise<SealedDecision[]> {
  const found: SealedDecision[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = JSON.stringify(names.slice(from, from + AT_ONCE));
    found.push(...sealed((await db.prepare(sql).bind(some).all<SealedRow>()).results));
  }
  return found;
}

/** Decisions by id, in no order; unknown and erased ones are left out. */
export const readDecisionsById = (
  db: D1Database,
  ids: readonly string[],
): Promise<SealedDecision[]> =>
  inChunks(
    db,
    `SELECT ${COLUMNS} FROM json_each(?) AS n CROSS JOIN decisions AS d ON d.id = n.value`,
    ids,
  );

/** All decisions of these coaching sessions, those of one together and oldest first. */
export const readDecisionsOf = (
  db: D1Database,
  sessions: readonly string[],
): Promise<SealedDecision[]> =>
  inChunks(
    db,
    `SELECT ${COLUMNS} FROM json_each(?) AS n
       CROSS JOIN decisions AS d ON d.id > n.value || '.' AND d.id < n.value || '/'
     ORDER BY d.id`,
    sessions,
  );

/** The latest decision of each of these coaching sessions. */
export const readLatestDecisions = (
  db: D1Database,
  sessions: readonly string[],
): Promise<SealedDecision[]> =>
  inChunks(
    db,
    `SELECT ${COLUMNS} FROM json_each(?) AS n CROSS JOIN decisions AS d ON d.id =
       (SELECT max(l.id) FROM decisions AS l WHERE l.id > n.value || '.' AND l.id < n.value || '/')`,
    sessions,
  );
