/**
 * Whose a result is. A result counts for one agent: the one whom its latest revision names. Decides
 * by the sender's id and the instant of creation together, since an id alone may be in use on two
 * platforms, and by the date of the revision alone: two words of one instant under two names are two
 * results, since a sender may number each person's results anew. Writes nothing. P2.
 */

const isSameOfAnother = (one: string, other: string): string =>
  `${one}.result_id = ${other}.result_id AND ${one}.created_at = ${other}.created_at
   AND ${one}.agent_key <> ${other}.agent_key`;

/**
 * SQL that holds where no later revision gave the result of a row to another agent. `row` is the
 * row's alias; `seal` the parameter of the last seal that is looked at, where it is not the newest.
 */
export const isStillTheirs = (row: string, seal?: string): string =>
  `NOT EXISTS (SELECT 1 FROM quality_results AS o WHERE ${isSameOfAnother('o', row)}
     AND o.revised_at > ${row}.revised_at${seal === undefined ? '' : ` AND o.seal <= ${seal}`})`;

/** SQL that holds where a later revision that was sealed after a seal gave a row's result away. */
export const wasTakenAfter = (row: string, seal: string): string =>
  `EXISTS (SELECT 1 FROM quality_results AS o WHERE ${isSameOfAnother('o', row)}
     AND o.revised_at > ${row}.revised_at AND o.seal > ${seal})`;

/**
 * Ids of what some rows take from other agents: what was said of their results last before them,
 * where that was of somebody else. Those are whose pay may change when these rows are heard. Ids
 * that are not there are left out.
 */
export async function readOtherHolders(
  db: D1Database,
  rowIds: readonly string[],
): Promise<string[]> {
  if (rowIds.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT DISTINCT o.id FROM json_each(?) AS n
       CROSS JOIN quality_results AS r ON r.id = n.value
       CROSS JOIN quality_results AS o ON ${isSameOfAnother('o', 'r')}
         AND o.revised_at = (SELECT max(p.revised_at) FROM quality_results AS p
           WHERE p.result_id = r.result_id AND p.created_at = r.created_at
             AND p.revised_at < r.revised_at)
       ORDER BY o.id`,
    )
    .bind(JSON.stringify(rowIds))
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** A word on a result that is not in the books yet. */
export interface Word {
  readonly agentKey: string;
  /** Hash of the sender's id. */
  readonly resultId: string;
  /** Instants in UTC ms. */
  readonly createdAt: number;
  readonly revisedAt: number;
}

/** Places of those words of whose results something later stands under another agent's key. */
export async function readOvertaken(
  db: D1Database,
  words: readonly Word[],
): Promise<ReadonlySet<number>> {
  const asked = words.map(({ agentKey, resultId, createdAt, revisedAt }) => [
    resultId,
    createdAt,
    agentKey,
    revisedAt,
  ]);
  const { results } = await db
    .prepare(
      `SELECT n.key AS place FROM json_each(?) AS n WHERE EXISTS (
         SELECT 1 FROM quality_results AS o WHERE o.result_id = n.value ->> 0
           AND o.created_at = n.value ->> 1 AND o.agent_key <> n.value ->> 2
           AND o.revised_at > n.value ->> 3)`,
    )
    .bind(JSON.stringify(asked))
    .all<{ place: number }>();
  return new Set(results.map(({ place }) => place));
}
