/**
 * The trial balance: what all accounts hold, unit by unit, summed from the entries and compared
 * with the running rows. Three scans of the entries in one snapshot. Writes nothing.
 */
import type { Unit } from '../kernel/units';
import { balanceKey } from '../ledger/account';

export interface UnitBalance {
  readonly unit: Unit;
  /** Sum of all amounts that ever moved. */
  readonly moved: bigint;
  /** What agents' accounts hold together, summed from the entries. */
  readonly agents: bigint;
  /** What all other accounts hold together, by their running rows. */
  readonly others: bigint;
  /** Agents and others together: zero, or the books are wrong. */
  readonly sum: bigint;
}

/** A running row that is not the sum of its account's entries. */
export interface Drift {
  readonly account: string;
  readonly unit: Unit;
  readonly running: bigint;
  readonly entries: bigint;
}

export interface TrialBalance {
  readonly units: readonly UnitBalance[];
  readonly drift: readonly Drift[];
}

interface Sum {
  readonly unit: string;
  readonly account: string;
  readonly amount: string;
}

/** Sums are read as text: D1 rounds integers beyond 2^53. An agent's accounts are one line a unit. */
const SUMS = (side: string): string =>
  `SELECT unit, CASE WHEN ${side} LIKE 'agent:%' THEN 'agent:' ELSE ${side} END AS account,
     CAST(sum(amount) AS TEXT) AS amount FROM entries WHERE seal <= ? GROUP BY 1, 2`;

/** As of a seal (null: now). Running rows are of now; as of a seal there are none to compare with. */
export async function readTrialBalance(
  db: D1Database,
  seal: number | null = null,
): Promise<TrialBalance> {
  const last = seal ?? Number.MAX_SAFE_INTEGER;
  const [given, taken, running] = await db.batch<Sum>([
    db.prepare(SUMS('from_account')).bind(last),
    db.prepare(SUMS('to_account')).bind(last),
    db.prepare('SELECT unit, account, CAST(amount AS TEXT) AS amount FROM balances'),
  ]);
  const [gives, takes] = [given?.results ?? [], taken?.results ?? []];
  const rows = seal === null ? (running?.results ?? []) : othersOf(gives, takes);
  return trialBalanceOf(gives, takes, rows);
}

/** What the running rows would have been. */
function othersOf(given: readonly Sum[], taken: readonly Sum[]): Sum[] {
  const signed = [
    ...given.map((sum) => ({ ...sum, amount: -BigInt(sum.amount) })),
    ...taken.map((sum) => ({ ...sum, amount: BigInt(sum.amount) })),
  ].filter(({ account }) => account !== AGENTS);
  const groups = Map.groupBy(signed, ({ unit, account }) => balanceKey(unit, account));
  return [...groups.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const amount = rest.reduce((sum, one) => sum + one.amount, first.amount);
    return { ...first, amount: String(amount) };
  });
}

const AGENTS = 'agent:';

function trialBalanceOf(
  given: readonly Sum[],
  taken: readonly Sum[],
  running: readonly Sum[],
): TrialBalance {
  const sums = new Map<string, { unit: string; account: string; amount: bigint }>();
  const moved = new Map<string, bigint>();
  const add = ({ unit, account }: Sum, amount: bigint): void => {
    const key = balanceKey(unit, account);
    sums.set(key, { unit, account, amount: (sums.get(key)?.amount ?? 0n) + amount });
  };
  for (const sum of given) add(sum, -BigInt(sum.amount));
  for (const sum of taken) {
    add(sum, BigInt(sum.amount));
    moved.set(sum.unit, (moved.get(sum.unit) ?? 0n) + BigInt(sum.amount));
  }
  const rows = new Map(running.map((row) => [balanceKey(row.unit, row.account), row]));
  const drift: Drift[] = [];
  for (const key of new Set([...sums.keys(), ...rows.keys()])) {
    const { unit, account } = sums.get(key) ?? rows.get(key) ?? { unit: '', account: AGENTS };
    const [entries, held] = [sums.get(key)?.amount ?? 0n, BigInt(rows.get(key)?.amount ?? 0)];
    if (account !== AGENTS && entries !== held)
      drift.push({ account, unit, running: held, entries });
  }
  const units = [...moved.keys()].sort().map((unit) => {
    const agents = sums.get(balanceKey(unit, AGENTS))?.amount ?? 0n;
    const others = running
      .filter((row) => row.unit === unit)
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    return { unit, moved: moved.get(unit) ?? 0n, agents, others, sum: agents + others };
  });
  return { units, drift };
}
