/**
 * What cron does for coaching sessions: pokes those whose events have waited too long for an
 * outcome, and those that may forget themselves. Asks what is due and not done; firing twice or
 * missing a firing changes nothing in the end result.
 */
import type { HealthCheck } from '../../http/health';
import { DAY_MS } from '../../kernel/instant';
import { commit } from '../../ledger/client';
import { readLatest } from '../../ledger/store';
import { log, messageOf } from '../../runtime/log';
import { type PointsEnv, pokeSession } from '../coaching/client';
import { FORGET_AFTER_DAYS } from '../coaching/state';
import { readSwept } from './store';
import {
  MARK_KIND,
  type Mark,
  markRow,
  planForgetting,
  planPokes,
  type SweepPlan,
  type SweptEvent,
} from './sweep';

/** An event without an outcome is late after this and the longest lock window. */
const LATE_AFTER_MS = 10 * 60_000;
const LONGEST_LOCK_MS = 3_600_000;
const POKES_AT_ONCE = 20;
/** Pages of 500 seals that one firing looks at. */
const MAX_PAGES = 20;

/** Every five minutes: the net under the alarms (design section 2, rule 6). */
export async function sweepCoachingSessions(env: PointsEnv, now: number): Promise<void> {
  await sweep(env, now, 'coaching-late', now - LATE_AFTER_MS, planPokes);
  const quiet = now - FORGET_AFTER_DAYS * DAY_MS;
  await sweep(env, now, 'coaching-quiet', quiet, (events, _, reached) =>
    planForgetting(events, reached),
  );
}

type Plan = (events: readonly SweptEvent[], mark: number, reached: number) => SweepPlan;

async function sweep(
  env: PointsEnv,
  now: number,
  name: string,
  until: number,
  plan: Plan,
): Promise<void> {
  const before = await readLatest<Mark>(env.DB, MARK_KIND, name);
  const mark = before?.content.seal ?? 0;
  const { events, reached } = await readAllSwept(env, mark, until);
  const planned = plan(events, mark, reached);
  for (let from = 0; from < planned.sessions.length; from += POKES_AT_ONCE) {
    const some = planned.sessions.slice(from, from + POKES_AT_ONCE);
    await Promise.all(some.map((session) => poke(env, session, now)));
  }
  if (planned.mark > mark) {
    await commit(env, { rows: [markRow(name, before, planned.mark, now)] }, now);
  }
}

/** Page by page to the end or to the bound: one stuck event at the mark hides no later one. */
async function readAllSwept(
  env: PointsEnv,
  mark: number,
  until: number,
): Promise<{ readonly events: readonly SweptEvent[]; readonly reached: number }> {
  const events: SweptEvent[] = [];
  let reached = mark;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const more = await readSwept(env.DB, reached, until);
    if (more.reached === reached) break;
    events.push(...more.events);
    reached = more.reached;
  }
  return { events, reached };
}

/** One coaching session that cannot be reached must not keep the others from being poked. */
async function poke(env: PointsEnv, session: string, now: number): Promise<void> {
  try {
    await pokeSession(env, session, now);
  } catch (thrown) {
    log('warn', 'coaching.poke-failed', { message: messageOf(thrown) });
  }
}

/** Events that have waited longer than they should for an outcome. */
export const coachingHealth: HealthCheck<PointsEnv> = {
  name: 'coaching-sessions',
  async check(env, now) {
    const mark = await readLatest<Mark>(env.DB, MARK_KIND, 'coaching-late');
    const until = now - LATE_AFTER_MS - LONGEST_LOCK_MS;
    const { events } = await readSwept(env.DB, mark?.content.seal ?? 0, until);
    const late = events.filter((event) => !event.settled).length;
    return { status: late === 0 ? 'ok' : 'late', detail: { eventsWithoutOutcome: late } };
  },
};
