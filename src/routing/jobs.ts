/**
 * What cron does for routing: skills follow tier changes along the seals, and every night all seats
 * and platforms are compared with the books, some at each firing until all have been. Firing twice
 * or missing a firing changes nothing in the end. Refuses to pass a change whose platform is silent.
 */
import { readAgentPage } from '../agents/store';
import type { HealthCheck } from '../http/health';
import { DAY_MS } from '../kernel/instant';
import { commit } from '../ledger/client';
import { readHead } from '../ledger/seals/store';
import { readLatest } from '../ledger/store';
import { readSealedIds } from '../points/sweep/store';
import { isWorthMoving, MARK_KIND, type Mark, markRow } from '../points/sweep/sweep';
import { log, messageOf } from '../runtime/log';
import { readSeatFacts } from '../seasons/standing/store';
import type { SeatFacts } from '../seasons/tier';
import type { RoutingEnv } from './client';
import { NIGHT_KIND, NIGHT_NAME, type NightMark, nextNight, nightOf, nightRow } from './night';
import { readSetting } from './policy/store';
import { callSeat, eachSeat, tellSeats } from './seats/client';
import { type Aligned, alignSkills, changeCause } from './skills/client';

const SKILLS_MARK = 'routing-skills';
/** Agents whose skills are asked for in one firing: platforms are asked some 300 times a minute. */
const AGENTS_A_FIRING = 200;
/** Seats that are compared in one firing where no platform is asked. */
const SEATS_A_FIRING = 800;
/** Tier changes whose skills are brought in line at once; the rest follows within five minutes. */
const AT_ONCE = 20;
/** Nights after which a comparison that has not ended is late. */
const LATE_NIGHTS = 2;

/** Hears of tier changes: seats are told, and the skills of a few agents follow at once. Never throws. */
export async function hearTierChanges(
  env: RoutingEnv,
  changes: readonly SeatFacts[],
  now: number,
): Promise<void> {
  await tellSeats(env, changes, now);
  if (changes.length > AT_ONCE) return;
  try {
    const looks = changes.map((facts) => ({ facts, cause: changeCause(facts) }));
    await alignSkills(env, looks, await readSetting(env.DB, now), now);
  } catch (thrown) {
    log('warn', 'routing.skills-left-to-cron', { message: messageOf(thrown) });
  }
}

/** Every five minutes: skills of agents whose tier has changed since the last firing. */
export async function followSkills(env: RoutingEnv, now: number): Promise<void> {
  const setting = await readSetting(env.DB, now);
  if (setting.policy.skills.length === 0) return;
  const before = await readLatest<Mark>(env.DB, MARK_KIND, SKILLS_MARK);
  const from = before?.content.seal ?? (await readHead(env.DB)).number;
  const { ids, reached } = await readSealedIds(env.DB, 'tier_changes', from, now);
  // A seal goes whole; the rest of a long page waits for the next firing.
  const last = ids[AGENTS_A_FIRING - 1]?.seal ?? reached;
  const here = ids.filter(({ seal }) => seal <= last);
  const agentKeys = [...new Set(here.map(({ id }) => id.split('.')[0] ?? ''))];
  const facts = await readSeatFacts(env.DB, agentKeys, now);
  const looks = [...facts.values()].map((one) => ({ facts: one, cause: changeCause(one) }));
  const { silent } = await alignSkills(env, looks, setting, now);
  const to = here.length < ids.length ? last : reached;
  if (silent || (before !== null && !isWorthMoving(from, to, here))) return;
  await commit(env, { rows: [markRow(SKILLS_MARK, before, { seal: to }, now)] }, now);
}

/** Every five minutes goes on with the night's comparison, until all agents have been looked at. */
export async function compareNightly(env: RoutingEnv, now: number): Promise<void> {
  const before = await readLatest<NightMark>(env.DB, NIGHT_KIND, NIGHT_NAME);
  const night = nightOf(now);
  if (before?.content.night === night && before.content.after === null) return;
  const start = nextNight(before?.content ?? null, night);
  const setting = await readSetting(env.DB, now);
  const some = setting.policy.skills.length > 0 ? AGENTS_A_FIRING : SEATS_A_FIRING;
  const page = await readAgentPage(env.DB, start.after, some);
  if (page.length === 0 && before === null) return;
  const agentKeys = page.flatMap(({ name, content }) => (content === null ? [] : [name]));
  const facts = [...(await readSeatFacts(env.DB, agentKeys, now)).values()];
  const seats = await compareSeats(env, facts, now);
  const looks = facts.map((one) => ({ facts: one, cause: `${one.agentKey}.night.${night}` }));
  const skills = await alignSkills(env, looks, setting, now);
  const after = page.length < some ? null : (page.at(-1)?.name ?? null);
  const mark = withCounts(start, { after, compared: facts.length, seats, skills });
  const { verdict } = await commit(env, { rows: [nightRow(before, mark, now)] }, now);
  if (verdict !== 'committed' && verdict !== 'conflict') {
    throw new Error(`the journal answered ${verdict}`);
  }
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
export const routingJobs = [
  { name: 'routing-skills', run: followSkills },
  { name: 'routing-comparison', run: compareNightly },
] as const;

/** Late: no comparison has ended for two nights. */
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
