/**
 * A stage for goals: agents, a signed source, the guide's team and goal as printed, and a clock that
 * the test moves. Sends metric events through the signed intake; decides nothing.
 */

import { forgetCachedKeys } from '../../src/agents/store';
import { forgetRoutes } from '../../src/goals/client';
import { GOAL_EXAMPLE } from '../../src/goals/routes';
import { TEAM_EXAMPLE } from '../../src/goals/teams/routes';
import { Machine } from '../simulation/machine';
import { type Answer, type Heard, send } from '../simulation/sender';
import { World } from '../simulation/world';

export const SEPTEMBER = Date.UTC(2032, 8, 1);
export const OCTOBER = Date.UTC(2032, 9, 1);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const MEMBERS = TEAM_EXAMPLE.memberIds;
export const TEAM = 'team_uuid_east';
export const GOAL = 'goal_uuid_q3';
const SECRET = 'stage-secret-of-platform-0123456789';

/** A metric event of the first member, by the guide's filter; fields given replace the usual ones. */
export const metric = (fields: object = {}): object => ({
  eventType: 'metric.recorded',
  metricId: 'acd.handle.time',
  agentId: MEMBERS[0],
  occurredAt: new Date(SEPTEMBER + 10 * DAY).toISOString(),
  attributes: { callType: 'INBOUND' },
  ...fields,
});

export class GoalStage {
  readonly world: World;
  readonly machine: Machine;
  #sent = 0;

  private constructor(world: World) {
    this.world = world;
    this.machine = new Machine(world);
  }

  /** The guide's team and goal, its members in the directory, ten days into September. */
  static async open(now = SEPTEMBER + 10 * DAY): Promise<GoalStage> {
    const stage = await GoalStage.bare(now);
    await stage.world.must('PUT', `/v1/teams/${TEAM}`, TEAM_EXAMPLE);
    await stage.world.must('PUT', `/v1/goals/${GOAL}`, GOAL_EXAMPLE);
    return stage;
  }

  static async bare(now = SEPTEMBER + 10 * DAY): Promise<GoalStage> {
    const world = await World.open(now);
    // Everything is new, and the isolate remembers another town.
    forgetCachedKeys();
    forgetRoutes();
    await world.addSource('platform', SECRET);
    for (const agentId of MEMBERS) await world.addPerson({ agentId, groups: [], attributes: {} });
    return new GoalStage(world);
  }

  get now(): number {
    return this.world.now;
  }

  /** One signed message: an event, or a list of them. */
  post(body: object): Promise<Heard> {
    this.#sent += 1;
    const message = { source: 'platform' as const, text: JSON.stringify(body), keys: [] };
    return send(`metric ${this.#sent}`, message, SECRET);
  }

  async status(period = '2032-09', goal = GOAL): Promise<Record<string, unknown>> {
    const path = `/v1/goals/${goal}/status?period=${period}`;
    return (await this.world.must('GET', path)) as Record<string, unknown>;
  }

  async contributions(period = '2032-09', goal = GOAL): Promise<Contributions> {
    const path = `/v1/goals/${goal}/contributions?period=${period}`;
    return (await this.world.must('GET', path)) as Contributions;
  }

  /** Lets virtual time pass; alarms that come due run at their time. */
  async pass(until: number): Promise<void> {
    await this.machine.recount();
    await this.machine.runDue(until);
    this.world.advanceTo(until);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.world.operator('PUT', path, body);
  }
}

export interface Contributions {
  readonly snapshotLocked: boolean;
  readonly snapshot: { readonly metricValue: string; readonly status: string } | null;
  readonly restated: { readonly metricValue: string; readonly status: string } | null;
  readonly members: readonly {
    readonly agentId: string;
    readonly snapshot: string | null;
    readonly restated: string | null;
  }[];
}
