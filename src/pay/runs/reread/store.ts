/**
 * What changed among the facts that were paid by: by seal for the sweep, by agent for a pass; what
 * was paid after it had been given up, and which runs were sent out. Writes nothing.
 */
import { configId } from '../../../kernel/ids';
import { DAY_MS } from '../../../kernel/instant';
import { keyDay, type Span } from '../../../kernel/period';
import { readOtherHolders, wasTakenAfter } from '../../../quality/holder/store';
import { REVISION_DAYS } from '../../../quality/store';
import { OPERATION } from '../dispatch/sending';
import { versionOfPhase } from '../phase';
import { RUN_KIND } from '../run';

const TABLES = ['quality_results', 'wfm_actuals', 'interaction_counts', 'measures'] as const;

export interface ChangedFact {
  readonly id: string;
  readonly agentKey: string;
  /** `YYYYMMDD` by which its row is found. */
  readonly day: string;
  /** A result may be dated anew by its revisions, and belongs where it was first heard of. */
  readonly isResult: boolean;
}

/** A row of facts by its table and id, `<agent key>.<day>.<hash>`. */
export function changedFact(table: string, id: string): ChangedFact {
  const [agentKey = '', day = ''] = id.split('.');
  return { id, agentKey, day, isResult: table === 'quality_results' };
}

/** The same, and what they take from other agents: a result counts for whom it names last. */
export async function withOtherHolders(
  db: D1Database,
  facts: readonly ChangedFact[],
): Promise<ChangedFact[]> {
  const results = facts.filter(({ isResult }) => isResult).map(({ id }) => id);
  const others = await readOtherHolders(db, results);
  return [...facts, ...others.map((id) => changedFact('quality_results', id))];
}

const SEALS_A_PAGE = 300;
const ROWS_A_PAGE = 500;

export interface Changed {
  readonly facts: readonly ChangedFact[];
  /** Subjects of lines that were given up, and that HR has confirmed after all. */
  readonly late: readonly string[];
  /** Runs that were sent out. */
  readonly sentOut: readonly string[];
  readonly reached: number;
}

/** What HR confirms after it was given up: seldom, and looked up row by row. */
const IS_LATE = `(j.value ->> 0 = 'delivery_outcomes' AND j.value ->> 1 LIKE '%.CONFIRMED'
  AND EXISTS (SELECT 1 FROM delivery_outcomes AS o
    WHERE o.id = replace(j.value ->> 1, '.CONFIRMED', '.ABANDONED')))`;

/** Ids of the rows that say of runs that they were sent out. */
const SENT_OUT = configId(RUN_KIND, '%', versionOfPhase('DISPATCHED'));

/**
 * Facts in the seals after one, in their order, and the last seal that was read whole; `until`: none
 * after that seal (null: all that there are).
 */
export async function readChangedFacts(
  db: D1Database,
  mark: number,
  until: number | null = null,
): Promise<Changed> {
  const highest = Math.min(mark + SEALS_A_PAGE, until ?? Number.MAX_SAFE_INTEGER);
  const [found, last] = await db.batch<Record<string, unknown>>([
    db
      .prepare(
        `SELECT s.id AS seal, j.value ->> 0 AS name, j.value ->> 1 AS id
         FROM seals AS s, json_each(s.contents) AS j
         WHERE s.id > ?1 AND s.id <= ?3
           AND (j.value ->> 0 IN (SELECT value FROM json_each(?2)) OR ${IS_LATE}
             OR (j.value ->> 0 = 'config' AND j.value ->> 1 LIKE '${SENT_OUT}'))
         ORDER BY s.id, j.key LIMIT ${ROWS_A_PAGE}`,
      )
      .bind(mark, JSON.stringify(TABLES), highest),
    db
      .prepare('SELECT max(id) AS reached FROM seals WHERE id > ?1 AND id <= ?2')
      .bind(mark, highest),
  ]);
  const rows = found?.results ?? [];
  const cut = rows.length < ROWS_A_PAGE ? null : Number(rows.at(-1)?.seal);
  const whole = rows.filter(({ seal }) => cut === null || Number(seal) < cut || cut === mark + 1);
  const facts = whole
    .filter(({ name }) => TABLES.some((table) => table === name))
    .map(({ name, id }) => changedFact(String(name), String(id)));
  const late = whole.filter(({ name }) => name === 'delivery_outcomes');
  const sentOut = whole.filter(({ name }) => name === 'config');
  const reached = Number(last?.results[0]?.reached ?? mark) || mark;
  return {
    facts: await withOtherHolders(db, facts),
    late: await readLateLines(
      db,
      late.map(({ id }) => String(id).split('.')[0] ?? ''),
    ),
    sentOut: sentOut.map(({ id }) => String(id).split('/')[1] ?? ''),
    // A seal holds at most as many rows as a page: one that fills it alone was read whole.
    reached: cut === null ? reached : Math.max(cut - 1, mark + 1),
  };
}

/** Subjects of some deliveries, of those that are lines of pay. */
async function readLateLines(db: D1Database, deliveries: readonly string[]): Promise<string[]> {
  if (deliveries.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT d.subject FROM json_each(?) AS n JOIN deliveries AS d ON d.id = n.value
       WHERE d.operation = '${OPERATION}'`,
    )
    .bind(JSON.stringify(deliveries))
    .all<{ subject: string }>();
  return results.map(({ subject }) => subject);
}

/** Those of some agents of whom something was sealed after a seal, or from whom a result was taken since. */
export async function readChangedAgents(
  db: D1Database,
  agentKeys: readonly string[],
  { from, until }: Span,
  seal: number,
): Promise<string[]> {
  const wide = REVISION_DAYS * DAY_MS;
  const newer = (table: string, low: string, high: string, or = ''): string =>
    `EXISTS (SELECT 1 FROM ${table} AS f WHERE f.id >= a.value || '.' || ${low}
       AND f.id < a.value || '.' || ${high} AND (f.seal > ?2${or}))`;
  const { results } = await db
    .prepare(
      `SELECT a.value AS agent FROM json_each(?1) AS a
       WHERE ${newer('quality_results', '?3', '?4', ` OR ${wasTakenAfter('f', '?2')}`)}
          OR ${['wfm_actuals', 'interaction_counts', 'measures'].map((table) => newer(table, '?5', '?6')).join(' OR ')}`,
    )
    .bind(
      JSON.stringify(agentKeys),
      seal,
      keyDay(Math.max(0, from - wide)),
      keyDay(until + wide),
      keyDay(from),
      keyDay(until + DAY_MS),
    )
    .all<{ agent: string }>();
  return results.map(({ agent }) => agent);
}
