/**
 * What cron does for resets: asks for those that are due, makes successors that nobody has written,
 * asks for ends of grace, and pokes what is under way. Asks what is due and not done, so firing
 * twice or late changes nothing in the end. One season that fails stops no other.
 */

import { AHEAD_MS } from '../../calendar/succession';
import type { HealthCheck } from '../../http/health';
import { DAY_MS } from '../../kernel/instant';
import { log, messageOf } from '../../runtime/log';
import { callSeason, type SeasonsEnv } from '../client';
import { graceEnd, type LiveSeason, liveSeasons, successorOf } from '../season';
import { readSeasons, readSeasonVersions } from '../store';
import { ensureSuccessor } from './ends/client';
import { readWaits } from './going/client';
import { readGraceLeft } from './grace/store';
import { tellWaits } from './passing/waits/client';
import { runName } from './run';
import type { StoredRun } from './store';
import { readAllRuns } from './store';
import { cronKey, triggerReset } from './trigger/client';

/** A run that is older than this and not over is told by health. */
const LATE_MS = 3 * DAY_MS;

/** Every five minutes: what is due, and what is under way. */
export async function driveSeasons(env: SeasonsEnv, now: number): Promise<void> {
  const versions = await readSeasonVersions(env.DB);
  const seasons = liveSeasons(versions, now);
  if (seasons.length === 0) return;
  const runs = await readAllRuns(env.DB);
  for (const season of seasons) {
    try {
      const own = runs.filter((run) => run.season === season.id);
      const written = versions.find(({ name }) => name === season.id)?.writtenAt ?? 0;
      await drive(env, { season, seasons, runs: own, written }, now);
    } catch (thrown) {
      log('warn', 'season.not-driven', { season: season.id, message: messageOf(thrown) });
    }
  }
  const live = new Set(seasons.map(({ id }) => id));
  await tellAllWaits(
    env,
    runs.filter(({ season, endedAt }) => endedAt === null && live.has(season)),
    now,
  );
}

/** After every season was driven: a run whose waits cannot be told keeps no season from its reset. */
async function tellAllWaits(
  env: SeasonsEnv,
  open: readonly StoredRun[],
  now: number,
): Promise<void> {
  for (const run of open) {
    try {
      await tellWaits(env, run, now);
    } catch (thrown) {
      log('warn', 'season.waits-untold', { run: runName(run), message: messageOf(thrown) });
    }
  }
}

interface Driven {
  readonly season: LiveSeason;
  readonly seasons: readonly LiveSeason[];
  readonly runs: readonly StoredRun[];
  /** When its first version was written: a season of the past has nothing to be reset. */
  readonly written: number;
}

async function drive(env: SeasonsEnv, driven: Driven, now: number): Promise<void> {
  const { season, seasons, runs, written } = driven;
  const { until } = season.span;
  if (written >= until) return;
  if (now >= until - AHEAD_MS && successorOf(season, seasons) === null) {
    await ensureSuccessor(env, season, seasons, now);
  }
  const key = cronKey(season);
  const isAsked = runs.some((run) => run.wave === 'RESET' && run.groups.length === 0);
  if (now >= until && !isAsked) {
    await triggerReset(env, season, { key, by: 'cron', groups: [] }, now);
  }
  const open = runs.filter(({ endedAt }) => endedAt === null);
  if (open.length > 0) {
    await callSeason(env, season.id, (object) => object.resume(season.id, now));
  } else if (now >= until && !isAsked) {
    await callSeason(env, season.id, (object) => object.poke(now));
  }
}

/** Every hour: graces that are over and have no run yet, the usual end and those of who was away. */
export async function endGraces(env: SeasonsEnv, now: number): Promise<void> {
  const seasons = await readSeasons(env.DB, now);
  if (seasons.length === 0) return;
  const runs = await readAllRuns(env.DB);
  for (const season of seasons) {
    // As long as the season runs: who was away has a later end. After it the reset says what holds.
    if (now < graceEnd(season) || now >= season.span.until) continue;
    try {
      const ended = runs.filter((run) => run.season === season.id && run.wave === 'GRACE');
      const last = Math.max(0, ...ended.map(({ instant }) => instant));
      const instant = await readGraceLeft(env.DB, seasons, season.id, { after: last, upTo: now });
      if (instant === null) continue;
      const ask = {
        season: season.id,
        wave: 'GRACE' as const,
        key: `grace:${season.id}:${instant}`,
        by: 'cron',
        groups: [],
        instant,
      };
      await callSeason(env, season.id, (object) => object.trigger(ask, [], now));
      await callSeason(env, season.id, (object) => object.resume(season.id, now));
    } catch (thrown) {
      log('warn', 'season.grace-not-ended', { season: season.id, message: messageOf(thrown) });
    }
  }
}

/** Runs that have been under way for days, and what those under way wait for. */
export const resetHealth: HealthCheck<SeasonsEnv> = {
  name: 'season-runs',
  async check(env, now) {
    const open = (await readAllRuns(env.DB)).filter(({ endedAt }) => endedAt === null);
    const late = open.filter(({ instant }) => instant + LATE_MS < now);
    const named = (runs: readonly StoredRun[]) =>
      runs.map(({ season, wave }) => `${season} ${wave}`);
    const waits: { readonly reason: string; readonly line: string }[] = [];
    for (const run of open) {
      for (const { destination, reason } of await readWaits(env, run, now)) {
        waits.push({ reason, line: `${run.season} ${run.wave} ${destination}` });
      }
    }
    const off = waits.filter(({ reason }) => reason === 'SWITCHED_OFF');
    return {
      status: late.length === 0 ? 'ok' : 'stuck',
      detail: {
        running: named(open),
        late: named(late),
        switchedOff: off.map(({ line }) => line).toSorted(),
        waits: waits.map(({ line, reason }) => `${line} ${reason}`).toSorted(),
      },
    };
  },
};
