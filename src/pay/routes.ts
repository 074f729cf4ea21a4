/** Everything HTTP sees of variable pay. */
import type { Route } from '../http/route';
import { approvePlan } from './plans/approval/routes';
import { planRoutes } from './plans/routes';
import { rateRoutes } from './rates/routes';
import { approveRun, sendRun } from './runs/approval/routes';
import type { PayEnv } from './runs/client';
import { runRoutes } from './runs/routes';

export const payRoutes = <E extends PayEnv>(): readonly Route<E>[] => [
  ...planRoutes<E>(),
  approvePlan<E>(),
  ...rateRoutes<E>(),
  ...runRoutes<E>(),
  approveRun<E>(),
  sendRun<E>(),
];
