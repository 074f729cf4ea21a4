/**
 * Named reads of pay that came to nothing, for statements: one agent's lines of nothing between two
 * places. Bounded by days and runs a page; an agent who is of no plan costs the same. Writes nothing.
 */

import { configId } from '../../../kernel/ids';
import { civilDay } from '../../../kernel/instant';
import { compactDay, dashedDay, dayNumber } from '../../../kernel/period';
import { PLAN_KIND } from '../../plans/plan';
import { type Line, linesOfSheet } from '../lines/line';
import { PHASES, RUN_KIND } from '../run';
import {
  labelsBetween,
  type Minimums,
  newestOf,
  placeOfRun,
  type SentRun,
  type UnpaidLine,
} from './unpaid';

/** Days of periods looked at for one page. */
const MOST_DAYS = 800;
/** Runs whose sheets one page opens. */
const MOST_RUNS = 40;

export interface UnpaidAsk {
  readonly agentKey: string;
  /** Places `YYYYMMDD.…`: after one, before another. */
  readonly after: string;
  readonly before: string;
  readonly seal: number;
}

/** Lines of nothing by place; `reached`: the last place that was looked at, null: all were. */
export async function readUnpaidLines(
  db: D1Database,
  { agentKey, after, before, seal }: UnpaidAsk,
): Promise<{ readonly lines: readonly UnpaidLine[]; readonly reached: string | null }> {
  const plans = await readPlanNames(db);
  const oldest = plans.map(({ year }) => `${year}-01-01`).toSorted()[0];
  if (oldest === undefined) return { lines: [], reached: null };
  const asked = dashedDay(after);
  const from = asked > oldest ? asked : oldest;
  // Lines of the last day may lie before a place in it; a bare day is the first that is not asked for.
  const end = before.length > 8 ? civilDay(dayNumber(dashedDay(before)) + 1) : dashedDay(before);
  if (from >= end) return { lines: [], reached: null };
  const to = civilDay(Math.min(dayNumber(end), dayNumber(from) + MOST_DAYS));
  const runs = await readSentRuns(db, plans, { from, to, seal });
  const placed = newestOf(runs).filter((run) => {
    const place = placeOfRun(run);
    return place > after && place < before;
  });
  const some = placed.slice(0, MOST_RUNS);
  const last = some.at(-1);
  const lines = await readNothing(db, agentKey, some);
  if (placed.length > some.length && last !== undefined) {
    return { lines, reached: placeOfRun(last) };
  }
  return { lines, reached: to === end ? null : compactDay(to) };
}

interface PlanName {
  readonly planId: string;
  /** Of its earliest run. */
  readonly year: string;
}

/** Plans that have runs, each with the year of its first: one look at the key a plan. */
async function readPlanNames(db: D1Database): Promise<PlanName[]> {
  const { results } = await db
    .prepare(
      `WITH RECURSIVE p (id) AS (
         SELECT (SELECT min(id) FROM config WHERE id > '${RUN_KIND}/' AND id < '${RUN_KIND}0')
         UNION ALL
         SELECT (SELECT min(c.id) FROM config AS c
           WHERE c.id > substr(p.id, 1, instr(p.id, '.')) || '~' AND c.id < '${RUN_KIND}0')
         FROM p WHERE p.id IS NOT NULL)
       SELECT id FROM p WHERE id IS NOT NULL`,
    )
    .all<{ id: string }>();
  return results.map(({ id }) => {
    const [planId = '', period = ''] = id.slice(RUN_KIND.length + 1).split('.');
    return { planId, year: period.slice(0, 4) };
  });
}

interface SentRow extends Omit<SentRun, 'paysAll'> {
  readonly paysAll: 0 | 1;
}

/** Runs that were sent out by a seal and whose period ends in some days. */
async function readSentRuns(
  db: D1Database,
  plans: readonly PlanName[],
  { from, to, seal }: { readonly from: string; readonly to: string; readonly seal: number },
): Promise<SentRun[]> {
  const ranges = plans.flatMap(({ planId }) =>
    labelsBetween(from, to).map(([low, high]) => [
      `${RUN_KIND}/${planId}.${low}`,
      `${RUN_KIND}/${planId}.${high}`,
    ]),
  );
  const { results } = await db
    .prepare(
      `SELECT DISTINCT c.name, c.content ->> 'planId' AS planId,
         c.content ->> 'planVersion' AS planVersion, c.content ->> 'period' AS period,
         c.content ->> 'number' AS number, c.content ->> 'lastDay' AS lastDay,
         c.content ->> 'timeZone' AS timeZone,
         c.written_at AS at, c.seal,
         c.content ->> '$.result.tally.paid' = c.content ->> '$.result.tally.lines' AS paysAll
       FROM json_each(?1) AS r CROSS JOIN config AS c
         ON c.id > r.value ->> 0 AND c.id < r.value ->> 1
       WHERE c.version = ${PHASES.indexOf('DISPATCHED') + 1} AND c.seal <= ?2
         AND lastDay >= ?3 AND lastDay < ?4`,
    )
    .bind(JSON.stringify(ranges), seal, from, to)
    .all<SentRow>();
  return results.map((row) => ({ ...row, paysAll: row.paysAll === 1 }));
}

/** The agent's lines of nothing in some runs, each with what its plan asks for. */
async function readNothing(
  db: D1Database,
  agentKey: string,
  runs: readonly SentRun[],
): Promise<UnpaidLine[]> {
  if (runs.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT s.run, s.content FROM json_each(?1) AS n CROSS JOIN pay_sheets AS s
         ON s.id = (SELECT max(x.id) FROM pay_sheets AS x
           WHERE x.id <= n.value || '.' || ?2 AND x.id > n.value || '.')`,
    )
    .bind(JSON.stringify(runs.map(({ name }) => name)), agentKey)
    .all<{ run: string; content: string }>();
  const lines = new Map<string, Line>();
  for (const { run, content } of results) {
    const own = linesOfSheet(content).find((line) => line.agentKey === agentKey);
    if (own?.payAmount === '0' && own.blocked === null) lines.set(run, own);
  }
  const unpaid = runs.filter(({ name }) => lines.has(name));
  const plans = await readMinimums(db, unpaid);
  return unpaid.flatMap((run) => {
    const line = lines.get(run.name);
    const plan = plans.get(planRow(run)) ?? null;
    return line === undefined ? [] : [{ place: placeOfRun(run), run, line, plan }];
  });
}

const planRow = ({ planId, planVersion }: SentRun): string =>
  configId(PLAN_KIND, planId, planVersion);

async function readMinimums(
  db: D1Database,
  runs: readonly SentRun[],
): Promise<Map<string, Minimums>> {
  if (runs.length === 0) return new Map();
  const { results } = await db
    .prepare(
      `SELECT c.id, c.content ->> 'min_interactions' AS min_interactions,
         c.content ->> 'min_scorecards' AS min_scorecards
       FROM json_each(?1) AS n CROSS JOIN config AS c ON c.id = n.value`,
    )
    .bind(JSON.stringify([...new Set(runs.map(planRow))]))
    .all<Minimums & { id: string }>();
  return new Map(results.map(({ id, ...plan }) => [id, plan]));
}
