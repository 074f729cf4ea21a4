/** Named reads of reward pools: their versions, and what they hold. Writes nothing. */
import type { Unit } from '../kernel/units';
import { balanceKey, poolAccount, reservedAccount } from '../ledger/account';
import { readLatest } from '../ledger/store';
import { POOL_KIND, type Pool, type PoolVersion } from './pool';

/** The newest version of a pool, or null. */
export const readPoolVersion = (db: D1Database, poolId: string): Promise<PoolVersion | null> =>
  readLatest<Pool>(db, POOL_KIND, poolId);

/** Smallest parts: what may still be promised, and what is set aside for awards under way. */
export interface Holding {
  readonly held: bigint;
  readonly reserved: bigint;
}

/** What one pool holds in a unit. Two rows read. */
export async function readHolding(db: D1Database, poolId: string, unit: Unit): Promise<Holding> {
  const [holding] = await readHoldings(db, [{ poolId, unit }]);
  return holding ?? { held: 0n, reserved: 0n };
}

/** What each of some pools holds, in their order. */
export async function readHoldings(
  db: D1Database,
  pools: readonly { readonly poolId: string; readonly unit: Unit }[],
): Promise<Holding[]> {
  const ids = pools.flatMap(({ poolId, unit }) => [
    balanceKey(unit, poolAccount(poolId)),
    balanceKey(unit, reservedAccount(poolId)),
  ]);
  const { results } = await db
    .prepare(
      `SELECT b.id, CAST(b.amount AS TEXT) AS amount
       FROM json_each(?) AS n CROSS JOIN balances AS b ON b.id = n.value`,
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string; amount: string }>();
  const amounts = new Map(results.map(({ id, amount }) => [id, BigInt(amount)]));
  const amountAt = (place: number): bigint => amounts.get(ids[place] ?? '') ?? 0n;
  return pools.map((_, at) => ({ held: amountAt(2 * at), reserved: amountAt(2 * at + 1) }));
}
