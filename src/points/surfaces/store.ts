/** Named reads of what agents gained on days that came into the books lately. Writes nothing. */
import { pointsUnit } from '../../kernel/units';
import type { DayTotal } from './surface';

/**
 * The totals of every agent and day among some entries of a category: each the whole day as it
 * stands now, decay left out.
 */
export async function readDayTotals(
  db: D1Database,
  category: string,
  entryIds: readonly string[],
): Promise<DayTotal[]> {
  if (entryIds.length === 0) return [];
  const { results } = await db
    .prepare(
      `WITH days AS (
         SELECT DISTINCT substr(e.id, 1, instr(e.id, '.') + 8) AS day
         FROM json_each(?1) w JOIN entries e ON e.id = w.value
         WHERE e.unit = ?2 AND substr(e.id, 1, 1) <> '_'
           AND e.to_account NOT LIKE 'decay:%' AND e.from_account NOT LIKE 'decay:%')
       SELECT d.day AS day, coalesce(sum(
         CASE WHEN e.to_account LIKE 'agent:%' THEN e.amount ELSE -e.amount END), 0) AS amount
       FROM days d JOIN entries e ON e.id > d.day || '.' AND e.id < d.day || '/'
       WHERE e.unit = ?2 AND e.to_account NOT LIKE 'decay:%' AND e.from_account NOT LIKE 'decay:%'
       GROUP BY d.day ORDER BY d.day`,
    )
    .bind(JSON.stringify(entryIds), pointsUnit(category))
    .all<{ day: string; amount: number }>();
  return results.map(({ day, amount }) => {
    const [agentKey = '', date = ''] = day.split('.');
    return { agentKey, day: date, amount };
  });
}
