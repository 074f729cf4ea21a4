/** Everything HTTP sees of variable pay. */
import type { Route } from '../http/route';
import type { LedgerEnv } from '../ledger/client';
import { approvePlan } from './plans/approval/routes';
import { planRoutes } from './plans/routes';

export const payRoutes = <E extends LedgerEnv>(): readonly Route<E>[] => [
  ...planRoutes<E>(),
  approvePlan<E>(),
];
