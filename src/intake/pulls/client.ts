/** How others reach the pulls of a source, and how a wish becomes one. */
import { readOrganisation } from '../../access/store';
import type { DeliveryEnv } from '../../delivery/client';
import { callObject, type Objects } from '../../durable/client';
import { instantsOf } from '../../kernel/period';
import type { IntakeEnv } from '../client';
import type { PullMethods } from './object';
import type { Wish } from './pull';
import { newRun, type PullRun } from './run';

export interface PullsEnv extends IntakeEnv, DeliveryEnv {
  /** One object per source that pulls. */
  readonly PULLS: Objects<PullMethods>;
}

/** Calls the object of a source's pulls; throws what the last attempt threw. */
export const callPulls = <T>(
  env: Pick<PullsEnv, 'PULLS'>,
  source: string,
  call: (pulls: PullMethods) => Promise<T>,
): Promise<T> => callObject(() => env.PULLS.getByName(source), call);

/** Queues pulls of a source, named by an instant. Answers all that wait there. */
export async function requestPulls(
  env: PullsEnv,
  source: string,
  wishes: readonly Wish[],
  at: { readonly asOf: number; readonly now: number },
): Promise<readonly PullRun[]> {
  const { timeZone: zone } = await readOrganisation(env.DB);
  const runs = wishes.map((wish) =>
    newRun(source, wish, { asOf: at.asOf, zone, ...instantsOf(wish, zone) }),
  );
  return callPulls(env, source, (pulls) => pulls.request(runs, at.now));
}
