/**
 * What cron does for goals: each looks through what the log has gained and does what is due. Asks
 * what is due and not done; firing twice, at once or late locks every period once. One goal that
 * fails stops no other.
 */
import { readOrganisation } from '../access/store';
import type { HealthCheck } from '../http/health';
import { type GoalsEnv, pokeGoal } from './client';
import { lockIdOf } from './lock';
import { periodAt } from './period';
import { pokePlatformGoals } from './platform/client';
import { latestGoals, readGoals, readLocked } from './store';
import { showRewards } from './surfaces/client';
import { bornAt } from './tracking/definition';

const AT_ONCE = 10;
/** A boundary that passed this long ago has had its alarm and at least one firing. */
const LATE_MS = 2 * 3_600_000;

async function countedGoals(env: GoalsEnv): Promise<string[]> {
  return latestGoals(await readGoals(env.DB))
    .filter(({ content }) => content.evaluatedBy === 'GUERDON')
    .map(({ name }) => name);
}

/** Every five minutes the log is taken in, and every hour as well what is due is done: both are one. */
async function pokeGoals(env: GoalsEnv, now: number): Promise<void> {
  const ids = await countedGoals(env);
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => pokeGoal(env, id, now)));
  }
}

export const goalJobs = {
  catchUp: [
    { name: 'goal-catch-up', run: pokeGoals },
    { name: 'platform-goal-catch-up', run: pokePlatformGoals },
  ],
  close: [
    { name: 'goal-close', run: pokeGoals },
    { name: 'rewards-shown', run: showRewards },
  ],
};

/** Goals whose last period ended two hours ago and more and is not locked. */
export const goalsHealth: HealthCheck<GoalsEnv> = {
  name: 'goals',
  async check(env, now) {
    const [versions, calendar] = await Promise.all([readGoals(env.DB), readOrganisation(env.DB)]);
    const asked = [...Map.groupBy(versions, ({ name }) => name)].flatMap(([goalId, own]) => {
      const latest = own.at(-1)?.content;
      if (latest === undefined || latest.evaluatedBy !== 'GUERDON') return [];
      const present = periodAt(latest.evaluationFrequency, now - LATE_MS, calendar);
      const last = periodAt(latest.evaluationFrequency, present.from - 1, calendar);
      return last.until > bornAt(own) ? [lockIdOf(goalId, last.label)] : [];
    });
    const locked = await readLocked(env.DB, asked);
    const late = asked.filter((id) => !locked.has(id)).length;
    return {
      status: late === 0 ? 'ok' : 'late',
      detail: { periods: asked.length, unlocked: late },
    };
  },
};
