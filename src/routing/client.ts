/** What the rest of the house reaches of routing: who takes utilisation, and who is told of tiers. */
import type { DeliveryEnv } from '../delivery/client';
import type { QueueRoutesEnv } from './queues/client';

export { utilisationOwner } from './load/client';
export { emptySeat, tellSeat, tellSeats } from './seats/client';

export interface RoutingEnv extends QueueRoutesEnv, DeliveryEnv {}
