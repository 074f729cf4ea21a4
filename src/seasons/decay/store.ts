/**
 * What decay is computed from: an agent's lots and balance in a season as of a seal, from the range
 * of the primary key that is the agent's. Writes nothing.
 */
import { dayOfId } from '../../boards/book';
import { civilDay } from '../../kernel/instant';
import { compactDay, dayNumber } from '../../kernel/period';
import { pointsUnit } from '../../kernel/units';
import { readLatest, readSealNames, readVersionsBy } from '../../ledger/store';
import { DECAY_RUN_KIND, type DecayRun, type Holding } from './decay';

export { readSealNames, readVersionsBy };

/** The newest row of a season's runs, and the seal under which it stands. */
export async function readLastDecayRun(db: D1Database, season: string): Promise<DecayRun | null> {
  return (await readLatest<DecayRun>(db, DECAY_RUN_KIND, season))?.content ?? null;
}

export interface SumRow {
  readonly agentKey: string;
  readonly day: string;
  readonly unit: string;
  /** 1: moved by decay. */
  readonly decayed: number;
  readonly amount: string;
}

/**
 * Holdings of some agents in a season as of a seal, by category; who holds nothing is left out. One
 * row read an entry since two days before the season's first: its business day is of the
 * organisation's zone.
 */
export async function readHoldings(
  db: D1Database,
  season: {
    readonly id: string;
    readonly startDay: string;
    readonly categories: readonly string[];
  },
  agentKeys: readonly string[],
  seal: number,
): Promise<Map<string, Holding[]>> {
  if (agentKeys.length === 0) return new Map();
  const { results } = await db
    .prepare(
      `SELECT k.value AS agentKey, substr(e.id, instr(e.id, '.') + 1, 8) AS day, e.unit,
              substr(e.to_account, 1, 6) = 'decay:' OR substr(e.from_account, 1, 6) = 'decay:' AS decayed,
              CAST(sum(CASE WHEN substr(e.to_account, 1, 6) = 'agent:' THEN e.amount ELSE -e.amount END)
                AS TEXT) AS amount
       FROM json_each(?1) AS k
         CROSS JOIN entries AS e ON e.id > k.value || '.' || ?2 AND e.id < k.value || '/'
       WHERE e.seal <= ?4 AND e.unit IN (SELECT value FROM json_each(?3))
         AND 'agent:' || k.value || ':points:' || substr(e.unit, 8) || ':' || ?5
           IN (e.to_account, e.from_account)
       GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2`,
    )
    .bind(
      JSON.stringify(agentKeys),
      compactDayBefore(season.startDay),
      JSON.stringify(season.categories.map(pointsUnit)),
      seal,
      season.id,
    )
    .all<SumRow>();
  return holdingsOf(results);
}

const compactDayBefore = (day: string): string => compactDay(civilDay(dayNumber(day) - 2));

/** Sums by agent and category. Lots that came to nothing are left out. */
function holdingsOf(rows: readonly SumRow[]): Map<string, Holding[]> {
  const byAgent = Map.groupBy(rows, ({ agentKey }) => agentKey);
  return new Map(
    [...byAgent].map(([agentKey, own]) => {
      const byUnit = Map.groupBy(own, ({ unit }) => unit);
      const holdings = [...byUnit].map(
        ([unit, sums]): Holding => ({
          category: unit.slice(7),
          unit,
          lots: sums
            .filter(({ decayed, amount }) => decayed === 0 && amount !== '0')
            .map(({ day, amount }) => ({ day: dayOfId(day), amount: BigInt(amount) })),
          balance: sums.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
        }),
      );
      return [agentKey, holdings.toSorted((a, b) => (a.category < b.category ? -1 : 1))];
    }),
  );
}
