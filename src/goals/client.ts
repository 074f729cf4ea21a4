/**
 * How others reach the objects of goals. Metric events that the log holds are offered in parallel
 * to every goal they feed; one that does not answer loses nothing, it finds them in the log. Which
 * goals those are is remembered per isolate, never while a sandbox clock is set.
 */
import { readOrganisation } from '../access/store';
import { resolveAgentKeys } from '../agents/store';
import type { DeliveryEnv } from '../delivery/client';
import { StaleCache } from '../durable/cache';
import { callObject, type Objects } from '../durable/client';
import { sandboxOf } from '../durable/sandbox';
import type { KeptEvent } from '../events/event';
import { log, messageOf } from '../runtime/log';
import type { GoalObject } from './object';
import { readGoals } from './store';
import { readTeams, withMembers } from './teams/store';
import { factOf } from './tracking/fact';
import type { Closing, Reading } from './tracking/reading';
import { fedBy, type Route, routesOf } from './tracking/routing';
import { type Whereabouts, whereaboutsOf } from './tracking/whereabouts';

export type GoalMethods = Pick<GoalObject, 'offer' | 'read' | 'close' | 'poke'>;

export interface GoalsEnv extends DeliveryEnv {
  readonly GOALS: Objects<GoalMethods>;
}

const routes = new StaleCache<'all', readonly Route[]>();

/** A goal or a team was written here; other isolates know within half a minute. */
export const forgetRoutes = (): void => routes.forget();

async function knownRoutes(env: GoalsEnv, now: number): Promise<readonly Route[]> {
  const read = async (): Promise<readonly Route[]> => {
    const [goals, teams] = await Promise.all([readGoals(env.DB), readTeams(env.DB)]);
    return routesOf(goals, await withMembers(env, teams));
  };
  return sandboxOf(env) === null ? routes.get('all', now, read) : read();
}

/** A metric event of the log, and whose it is. */
export interface MetricEvent {
  readonly kept: KeptEvent;
  readonly agentKey: string;
}

/**
 * Offers events to every goal they feed. Never throws; answers the goals that did not take them,
 * which catch up from the log when they are next poked.
 */
export async function offerToGoals(
  env: GoalsEnv,
  events: readonly MetricEvent[],
  now: number,
): Promise<string[]> {
  try {
    const facts = events.map(({ kept, agentKey }) => factOf(kept, agentKey));
    const fed = [...fedBy(await knownRoutes(env, now), facts)];
    const behind = await Promise.all(
      fed.map(async ([goalId, own]) => {
        try {
          await callGoal(env, goalId, (goal) => goal.offer(own, now));
          return [];
        } catch (thrown) {
          log('warn', 'goal.behind', { goal: goalId, message: messageOf(thrown) });
          return [goalId];
        }
      }),
    );
    return behind.flat();
  } catch (thrown) {
    log('warn', 'goals.unknown', { message: messageOf(thrown) });
    return [];
  }
}

/** Says where a metric event of the log counts, goal by goal; none: no goal asks for its metric. */
export const metricTeller = async (
  env: GoalsEnv,
  kept: KeptEvent,
): Promise<{ readonly counts: readonly Whereabouts[] }> => ({
  counts: await whereCounted(env, kept),
});

async function whereCounted(env: GoalsEnv, kept: KeptEvent): Promise<Whereabouts[]> {
  const { event } = kept;
  const named = { platform: event.platform, id: String(event.data.agentId) };
  const [goals, teams, calendar, keys] = await Promise.all([
    readGoals(env.DB),
    readTeams(env.DB),
    readOrganisation(env.DB),
    resolveAgentKeys(env, [named]),
  ]);
  const found = await withMembers(env, teams);
  const fact = factOf(kept, keys[0] ?? '');
  return [...Map.groupBy(goals, ({ name }) => name)].flatMap(
    ([goalId, goal]) => whereaboutsOf({ goal, teams: found, calendar }, goalId, fact) ?? [],
  );
}

const callGoal = <T>(
  env: GoalsEnv,
  goalId: string,
  call: (goal: GoalMethods) => Promise<T>,
): Promise<T> => callObject(() => env.GOALS.getByName(goalId), call);

/** What a period comes to, locked and as of now; null where nothing is counted. */
export const readGoalPeriod = (
  env: GoalsEnv,
  goalId: string,
  label: string,
  now: number,
): Promise<Reading | null> => callGoal(env, goalId, (goal) => goal.read(label, now));

/** Locks a period that has ended. */
export const closeGoalPeriod = (
  env: GoalsEnv,
  goalId: string,
  label: string,
  now: number,
): Promise<Closing> => callGoal(env, goalId, (goal) => goal.close(label, now));

/** Has a goal look what is due, catch up with the log and arm its alarm. Never throws. */
export async function pokeGoal(env: GoalsEnv, goalId: string, now: number): Promise<void> {
  try {
    await callGoal(env, goalId, (goal) => goal.poke(now));
  } catch (thrown) {
    log('warn', 'goal.poke-failed', { goal: goalId, message: messageOf(thrown) });
  }
}
