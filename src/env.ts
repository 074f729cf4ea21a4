/** Everything the Worker is given: what each room asks for, together. Never logged. */
import type { AccessEnv } from './access/client';
import type { BoardsEnv } from './boards/client';
import type { DeliveryEnv } from './delivery/client';
import type { PlatformGoalsEnv } from './goals/platform/client';
import type { IntakeEnv } from './intake/client';
import type { PullsEnv } from './intake/pulls/client';
import type { PayEnv } from './pay/runs/client';
import type { PointsEnv } from './points/coaching/client';
import type { RoutingEnv } from './routing/client';
import type { SeasonsEnv } from './seasons/client';

export interface Env
  extends PointsEnv,
    IntakeEnv,
    AccessEnv,
    BoardsEnv,
    DeliveryEnv,
    RoutingEnv,
    PlatformGoalsEnv,
    PayEnv,
    PullsEnv,
    SeasonsEnv {}
