/** Every route of this room, for compose. */
import type { Route } from '../http/route';
import type { DeliveryEnv } from './client';
import { destinationRoutes } from './destinations/routes';
import { deliveryLogRoutes } from './log/routes';
import { subscriptionRoutes } from './subscriptions/routes';

export const deliveryRoutes = <E extends DeliveryEnv>(): readonly Route<E>[] => [
  ...destinationRoutes<E>(),
  ...deliveryLogRoutes<E>(),
  ...subscriptionRoutes<E>(),
];
