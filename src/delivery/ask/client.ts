/**
 * Asking a destination something: one request that changes nothing there, with the same
 * credentials, limits and redaction as a delivery, and no outbox. Decides nothing; refuses what the
 * preset cannot ask and answers that are no JSON. An open breaker is passed by one question when a
 * probe is due.
 */
import type { Json, JsonObject } from '../../events/event';
import type { Failure } from '../../kernel/failure';
import { fail, type Result } from '../../kernel/result';
import { log, messageOf } from '../../runtime/log';
import { callDestination, type DeliveryEnv } from '../client';

/**
 * The JSON a destination answers to an operation of its preset, e.g. `goal-status`. Fields are
 * those of the operation. Failures: `not-found` (no such destination, or its answer is 404),
 * `invalid` (no such operation, a missing field, another 4xx), `unavailable` (anything that may
 * be different later; `isUnasked` where it is switched off, its rate is used up or its open breaker
 * will be probed). Never throws.
 */
export async function askDestination(
  env: DeliveryEnv,
  destinationId: string,
  operation: string,
  fields: JsonObject,
  now: number,
): Promise<Result<Json, Failure>> {
  try {
    return await callDestination(env, destinationId, (object) =>
      object.ask({ destination: destinationId, operation, fields }, now),
    );
  } catch (thrown) {
    log('warn', 'delivery.not-asked', { destinationId, operation, message: messageOf(thrown) });
    const detail = 'the destination cannot be reached now';
    return fail({ kind: 'unavailable', detail, retryAfterSeconds: 2 });
  }
}
