/** What the rest of the house reaches of routing: who takes utilisation, and who is told of tiers. */
import type { QueueRoutesEnv } from './queues/client';

export { utilisationOwner } from './load/client';
export { emptySeat, tellSeat, tellSeats } from './seats/client';

export type RoutingEnv = QueueRoutesEnv;
