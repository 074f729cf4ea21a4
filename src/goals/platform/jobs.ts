/**
 * What cron does for goals that a platform evaluates: each does what is due. Firing twice, at once
 * or late changes nothing in the end. One goal that fails stops no other.
 */
import { latestGoals, readGoals } from '../store';
import { type PlatformGoalsEnv, pokePlatformGoal } from './client';

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
