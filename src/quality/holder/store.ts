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

/** SQL that holds where something was said of a row's result under another agent's key after a seal. */
export const wasSaidOfAnother = (row: string, seal: string): string =>
  `EXISTS (SELECT 1 FROM quality_results AS o WHERE ${isSameOfAnother('o', row)}
     AND o.seal > ${seal})`;

/**
 * Ids of what stands under other agents' keys about the results of some rows: those whose pay may
 * change when these rows are heard. Ids that are not there are left out.
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
       ORDER BY o.id`,
    )
    .bind(JSON.stringify(rowIds))
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
