/**
 * How features reach destinations: after the set with the intents is committed, the destination is
 * told their ids. A message that is lost is no loss: the sweep finds every delivery without an
 * outcome and tells its destination again.
 */
import { callObject, type Objects } from '../durable/client';
import type { LedgerEnv } from '../ledger/client';
import { log, messageOf } from '../runtime/log';

export interface DestinationMethods {
  /** Queues deliveries by id; one that is queued or has an outcome already is left out. */
  order(ids: readonly string[], now: number): Promise<void>;
}

export interface DeliveryEnv extends LedgerEnv {
  readonly DESTINATIONS: Objects<DestinationMethods>;
}

/** Tells a destination what was ordered; never throws. At most 500 ids a call. */
export async function orderDeliveries(
  env: DeliveryEnv,
  destination: string,
  ids: readonly string[],
  now: number,
): Promise<void> {
  if (ids.length === 0) return;
  try {
    await callObject(
      () => env.DESTINATIONS.getByName(destination),
      (object) => object.order(ids, now),
    );
  } catch (thrown) {
    log('warn', 'delivery.not-ordered', { destination, message: messageOf(thrown) });
  }
}
