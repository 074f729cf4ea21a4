/**
 * Named reads of what a reconciliation needs beside lines: the numbers in HR that were sent, and the
 * forms of the keys of other runs. Writes nothing.
 */
import { readAllPlanVersions } from '../../plans/store';
import { wasDispatched } from '../history/store';
import type { Run } from '../run';
import { readAllRuns } from '../store';
import type { KeyForm } from './held';

/** The number in HR that each of some deliveries carried, by delivery; at most 500 a call. */
export async function readSentEmployees(
  db: D1Database,
  deliveries: readonly string[],
): Promise<Map<string, string>> {
  const { results } = await db
    .prepare(
      `SELECT id, CASE WHEN json_valid(body) THEN json_extract(body, '$.employee_id') END AS employee
       FROM (SELECT d.id, json_extract(d.content, '$.request.body') AS body
         FROM json_each(?1) AS w CROSS JOIN deliveries AS d ON d.id = w.value)`,
    )
    .bind(JSON.stringify(deliveries))
    .all<{ id: string; employee: string | null }>();
  return new Map(
    results.flatMap(({ id, employee }) => (employee === null ? [] : [[id, employee] as const])),
  );
}

/**
 * The forms of the keys that all other runs sent to a run's destination for the same days. Lines of
 * such a key are theirs to reconcile: what they did not order, they name.
 */
export async function readOtherForms(db: D1Database, run: Run): Promise<KeyForm[]> {
  const [runs, plans] = await Promise.all([readAllRuns(db), readAllPlanVersions(db)]);
  const prefixes = new Map(
    plans.map(({ name, version, content }) => [`${name} ${version}`, content.keyPrefix]),
  );
  const { firstDay, lastDay, destination } = run;
  return runs.filter(wasDispatched).flatMap(({ content: other }) => {
    const prefix = prefixes.get(`${other.planId} ${other.planVersion}`);
    const isBeside =
      other.destination === destination &&
      other.firstDay === firstDay &&
      other.lastDay === lastDay &&
      !(other.planId === run.planId && other.number === run.number);
    return prefix !== undefined && isBeside
      ? [{ prefix, period: other.period, number: other.number }]
      : [];
  });
}
