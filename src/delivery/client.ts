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
import type { DeliveryState, DestinationReport } from './sending/operator';
import type { Held } from './sending/state';
import type { SubscriptionState } from './subscriptions/state';
import { readSubscriptions } from './subscriptions/store';
import { wants } from './subscriptions/subscription';

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
  /** One harmless call; what is wrong in words, or null. Passes an open breaker. */
  probe(now: number): Promise<string | null>;
  /** Sends what is due; armed again by itself. */
  poke(now: number): Promise<void>;
  /** Closes the breaker and sends on. */
  resume(now: number): Promise<void>;
  /** Has one delivery go now, or once nobody gives it up any more; false while in flight. */
  release(id: string, now: number): Promise<boolean>;
  /** Reserves a delivery for being abandoned, and asks about it where it may have arrived. */
  lease(id: string, now: number): Promise<Lease>;
  /** An abandon is in the books. */
  abandoned(id: string, now: number): Promise<void>;
  states(ids: readonly string[]): Promise<readonly DeliveryState[]>;
  /** Deliveries in trouble, for answers. */
  report(): Promise<DestinationReport | null>;
  troubles(ids: readonly string[]): Promise<readonly (Held | null)[]>;
}

/**
 * FREE: it never left. GONE: it was sent, and the target says that it does not have it. FOUND: the
 * target has it, and it is confirmed. UNKNOWN: it may have arrived. BUSY: it is in flight.
 */
export interface Lease {
  readonly kind: 'FREE' | 'GONE' | 'FOUND' | 'UNKNOWN' | 'BUSY';
  readonly held: Held | null;
}

export interface SubscriptionMethods {
  /** Looks soon; answers at once. */
  look(now: number): Promise<void>;
  /** Looks and tells now. */
  poke(now: number): Promise<void>;
  /** Begins again after a seal. */
  replay(seal: number, now: number): Promise<void>;
  report(): Promise<SubscriptionState | null>;
}

export interface DeliveryEnv extends LedgerEnv {
  readonly DESTINATIONS: Objects<DestinationMethods>;
  readonly SUBSCRIPTIONS: Objects<SubscriptionMethods>;
  /** Opens the secrets of destinations and subscriptions. */
  readonly SECRETS_KEY: string;
  /** Hosts that may be asked, separated by commas or blanks, `*.` for those below; absent: any. */
  readonly OUTBOUND_HOSTS?: string;
}

/** Calls the object of a destination with a fresh stub per attempt; throws what the last one threw. */
export const callDestination = <T>(
  env: Pick<DeliveryEnv, 'DESTINATIONS'>,
  id: string,
  call: (destination: DestinationMethods) => Promise<T>,
): Promise<T> => callObject(() => env.DESTINATIONS.getByName(id), call);

/** Most ids a call carries to a destination. */
const IDS_A_CALL = 500;

/** Tells a destination what was ordered; never throws. False: it did not answer. */
export async function orderDeliveries(
  env: Pick<DeliveryEnv, 'DESTINATIONS'>,
  destination: string,
  ids: readonly string[],
  now: number,
): Promise<boolean> {
  try {
    for (let from = 0; from < ids.length; from += IDS_A_CALL) {
      const some = ids.slice(from, from + IDS_A_CALL);
      await callDestination(env, destination, (object) => object.order(some, now));
    }
    return true;
  } catch (thrown) {
    log('warn', 'delivery.not-ordered', { destination, message: messageOf(thrown) });
    return false;
  }
}

/** Calls the object of a subscription with a fresh stub per attempt. */
export const callSubscription = <T>(
  env: Pick<DeliveryEnv, 'SUBSCRIPTIONS'>,
  id: string,
  call: (subscription: SubscriptionMethods) => Promise<T>,
): Promise<T> => callObject(() => env.SUBSCRIPTIONS.getByName(id), call);

/** Most subscriptions that are told to look. */
const MOST_SUBSCRIPTIONS = 200;

/**
 * Has those who subscribe to any of some kinds look for new notices at once; never throws.
 * Whoever is not reached looks within five minutes.
 */
export async function pokeSubscriptions(
  env: DeliveryEnv,
  kinds: readonly string[],
  now: number,
): Promise<void> {
  try {
    for (const { name, content } of await readSubscriptions(env.DB, null, MOST_SUBSCRIPTIONS)) {
      if (!content.enabled || !kinds.some((kind) => wants(content, kind))) continue;
      await callSubscription(env, name, (subscription) => subscription.look(now));
    }
  } catch (thrown) {
    log('warn', 'delivery.subscribers-not-told', { message: messageOf(thrown) });
  }
}
