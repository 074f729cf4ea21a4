/** Named reads of what the tables of raw bodies hold. Writes nothing: the journal does. */
import { BODY_TABLES } from '../group/group';
import type { BodiesOf, Holding } from './retention';

/**
 * Tables with bodies in them, and when the last seal was made (UTC ms; 0 before the first). Two
 * lookups a table, all in one snapshot.
 */
export async function readHoldings(
  db: D1Database,
): Promise<{ readonly holdings: readonly Holding[]; readonly sealedAt: number }> {
  const ends = (table: string): string =>
    `SELECT id AS seal, at FROM seals
     WHERE id IN ((SELECT min(id) FROM ${table}), (SELECT max(id) FROM ${table})) ORDER BY at, id`;
  const [heads, ...tables] = await db.batch([
    db.prepare('SELECT at FROM seals ORDER BY id DESC LIMIT 1'),
    ...BODY_TABLES.map((table) => db.prepare(ends(table))),
  ]);
  const [head] = (heads?.results ?? []) as { at: number }[];
  const holdings = BODY_TABLES.flatMap((table, index): Holding[] => {
    const groups = (tables[index]?.results ?? []) as BodiesOf[];
    const [oldest, newest] = [groups[0], groups.at(-1)];
    return oldest === undefined || newest === undefined ? [] : [{ table, oldest, newest }];
  });
  return { holdings, sealedAt: head?.at ?? 0 };
}
