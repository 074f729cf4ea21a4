/** What the rest of the house reaches of routing: who takes utilisation, and who forgets. */
import type { DeliveryEnv } from '../delivery/client';
import { forgetInSeasons, type SeasonsEnv } from '../seasons/client';
import type { QueueRoutesEnv } from './queues/client';
import { emptySeat, type SeatsEnv } from './seats/client';

export { utilisationOwner } from './load/client';

export interface RoutingEnv extends QueueRoutesEnv, DeliveryEnv {}

/** Has seasons and the seat of an agent who was erased forget them; throws when one cannot. */
export async function forgetStanding(
  env: SeatsEnv & SeasonsEnv,
  agentKey: string,
  now: number,
): Promise<void> {
  await emptySeat(env, agentKey, now);
  await forgetInSeasons(env, agentKey, now);
}
