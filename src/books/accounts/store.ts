/**
 * What accounts hold as of a seal. An agent's balance is the sum of a key range; another account's
 * running row is today's, so what was sealed later is taken off it. Writes nothing.
 */
import { agentOf } from '../../ledger/account';
import {
  type Balance,
  type Bounds,
  readAgentBalances,
  readRunningBalances,
} from '../../ledger/entries/store';

/** Seals after an instant that are walked; beyond, reading the entries in one scan is cheaper. */
const MOST_WALKED = 200;

/** What an account holds, one balance per unit that ever moved. */
export async function readBalances(
  db: D1Database,
  account: string,
  bounds: Bounds,
): Promise<readonly Balance[]> {
  const agentKey = agentOf(account);
  if (agentKey !== null) {
    const held = await readAgentBalances(db, agentKey, bounds);
    return held.filter((balance) => balance.account === account);
  }
  const { seal } = bounds;
  return seal === null ? readRunningBalances(db, account) : readRunningAsOf(db, account, seal);
}

const GAINED = `e.unit, CAST(sum(CASE WHEN e.to_account = ?1 THEN e.amount ELSE -e.amount END)
  AS TEXT) AS amount`;
const TOUCHES = '(e.from_account = ?1 OR e.to_account = ?1)';

/** One lookup for each row sealed later. */
const WALK = `SELECT ${GAINED} FROM seals AS s, json_each(s.contents) AS j
    CROSS JOIN entries AS e ON e.id = j.value->>1
  WHERE s.id > ?2 AND j.value->>0 = 'entries' AND ${TOUCHES} GROUP BY e.unit`;

/** One row for each entry of the ledger: exact however far back, and as dear as a trial balance. */
const SCAN = `SELECT ${GAINED} FROM entries AS e WHERE e.seal > ?2 AND ${TOUCHES} GROUP BY e.unit`;

/** The running rows less what was sealed after a seal, in one snapshot. */
async function readRunningAsOf(db: D1Database, account: string, seal: number): Promise<Balance[]> {
  const head = await db.prepare('SELECT max(id) AS id FROM seals').first<{ id: number | null }>();
  const isNear = (head?.id ?? 0) - seal <= MOST_WALKED;
  const [running, later] = await db.batch<{ unit: string; amount: string }>([
    db
      .prepare(
        'SELECT unit, CAST(amount AS TEXT) AS amount FROM balances WHERE account = ? ORDER BY id',
      )
      .bind(account),
    db.prepare(isNear ? WALK : SCAN).bind(account, seal),
  ]);
  const gained = new Map((later?.results ?? []).map(({ unit, amount }) => [unit, BigInt(amount)]));
  return (running?.results ?? []).map(({ unit, amount }) => ({
    account,
    unit,
    amount: BigInt(amount) - (gained.get(unit) ?? 0n),
  }));
}
