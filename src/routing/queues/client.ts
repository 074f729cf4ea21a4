/**
 * How others reach routing queues, and how candidates come about: every eligible agent's seat is
 * asked for weight and load before the queue decides, so that no queue holds a stale privilege. An
 * agent whose seat is silent has no share by weight and stays in the even one.
 */
import { callObject, type Objects } from '../../durable/client';
import { log, messageOf } from '../../runtime/log';
import { callSeat, type SeatsEnv } from '../seats/client';
import type { Standing } from '../seats/decision';
import type { Ask } from '../seats/object';
import type { QueueMethods } from './object';
import type { Candidate } from './selection';

export interface QueuesEnv extends SeatsEnv {
  /** One object per routing queue: whose turn it is. */
  readonly QUEUES: Objects<QueueMethods>;
}

/** Addresses of agents are found by their keyed hash. */
export interface QueueRoutesEnv extends QueuesEnv {
  readonly SECRETS_KEY: string;
}

/** Calls the object of a queue with a fresh stub per attempt; throws what the last one threw. */
export const callQueue = <T>(
  env: QueuesEnv,
  id: string,
  call: (queue: QueueMethods) => Promise<T>,
): Promise<T> => callObject(() => env.QUEUES.getByName(id), call);

/** What each agent stands for now; those whose seat said nothing stand for an even share only. */
export async function candidatesOf(env: QueuesEnv, asks: readonly Ask[]): Promise<Candidate[]> {
  const standings = new Map<string, Standing>();
  await Promise.all(
    asks.map(async (ask) => {
      try {
        const standing = await callSeat(env, ask.agentKey, (seat) => seat.standing(ask));
        if (standing !== null) standings.set(ask.agentKey, standing);
      } catch (thrown) {
        log('warn', 'queue.seat-silent', { message: messageOf(thrown) });
      }
    }),
  );
  return asks.map(({ agentKey }) => {
    const { weight = 0, capacity = 1_000_000 } = standings.get(agentKey) ?? {};
    return { agentKey, weight, capacity };
  });
}
