/** Where deliveries stand: what the books say, and for the others what their destination says. */
import { log, messageOf } from '../../runtime/log';
import { callDestination, type DeliveryEnv } from '../client';
import type { DeliveryState } from '../sending/operator';
import type { Held } from '../sending/state';
import { readDeliveries, readOutcomes, type StoredDelivery } from '../store';
import type { Standing } from './view';

interface Place {
  readonly state: DeliveryState;
  readonly held: Held | null;
}

/** Deliveries by id in the order asked; unknown ones are left out. */
export async function readStandings(env: DeliveryEnv, ids: readonly string[]): Promise<Standing[]> {
  const [deliveries, outcomes] = await Promise.all([
    readDeliveries(env.DB, ids),
    readOutcomes(env.DB, ids),
  ]);
  const found = ids.flatMap((id) => deliveries.get(id) ?? []);
  const open = found.filter(({ id }) => !outcomes.has(id));
  const places = await readPlaces(env, open);
  return found.map((delivery) => ({
    delivery,
    outcome: outcomes.get(delivery.id) ?? null,
    ...(places.get(delivery.id) ?? { state: 'WAITING', held: null }),
  }));
}

async function readPlaces(
  env: DeliveryEnv,
  open: readonly StoredDelivery[],
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (const [destination, some] of Map.groupBy(open, (one) => one.destination)) {
    const ids = some.map(({ id }) => id);
    try {
      const states = await callDestination(env, destination, (object) => object.states(ids));
      const held = await callDestination(env, destination, (object) => object.troubles(ids));
      ids.forEach((id, index) => {
        places.set(id, { state: states[index] ?? 'WAITING', held: held[index] ?? null });
      });
    } catch (thrown) {
      log('warn', 'delivery.states-unknown', { destination, message: messageOf(thrown) });
    }
  }
  return places;
}

/** What a destination says of deliveries without an outcome; none where it cannot be asked. */
export async function readOpenStates(
  env: DeliveryEnv,
  destination: string,
  ids: readonly string[],
): Promise<Map<string, DeliveryState>> {
  if (ids.length === 0) return new Map();
  try {
    const states = await callDestination(env, destination, (object) => object.states(ids));
    return new Map(ids.map((id, index) => [id, states[index] ?? 'WAITING']));
  } catch (thrown) {
    log('warn', 'delivery.states-unknown', { destination, message: messageOf(thrown) });
    return new Map();
  }
}
