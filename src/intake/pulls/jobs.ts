/**
 * What cron, `/health` and the pins ask of pulls: every source that pulls looks every hour at what
 * came lately, every night at the month that ended and at one of those before it. Asks what is not
 * done, never what time it is; what waits is not doubled.
 */
import { readOrganisation } from '../../access/store';
import type { Person } from '../../agents/privacy/person';
import type { HealthCheck } from '../../http/health';
import { type Period, periodEnd } from '../../kernel/period';
import { localDay } from '../../kernel/zone';
import { log, messageOf } from '../../runtime/log';
import type { Source } from '../sources/source';
import { readSources } from '../sources/store';
import { callPulls, type PullsEnv, requestPulls } from './client';
import { isLookedAt, lastMonthDue, longestUnseen, olderMonths, type Tonight } from './look';
import { latelyOf, type PullKind, type Wish } from './pull';
import { readGap } from './store';

const PAGE = 100;
const MAX_SOURCES = 1000;
const HOUR_MS = 3_600_000;
/** What is under way longer than this is late. */
const LATE_AFTER_MS = 6 * HOUR_MS;
/** A platform that does not answer holds no pin longer than this. */
const PIN_WAIT_MS = 24 * HOUR_MS;
/** No zone is further behind UTC. */
const MOST_BEHIND_MS = 12 * HOUR_MS;

interface Pulling {
  readonly id: string;
  readonly kinds: NonNullable<Source['pull']>['kinds'];
}

async function pullingSources(db: D1Database, most: number): Promise<Pulling[]> {
  const found: Pulling[] = [];
  let after: string | null = null;
  for (let read = PAGE; read === PAGE && found.length < most; ) {
    const page = await readSources(db, after, PAGE);
    for (const { name, content } of page) {
      const kinds = content.enabled ? (content.pull?.kinds ?? []) : [];
      if (kinds.length > 0) found.push({ id: name, kinds });
    }
    after = page.at(-1)?.name ?? null;
    read = page.length;
  }
  return found;
}

/**
 * A month that has its turn tonight. What was paid may be corrected for a year, so that a change whose
 * message was lost is found within a day in the last month, and within eleven in one before it.
 */
async function monthsDue(
  env: PullsEnv,
  source: string,
  kind: PullKind,
  tonight: Tonight,
): Promise<Wish[]> {
  const walked: Wish[] = [];
  for (const month of olderMonths(kind, tonight)) {
    if ((await readGap(env.DB, source, month)) !== null) walked.push(month);
  }
  const due = [lastMonthDue(kind, tonight), longestUnseen(walked, tonight.looks)];
  return due.filter((month) => month !== null);
}

/** Hourly. Pulls are named by the hour, so firing twice asks for the same. I7, P1, P11. */
export async function pullSources(env: PullsEnv, now: number): Promise<void> {
  const { timeZone } = await readOrganisation(env.DB);
  const today = localDay(now, timeZone);
  const asOf = now - (now % HOUR_MS);
  for (const { id, kinds } of await pullingSources(env.DB, MAX_SOURCES)) {
    try {
      const looks = await callPulls(env, id, (pulls) => pulls.looks());
      const wishes: Wish[] = kinds.map((kind) => latelyOf(kind, today));
      for (const kind of kinds) {
        wishes.push(...(await monthsDue(env, id, kind, { today, zone: timeZone, looks })));
      }
      await requestPulls(env, id, wishes, { asOf, now });
    } catch (thrown) {
      log('warn', 'pulls.not-requested', { source: id, message: messageOf(thrown) });
    }
  }
}

/**
 * Whether the results of an ended period are here as far as pulls can tell: every source that pulls
 * them has looked since, or the period ended a day ago. True at once where nothing pulls. P2.
 */
export async function resultsAreIn(env: PullsEnv, period: Period, now: number): Promise<boolean> {
  // Long over wherever the organisation is: nobody need be asked.
  if (now - periodEnd(period, 'Etc/UTC') >= PIN_WAIT_MS + MOST_BEHIND_MS) return true;
  const { timeZone } = await readOrganisation(env.DB);
  const end = periodEnd(period, timeZone);
  if (now - end >= PIN_WAIT_MS) return true;
  for (const { id, kinds } of await pullingSources(env.DB, MAX_SOURCES)) {
    if (!kinds.includes('results')) continue;
    const looks = await callPulls(env, id, (pulls) => pulls.looks());
    if (!isLookedAt(looks, period, end)) return false;
  }
  return true;
}

/** Every five minutes: pulls whose alarm was lost go on. */
export async function sweepPulls(env: PullsEnv, now: number): Promise<void> {
  for (const { id } of await pullingSources(env.DB, MAX_SOURCES)) {
    try {
      const runs = await callPulls(env, id, (pulls) => pulls.status());
      if (runs.length > 0) await callPulls(env, id, (pulls) => pulls.poke(now));
    } catch (thrown) {
      log('warn', 'pulls.sweep-failed', { source: id, message: messageOf(thrown) });
    }
  }
}

/** What compose adds to its triggers. */
export const pullJobs = {
  sweeps: [{ name: 'pull-sweep', run: sweepPulls }],
  hourly: [{ name: 'pulls', run: pullSources }],
} as const;

/** Pulls that name a person who was erased begin anew, without them. */
export async function dropPulled(env: PullsEnv, person: Person, now: number): Promise<void> {
  for (const { id } of await pullingSources(env.DB, MAX_SOURCES)) {
    await callPulls(env, id, (pulls) => pulls.dropNamed(person, now));
  }
}

const MAX_ASKED = 20;

/** `late`: a pull is under way for more than six hours. Asks the first twenty sources that pull. */
export const pullsHealth: HealthCheck<PullsEnv> = {
  name: 'pulls',
  async check(env, now) {
    const sources = (await pullingSources(env.DB, MAX_ASKED)).slice(0, MAX_ASKED);
    const asked = sources.map(({ id }) => callPulls(env, id, (pulls) => pulls.status()));
    const runs = (await Promise.all(asked)).flat();
    const oldest = Math.min(now, ...runs.map(({ asOf }) => asOf));
    return {
      status: now - oldest > LATE_AFTER_MS ? 'late' : 'ok',
      detail: {
        sources: sources.length,
        waiting: runs.length,
        oldestSeconds: Math.floor((now - oldest) / 1000),
      },
    };
  },
};
