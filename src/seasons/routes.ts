/** Every route of the room, in the order in which the documentation shows them. Refuses nothing itself. */
import type { Route } from '../http/route';
import { readArchiveRoute } from './archive/routes';
import type { SeasonsEnv } from './client';
import { resetRoutes } from './reset/routes';
import { seasonConfigRoutes } from './settings/routes';
import { agentViewRoutes } from './view/routes';

export const seasonsRoutes = <E extends SeasonsEnv>(): readonly Route<E>[] => [
  ...seasonConfigRoutes<E>(),
  ...resetRoutes<E>(),
  readArchiveRoute<E>(),
  ...agentViewRoutes<E>(),
];
