/** The Worker as the platform loads it: its handlers and the classes of its objects, nothing else. */
import { buildApp } from './app';
import { jobs, routes } from './compose';
import { scheduledBy } from './cron';
import type { Env } from './env';

const app = buildApp<Env>(routes);

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) =>
    app.fetch(request, env, context),
  scheduled: scheduledBy<Env>(jobs),
};

export { BoardObject } from './boards/object';
export {
  ComposedJournal as JournalObject,
  ComposedPulls as PullObject,
  ComposedSeason as SeasonObject,
} from './compose';
export { DestinationObject } from './delivery/object';
export { SubscriptionObject } from './delivery/subscriptions/object';
export { GoalObject } from './goals/object';
export { PlatformGoalObject } from './goals/platform/object';
export { SourceObject } from './intake/object';
export { PayRunObject } from './pay/runs/object';
export { CoachingSessionObject } from './points/coaching/object';
export { RoutingQueueObject } from './routing/queues/object';
export { SeatObject } from './routing/seats/object';
