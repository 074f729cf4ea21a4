/** The routes of the routing room, in the order in which the documentation shows them. */
import type { Route } from '../http/route';
import type { RoutingEnv } from './client';
import { readPolicyRoute, writePolicy } from './policy/routes';
import { selectAgent } from './queues/routes';
import { decideRoute, releaseRoute, seatRoute, utilisationRoute } from './seats/routes';

export const routingRoutes = <E extends RoutingEnv>(): readonly Route<E>[] => [
  decideRoute(),
  releaseRoute(),
  seatRoute(),
  utilisationRoute(),
  selectAgent(),
  readPolicyRoute(),
  writePolicy(),
];
