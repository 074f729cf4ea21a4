/**
 * How others reach goals that a platform evaluates. `takeStatusChange` is what intake offers each
 * logged status change to; `lookAtReward` has a period looked at, whoever evaluates its goal.
 * Refuses changes of goals nobody wrote, of goals that count here, of other teams and of periods of
 * another cadence, each with a reason.
 */
import { callObject, type Objects } from '../../durable/client';
import type { KeptEvent } from '../../events/event';
import { log, messageOf } from '../../runtime/log';
import { closeGoalPeriod, type GoalsEnv } from '../client';
import { latestGoals, readGoals } from '../store';
import { changeOf } from './change';
import type { PlatformGoalObject } from './object';
import { readGoalVersions } from './store';

export type PlatformMethods = Pick<PlatformGoalObject, 'tell' | 'look' | 'poke'>;

export interface PlatformGoalsEnv extends GoalsEnv {
  readonly PLATFORM_GOALS: Objects<PlatformMethods>;
}

/** What became of a status change; `first`: the sender's id of the achievement that stands. */
export interface ChangeTaken {
  readonly verdict: 'accepted' | 'duplicate' | 'quarantined';
  readonly first?: string;
  readonly reason?: string;
}

const call = <T>(
  env: PlatformGoalsEnv,
  goalId: string,
  ask: (goal: PlatformMethods) => Promise<T>,
): Promise<T> => callObject(() => env.PLATFORM_GOALS.getByName(goalId), ask);

const refused = (reason: string): ChangeTaken => ({ verdict: 'quarantined', reason });

/** Throws while it cannot be asked: the sender comes again, and the same is answered. */
export async function takeStatusChange(
  env: PlatformGoalsEnv,
  kept: KeptEvent,
  now: number,
): Promise<ChangeTaken> {
  const change = changeOf(kept);
  const goal = (await readGoalVersions(env.DB, change.goalId)).at(-1)?.content;
  if (goal === undefined) return refused('UNKNOWN_GOAL');
  if (goal.evaluatedBy !== 'PLATFORM') return refused('EVALUATED_HERE');
  if (change.teamId !== null && change.teamId !== goal.teamId) return refused('OTHER_TEAM');
  const answer = await call(env, change.goalId, (object) => object.tell(change, now));
  if (answer === null) return refused('UNKNOWN_PERIOD');
  switch (answer.transition) {
    case 'ILLEGAL':
      return refused('ILLEGAL_TRANSITION');
    case 'AGAIN':
      return { verdict: 'duplicate', ...(answer.first !== null && { first: answer.first }) };
    case 'TAKEN':
      return { verdict: 'accepted' };
  }
}

/** Has the goal go on with a period: a person has decided, or cron found it waiting. */
export async function lookAtReward(
  env: PlatformGoalsEnv,
  goalId: string,
  period: string,
  now: number,
): Promise<void> {
  const goal = (await readGoalVersions(env.DB, goalId)).at(-1)?.content;
  if (goal?.evaluatedBy === 'PLATFORM') await call(env, goalId, (one) => one.look(period, now));
  else await closeGoalPeriod(env, goalId, period, now);
}

/** Has a goal do what is due. Never throws. */
async function pokePlatformGoal(env: PlatformGoalsEnv, goalId: string, now: number): Promise<void> {
  try {
    await call(env, goalId, (goal) => goal.poke(now));
  } catch (thrown) {
    log('warn', 'platform-goal.poke-failed', { goal: goalId, message: messageOf(thrown) });
  }
}

const AT_ONCE = 10;

/** Every five minutes: asks that an alarm missed are made, and what is due is settled. */
export async function pokePlatformGoals(env: PlatformGoalsEnv, now: number): Promise<void> {
  const ids = latestGoals(await readGoals(env.DB))
    .filter(({ content }) => content.evaluatedBy === 'PLATFORM')
    .map(({ name }) => name);
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => pokePlatformGoal(env, id, now)));
  }
}
