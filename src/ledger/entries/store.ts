/**
 * Named reads of entries and balances. An agent's entries are one range of the primary key, so a
 * balance is the sum of that range; every other account keeps a running row. Writes nothing.
 */
import { compactDay } from '../../kernel/period';
import { agentOf, balanceKey } from '../account';
import type { Entry } from '../entry';

export interface StoredEntry extends Entry {
  readonly seal: number;
}

interface EntryRow {
  readonly id: string;
  readonly tx: string;
  readonly kind: string;
  readonly unit: string;
  readonly from_account: string;
  readonly to_account: string;
  readonly amount: number;
  readonly cause: string;
  readonly rule: string | null;
  readonly reverses: string | null;
  readonly occurred_at: number;
  readonly recorded_at: number;
  readonly seal: number;
}

const entryOf = (row: EntryRow): StoredEntry => ({
  id: row.id,
  tx: row.tx,
  kind: row.kind,
  unit: row.unit,
  from: row.from_account,
  to: row.to_account,
  amount: row.amount,
  cause: row.cause,
  rule: row.rule,
  reverses: row.reverses,
  occurredAt: row.occurred_at,
  recordedAt: row.recorded_at,
  seal: row.seal,
});

/** The bounds of a holder's ids: `<holder>.` and the text that sorts just after them. */
const rangeOf = (holder: string): readonly [string, string] => [`${holder}.`, `${holder}/`];

/** Entries by id, in the order of the ids; unknown ones are left out. */
export async function readEntries(db: D1Database, ids: readonly string[]): Promise<StoredEntry[]> {
  const { results } = await db
    .prepare('SELECT e.* FROM json_each(?) AS n CROSS JOIN entries AS e ON e.id = n.value')
    .bind(JSON.stringify(ids))
    .all<EntryRow>();
  const byId = new Map(results.map((row) => [row.id, entryOf(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The entries of a transaction in order, empty when there is none: its seal lists the others. */
export async function readTransaction(db: D1Database, tx: string): Promise<StoredEntry[]> {
  const { results } = await db
    .prepare(
      `SELECT e.* FROM entries AS first
         CROSS JOIN seals AS s ON s.id = first.seal, json_each(s.contents) AS j
         CROSS JOIN entries AS e ON e.id = j.value->>1
       WHERE first.id = ?1 AND j.value->>0 = 'entries' AND e.tx = ?1 ORDER BY j.key`,
    )
    .bind(tx)
    .all<EntryRow>();
  return results.map(entryOf);
}

/** The transactions by which a holder's entries were taken back, at most `count`. */
export async function readReversals(
  db: D1Database,
  holders: readonly string[],
  tx: string,
  count: number,
): Promise<string[]> {
  const found = new Set<string>();
  for (const holder of new Set(holders)) {
    const { results } = await db
      .prepare('SELECT tx FROM entries WHERE id > ? AND id < ? AND reverses = ? LIMIT ?')
      .bind(...rangeOf(holder), tx, count)
      .all<{ tx: string }>();
    for (const row of results) found.add(row.tx);
  }
  return [...found].slice(0, count);
}

/** Which entries count: those a seal or one before it holds, of business days before one. */
export interface Bounds {
  /** The last seal that counts; null: all. */
  readonly seal: number | null;
  /** The first day that does not count, `YYYY-MM-DD`; null: all count. */
  readonly untilDay: string | null;
}

const UNBOUNDED: Bounds = { seal: null, untilDay: null };

const LAST_SEAL = Number.MAX_SAFE_INTEGER;

/** Where a holder's entries of a business day begin. */
export const startOfDay = (holder: string, day: string): string => `${holder}.${compactDay(day)}`;

/** An agent's entries, latest business day first, before an id (null: from the latest). */
export async function readAgentEntries(
  db: D1Database,
  account: string,
  before: string | null,
  count: number,
  { seal, untilDay }: Bounds = UNBOUNDED,
): Promise<StoredEntry[]> {
  const holder = agentOf(account) ?? '';
  const [low, last] = rangeOf(holder);
  const high = untilDay === null ? last : startOfDay(holder, untilDay);
  const { results } = await db
    .prepare(
      `SELECT * FROM entries WHERE id > ?1 AND id < min(?2, ?3)
         AND (from_account = ?4 OR to_account = ?4) AND seal <= ?5
       ORDER BY id DESC LIMIT ?6`,
    )
    .bind(low, before ?? high, high, account, seal ?? LAST_SEAL, count)
    .all<EntryRow>();
  return results.map(entryOf);
}

/** An agent's entries on all accounts, earliest business day first, between two ids. */
export async function readEntriesBetween(
  db: D1Database,
  after: string,
  before: string,
  seal: number,
  count: number,
): Promise<StoredEntry[]> {
  const { results } = await db
    .prepare('SELECT * FROM entries WHERE id > ? AND id < ? AND seal <= ? ORDER BY id LIMIT ?')
    .bind(after, before, seal, count)
    .all<EntryRow>();
  return results.map(entryOf);
}

/**
 * Entries of a unit between two ids, the latest business day first, at most `count`. Decay is left
 * out: it moves what a season counts and nothing else.
 */
export async function readLatestEntries(
  db: D1Database,
  [low, high]: readonly [string, string],
  asked: { readonly unit: string; readonly seal: number; readonly count: number },
): Promise<StoredEntry[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM entries WHERE id > ?1 AND id < ?2 AND unit = ?3 AND seal <= ?4
         AND substr(to_account, 1, 6) <> 'decay:' AND substr(from_account, 1, 6) <> 'decay:'
       ORDER BY id DESC LIMIT ?5`,
    )
    .bind(low, high, asked.unit, asked.seal, asked.count)
    .all<EntryRow>();
  return results.map(entryOf);
}

export interface Balance {
  readonly account: string;
  readonly unit: string;
  /** In the unit's smallest part. */
  readonly amount: bigint;
}

/** What each of an agent's accounts holds: the sum of the agent's range, one row read an entry. */
export async function readAgentBalances(
  db: D1Database,
  agentKey: string,
  { seal, untilDay }: Bounds = UNBOUNDED,
): Promise<Balance[]> {
  const [low, last] = rangeOf(agentKey);
  const high = untilDay === null ? last : startOfDay(agentKey, untilDay);
  // The sum is read as text: D1 rounds integers beyond 2^53.
  const { results } = await db
    .prepare(
      `SELECT unit, from_account, to_account, CAST(sum(amount) AS TEXT) AS amount FROM entries
       WHERE id > ? AND id < ? AND seal <= ? GROUP BY unit, from_account, to_account`,
    )
    .bind(low, high, seal ?? LAST_SEAL)
    .all<{ unit: string; from_account: string; to_account: string; amount: string }>();
  const sums = new Map<string, Balance>();
  const add = (account: string, unit: string, amount: bigint): void => {
    if (agentOf(account) !== agentKey) return;
    const key = balanceKey(unit, account);
    sums.set(key, { account, unit, amount: (sums.get(key)?.amount ?? 0n) + amount });
  };
  for (const { unit, from_account: from, to_account: to, amount } of results) {
    add(from, unit, -BigInt(amount));
    add(to, unit, BigInt(amount));
  }
  return [...sums.values()].sort((a, b) => (a.account < b.account ? -1 : 1));
}

/** The running rows of an account that is not an agent's, one per unit. Such accounts are few. */
export async function readRunningBalances(
  db: D1Database,
  account: string | null,
): Promise<Balance[]> {
  const { results } = await db
    .prepare(
      `SELECT account, unit, CAST(amount AS TEXT) AS amount FROM balances
       WHERE ?1 IS NULL OR account = ?1 ORDER BY id`,
    )
    .bind(account)
    .all<{ account: string; unit: string; amount: string }>();
  return results.map((row) => ({ ...row, amount: BigInt(row.amount) }));
}

/** What an account holds of a unit, in its smallest part; 0 when nothing ever moved. */
export async function balanceOf(db: D1Database, account: string, unit: string): Promise<bigint> {
  const agentKey = agentOf(account);
  if (agentKey !== null) {
    const balances = await readAgentBalances(db, agentKey);
    return balances.find((held) => held.account === account && held.unit === unit)?.amount ?? 0n;
  }
  const row = await db
    .prepare('SELECT CAST(amount AS TEXT) AS amount FROM balances WHERE id = ?')
    .bind(balanceKey(unit, account))
    .first<{ amount: string }>();
  return BigInt(row?.amount ?? 0);
}
