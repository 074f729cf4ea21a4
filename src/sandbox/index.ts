/**
 * The Worker in sandbox mode: the deployed one, its clock, and the fakes that stand for the
 * network. `npm run serve` and `npm start` load it; it is never deployed.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { buildApp } from '../app';
import { jobs, routes } from '../compose';
import { CRONS, runCron, scheduledBy } from '../cron';
import type { Env } from '../env';
import type { ClockEnv } from './clock/client';
import { SandboxClockObject } from './clock/object';
import { clockRoutes } from './clock/routes';
import { answerOutbound, type UpstreamsEnv } from './upstreams/client';
import { upstreamRoutes } from './upstreams/routes';

type SandboxedEnv = Env & ClockEnv & UpstreamsEnv;

export class SandboxObject extends SandboxClockObject<SandboxedEnv> {
  protected readonly crons = CRONS;

  protected override fire(cron: string, now: number): Promise<unknown> {
    return runCron(cron, this.env, now, jobs);
  }
}

/** Takes every outbound request of the Worker. */
export class Upstreams extends WorkerEntrypoint<SandboxedEnv> {
  override fetch(request: Request): Promise<Response> {
    return answerOutbound(this.env, request);
  }
}

const app = buildApp<SandboxedEnv>([...routes, ...clockRoutes, ...upstreamRoutes]);

export default {
  fetch: (request: Request, env: SandboxedEnv, context: ExecutionContext) =>
    app.fetch(request, env, context),
  scheduled: scheduledBy<SandboxedEnv>(jobs),
};

export {
  BoardObject,
  CoachingSessionObject,
  DestinationObject,
  GoalObject,
  JournalObject,
  PayRunObject,
  PlatformGoalObject,
  PullObject,
  RoutingQueueObject,
  SeasonObject,
  SeatObject,
  SourceObject,
  SubscriptionObject,
} from '../index';
export { UpstreamObject } from './upstreams/object';
