/** Everything HTTP sees of variable pay beside the results of evaluations. */
import type { Route } from '../http/route';
import type { QualityEnv } from '../quality/store';
import { actualsRoutes } from './actuals/routes';
import { countRoutes } from './counts/routes';
import { deltaRoutes } from './deltas/routes';
import { exportDigest } from './digests/routes';
import { disputeLine } from './disputes/routes';
import { approvePlan } from './plans/approval/routes';
import { planRoutes } from './plans/routes';
import { previewVersion } from './preview/routes';
import { rateRoutes } from './rates/routes';
import { approveRun, sendRun } from './runs/approval/routes';
import type { PayEnv } from './runs/client';
import { explainLineRoute, listLines } from './runs/lines/routes';
import { reconcileRun } from './runs/reconciliation/routes';
import { runRoutes } from './runs/routes';

export const payRoutes = <E extends PayEnv & QualityEnv>(): readonly Route<E>[] => [
  ...planRoutes<E>(),
  approvePlan<E>(),
  previewVersion<E>(),
  ...rateRoutes<E>(),
  ...runRoutes<E>(),
  approveRun<E>(),
  sendRun<E>(),
  listLines<E>(),
  explainLineRoute<E>(),
  disputeLine<E>(),
  reconcileRun<E>(),
  ...deltaRoutes<E>(),
  exportDigest<E>(),
  ...actualsRoutes<E>(),
  ...countRoutes<E>(),
];
