/**
 * What is told once a set of a goal is in the books: destinations hear what was ordered, subscribers
 * that there are notices. Decides nothing; a sweep finds what is lost here.
 */
import { type DeliveryEnv, orderDeliveries, pokeSubscriptions } from '../../delivery/client';
import type { Frozen } from '../tracking/state';

/** Never throws. */
export async function tellOf(
  env: DeliveryEnv,
  { orders, set }: Pick<Frozen, 'orders' | 'set'>,
  now: number,
): Promise<void> {
  for (const { destination, ids } of orders) await orderDeliveries(env, destination, ids, now);
  const notices = set.rows.filter(({ table }) => table === 'notices');
  const kinds = new Set(notices.map(({ values }) => String(values.kind)));
  await pokeSubscriptions(env, [...kinds], now);
}
