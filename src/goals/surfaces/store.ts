/** Named reads of what team rewards brought agents on days that came into the books lately. Writes nothing. */
import type { DayTotal } from '../../points/surfaces/surface';
import { REWARD_KINDS } from '../settlement/posting';
import { STEP_CAUSE } from '../settlement/step';

/** Kinds that change what an agent has earned. */
const EARNING: readonly string[] = [REWARD_KINDS.confirmed, REWARD_KINDS.reversed];

interface Earned {
  readonly day: string;
  readonly cause: string;
  readonly amount: number;
}

/**
 * What each agent earned from one pool on each day that some entries touch: the whole day as it
 * stands now, what was taken back included.
 */
export async function readEarnedDays(
  db: D1Database,
  poolId: string,
  entryIds: readonly string[],
): Promise<DayTotal[]> {
  if (entryIds.length === 0) return [];
  const { results } = await db
    .prepare(
      `WITH days AS (
         SELECT DISTINCT substr(e.id, 1, instr(e.id, '.') + 8) AS day
         FROM json_each(?1) w JOIN entries e ON e.id = w.value
         WHERE e.kind IN (SELECT value FROM json_each(?2)) AND substr(e.id, 1, 1) <> '_')
       SELECT d.day AS day, e.cause AS cause,
         ((e.to_account GLOB 'agent:*:reward:earned')
           - (e.from_account GLOB 'agent:*:reward:earned')) * e.amount AS amount
       FROM days d JOIN entries e ON e.id > d.day || '.' AND e.id < d.day || '/'
       WHERE e.kind IN (SELECT value FROM json_each(?2)) ORDER BY e.id`,
    )
    .bind(JSON.stringify(entryIds), JSON.stringify(EARNING))
    .all<Earned>();
  const own = await readCausesOf(db, poolId, new Set(results.map(({ cause }) => cause)));
  const totals = new Map<string, number>();
  for (const { day, cause, amount } of results) {
    if (own.has(cause)) totals.set(day, (totals.get(day) ?? 0) + amount);
  }
  return [...totals].map(([name, amount]) => {
    const [agentKey = '', day = ''] = name.split('.');
    return { agentKey, day, amount };
  });
}

/** Those of some causes whose epoch was opened from a pool. */
async function readCausesOf(
  db: D1Database,
  poolId: string,
  causes: ReadonlySet<string>,
): Promise<Set<string>> {
  const steps = [...causes].filter((cause) => STEP_CAUSE.test(cause));
  const openings = new Map(steps.map((cause) => [cause, openingOf(cause)]));
  const { results } = await db
    .prepare(
      `SELECT g.id FROM json_each(?1) w JOIN goal_rewards g ON g.id = w.value
       WHERE g.content->>'$.poolId' = ?2`,
    )
    .bind(JSON.stringify([...new Set(openings.values())]), poolId)
    .all<{ id: string }>();
  const found = new Set(results.map(({ id }) => id));
  return new Set(steps.filter((cause) => found.has(openings.get(cause) ?? '')));
}

/** `<goal>.<period>.<epoch>.<step>` → the step that opened the epoch. */
const openingOf = (cause: string): string => `${cause.split('.').slice(0, 3).join('.')}.1-OPENED`;
