/** Every route of the room, in the order in which the documentation shows them. Refuses nothing itself. */
import type { Route } from '../http/route';
import type { SeasonsEnv } from './client';
import { seasonConfigRoutes } from './settings/routes';
import { agentViewRoutes } from './view/routes';

export const seasonsRoutes = <E extends SeasonsEnv>(): readonly Route<E>[] => [
  ...seasonConfigRoutes<E>(),
  ...agentViewRoutes<E>(),
];
