/** Which facts D1 holds already. Writes nothing. */

/** Those of the ids that a table of facts holds; `table` is a constant of ours. */
export async function readKnownIds(
  db: D1Database,
  table: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { results } = await db
    .prepare(`SELECT t.id FROM json_each(?1) AS n CROSS JOIN ${table} AS t ON t.id = n.value`)
    .bind(JSON.stringify([...new Set(ids)]))
    .all<{ id: string }>();
  return new Set(results.map(({ id }) => id));
}
