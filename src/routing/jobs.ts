/**
 * What cron does for routing: every night all seats, and the skills that platforms hold, are compared
 * with the books, some at each firing until all have been. Firing twice or missing a firing changes
 * nothing in the end.
 */
import { readAgentPage } from '../agents/store';
import type { HealthCheck } from '../http/health';
import { DAY_MS } from '../kernel/instant';
import { commit } from '../ledger/client';
import { markRow } from '../ledger/config';
import { readLatest } from '../ledger/store';
import { readSeatFacts } from '../seasons/standing/seats/store';
import { readSeasons } from '../seasons/store';
import { readDestinations } from '../seasons/telling/store';
import type { SeatFacts } from '../seasons/tier';
import type { RoutingEnv } from './client';
import { isCompared, NIGHT_KIND, NIGHT_NAME, type NightMark, nextNight, nightOf } from './night';
import type { RoutingPolicy } from './policy/policy';
import { readSetting } from './policy/store';
import { callSeat, eachSeat, tellSeats } from './seats/client';
import { type Aligned, alignSkills, errandsOf } from './skills/client';

export interface Portion {
  /** Agents whose skills are asked for in one firing: platforms are asked some 300 times a minute. */
  readonly agents: number;
  /** Seats that are compared in one firing where no platform is asked. */
  readonly seats: number;
}

const A_FIRING: Portion = { agents: 200, seats: 800 };
/** Nights after which a comparison that has not ended is late: 1e5 agents on platforms take two. */
const LATE_NIGHTS = 2;

/** Hears of tier changes: seats are told; platforms are told by seasons. Never throws. */
export const hearTierChanges = (
  env: RoutingEnv,
  changes: readonly SeatFacts[],
  now: number,
): Promise<void> => tellSeats(env, changes, now);

/**
 * Every five minutes goes on with the night's comparison, until all agents have been looked at; over
 * several nights where they are many.
 */
export async function compareNightly(
  env: RoutingEnv,
  now: number,
  portion: Portion = A_FIRING,
): Promise<void> {
  const before = await readLatest<NightMark>(env.DB, NIGHT_KIND, NIGHT_NAME);
  const night = nightOf(now);
  if (isCompared(before?.content ?? null, night)) return;
  // Nothing was ever compared, and there is nobody to compare: the rest need not be read.
  if (before === null && (await readAgentPage(env.DB, null, 1)).length === 0) return;
  const start = nextNight(before?.content ?? null, night);
  const setting = await readSetting(env.DB, now);
  const some = (await asksPlatforms(env.DB, setting.policy, now)) ? portion.agents : portion.seats;
  const page = await readAgentPage(env.DB, start.after, some);
  const agentKeys = page.flatMap(({ name, content }) => (content === null ? [] : [name]));
  const facts = [...(await readSeatFacts(env.DB, agentKeys, now)).values()];
  const seats = await compareSeats(env, facts, now);
  const errands = await errandsOf(env.DB, facts, now);
  const skills = await alignSkills(env, errands, { table: setting.table, night: start.night }, now);
  const after = page.length < some ? null : (page.at(-1)?.name ?? null);
  const mark = withCounts(start, { after, compared: facts.length, seats, skills });
  const { verdict } = await commit(
    env,
    { rows: [markRow(NIGHT_NAME, before, mark, now, NIGHT_KIND)] },
    now,
  );
  if (verdict !== 'committed' && verdict !== 'conflict') {
    throw new Error(`the journal answered ${verdict}`);
  }
}

/** Whether any platform is given skills. */
async function asksPlatforms(
  db: D1Database,
  { skills }: RoutingPolicy,
  now: number,
): Promise<boolean> {
  if (skills.length > 0) return true;
  const seasons = await readSeasons(db, now);
  const ids = [...new Set(seasons.flatMap(({ destinations }) => destinations))];
  return (await readDestinations(db, ids)).some((one) => one.skills !== null);
}

async function compareSeats(
  env: RoutingEnv,
  facts: readonly SeatFacts[],
  now: number,
): Promise<{ readonly mended: number; readonly failed: number }> {
  let mended = 0;
  const failed = await eachSeat(facts, async (one) => {
    const found = await callSeat(env, one.agentKey, (seat) => seat.compare(one, now));
    if (found === 'mended') mended += 1;
  });
  return { mended, failed };
}

const withCounts = (
  start: NightMark,
  page: {
    readonly after: string | null;
    readonly compared: number;
    readonly seats: { readonly mended: number; readonly failed: number };
    readonly skills: Aligned;
  },
): NightMark => ({
  night: start.night,
  after: page.after,
  compared: start.compared + page.compared,
  mended: start.mended + page.seats.mended,
  failed: start.failed + page.seats.failed,
  skillsMended: start.skillsMended + page.skills.differed,
  skillsUnknown: start.skillsUnknown + page.skills.unknown,
  silent: start.silent || page.skills.silent,
});

/** Every five minutes. */
export const routingJobs = [{ name: 'routing-comparison', run: compareNightly }] as const;

/** Late: the comparison that is under way, or was last, began more than two nights ago. */
export const routingHealth: HealthCheck<RoutingEnv> = {
  name: 'routing',
  async check({ DB }, now) {
    const mark = await readLatest<NightMark>(DB, NIGHT_KIND, NIGHT_NAME);
    if (mark === null) return { status: 'ok', detail: { night: null } };
    const late = nightOf(now - LATE_NIGHTS * DAY_MS) > mark.content.night;
    const { after, ...counts } = mark.content;
    return { status: late ? 'late' : 'ok', detail: { ...counts, ended: after === null } };
  },
};
