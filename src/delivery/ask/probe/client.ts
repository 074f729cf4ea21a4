/**
 * One harmless call to every destination, for `doctor`: is it there, does it take our credentials?
 * Decides what counts as an answer: a target that knows us and not the question works. Refuses to
 * let one that is silent hide another.
 */
import { messageOf } from '../../../runtime/log';
import { callDestination, type DeliveryEnv } from '../../client';
import { readDestinations } from '../../store';

const MOST = 100;

export interface Probed {
  readonly name: string;
  /** Null: it answers. */
  readonly fault: string | null;
}

export async function probeDestinations(env: DeliveryEnv, now: number): Promise<Probed[]> {
  const destinations = await readDestinations(env.DB, null, MOST);
  return Promise.all(
    destinations.map(async ({ name, content }): Promise<Probed> => {
      if (!content.enabled) return { name, fault: null };
      try {
        return { name, fault: await callDestination(env, name, (object) => object.probe(now)) };
      } catch (thrown) {
        return { name, fault: messageOf(thrown) };
      }
    }),
  );
}
