/**
 * What cron does for coaching sessions: pokes those whose events have waited too long for an
 * outcome, and those that may forget themselves. Asks what is due and not done; firing twice or
 * missing a firing changes nothing in the end result.
 */
import type { HealthCheck } from '../../http/health';
import { DAY_MS } from '../../kernel/instant';
import { commit } from '../../ledger/client';
import { MARK_KIND, markRow } from '../../ledger/config';
import { SET_BACK_MS } from '../../ledger/seals/seal';
import { readLatest } from '../../ledger/store';
import { log, messageOf } from '../../runtime/log';
import { type PointsEnv, pokeSession } from '../coaching/client';
import { FORGET_AFTER_DAYS } from '../coaching/state';
import { readSwept, readUnsettled } from './store';
import {
  isWorthMoving,
  type LateSession,
  type Mark,
  planForgetting,
  planPokes,
  type SweepPlan,
  type SweptEvent,
  sameLate,
  type Walked,
} from './sweep';

const LATE = 'coaching-late';
/** An event without an outcome is late after this and the longest lock window. */
const LATE_AFTER_MS = 10 * 60_000;
const LONGEST_LOCK_MS = 3_600_000;
const POKES_AT_ONCE = 20;
/** Pages of 500 seals that one firing looks at. */
const MAX_PAGES = 20;

/** True for what no lock window can hold back any more, by a clock that was not set back since. */
const isLateAt =
  (now: number) =>
  (receivedAt: number): boolean =>
    receivedAt <= now - LATE_AFTER_MS - LONGEST_LOCK_MS || receivedAt > now + SET_BACK_MS;

/** Every five minutes: the net under the alarms (design section 2, rule 6). */
export async function sweepCoachingSessions(env: PointsEnv, now: number): Promise<void> {
  await sweep(env, now, { name: LATE, until: now - LATE_AFTER_MS }, (walked, late) =>
    planPokes(walked, late, isLateAt(now)),
  );
  const until = now - FORGET_AFTER_DAYS * DAY_MS;
  await sweep(env, now, { name: 'coaching-quiet', until }, planForgetting);
}

type Plan = (walked: Walked, late: readonly LateSession[]) => SweepPlan;

async function sweep(
  env: PointsEnv,
  now: number,
  { name, until }: { readonly name: string; readonly until: number },
  plan: Plan,
): Promise<void> {
  const before = await readLatest<Mark>(env.DB, MARK_KIND, name);
  const { seal: mark, late: remembered = [] } = before?.content ?? { seal: 0 };
  const walked = await readAllSwept(env, mark, { until, now });
  const planned = plan(walked, await readUnsettled(env.DB, remembered));
  for (let from = 0; from < planned.sessions.length; from += POKES_AT_ONCE) {
    const some = planned.sessions.slice(from, from + POKES_AT_ONCE);
    await Promise.all(some.map((session) => poke(env, session, now)));
  }
  const isSame = sameLate(planned.late, remembered);
  if (isSame && !isWorthMoving(mark, planned.mark, walked.events)) return;
  const content = { seal: planned.mark, ...(planned.late.length > 0 && { late: planned.late }) };
  await commit(env, { rows: [markRow(name, before, content, now)] }, now);
}

/** Page by page to the end or to the bound: what is open at the mark hides nothing close behind. */
async function readAllSwept(
  env: PointsEnv,
  mark: number,
  bounds: { readonly until: number; readonly now: number },
): Promise<Walked> {
  const events: SweptEvent[] = [];
  let reached = mark;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const more = await readSwept(env.DB, reached, bounds);
    if (more.reached === reached) break;
    events.push(...more.events);
    reached = more.reached;
  }
  return { events, mark, reached };
}

/** One coaching session that cannot be reached must not keep the others from being poked. */
async function poke(env: PointsEnv, session: string, now: number): Promise<void> {
  try {
    await pokeSession(env, session, now);
  } catch (thrown) {
    log('warn', 'coaching.poke-failed', { message: messageOf(thrown) });
  }
}

/** Sealed rows that one look for health goes through: who asks needs no key. */
const HEALTH_ROWS = 2000;
/** A net that has not come by for this long stands still. */
const SWEEP_OVERDUE_MS = 20 * 60_000;

/**
 * Coaching sessions whose events have waited longer than they should for an outcome: those that the
 * mark remembers and the first of what follows it. Late as well when the net itself is behind.
 */
export const coachingHealth: HealthCheck<PointsEnv> = {
  name: 'coaching-sessions',
  async check(env, now) {
    const mark = await readLatest<Mark>(env.DB, MARK_KIND, LATE);
    const until = now - LATE_AFTER_MS - LONGEST_LOCK_MS;
    const bounds = { until, now, rows: HEALTH_ROWS };
    const { events, nextAt } = await readSwept(env.DB, mark?.content.seal ?? 0, bounds);
    const remembered = await readUnsettled(env.DB, mark?.content.late ?? []);
    const waiting = new Set(
      [...remembered, ...events.filter(({ settled }) => !settled)].map(({ session }) => session),
    );
    const isBehind = nextAt !== null && nextAt <= until - SWEEP_OVERDUE_MS;
    return {
      status: waiting.size === 0 && !isBehind ? 'ok' : 'late',
      detail: { withoutOutcome: waiting.size, sweepBehind: isBehind },
    };
  },
};
