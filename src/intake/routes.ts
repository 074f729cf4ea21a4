/** Every route of intake, with the owners that the composition gives: who takes events of which type. */
import type { Route } from '../http/route';
import type { IntakeEnv } from './client';
import { logRoutes, type Resettlers, type Tellers } from './log/routes';
import type { Owners } from './owners/client';
import { quarantineRoutes } from './quarantine/routes';
import { sourceRoutes } from './sources/routes';
import { testSource } from './trial/routes';
import { webhookRoute } from './webhooks/routes';

export interface IntakeOptions<E extends IntakeEnv> {
  /** A type without an owner is logged and decides nothing. */
  readonly owners: Owners<E>;
  /** Types whose replay has something decided anew. */
  readonly resettlers: Resettlers<E>;
  /** Types whose events are shown with what they count for. */
  readonly tellers: Tellers<E>;
}

export const intakeRoutes = <E extends IntakeEnv>({
  owners,
  resettlers,
  tellers,
}: IntakeOptions<E>): Route<E>[] => [
  webhookRoute(owners),
  ...sourceRoutes<E>(),
  testSource(owners),
  ...logRoutes(owners, resettlers, tellers),
  ...quarantineRoutes(owners),
];
