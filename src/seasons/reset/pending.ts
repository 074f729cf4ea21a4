/**
 * Seasons into which a reset is still to bring agents, or is bringing them. Decides it from the runs
 * in the books: what opens a season comes before anything else is told of it. Refuses to wait for
 * seasons that had ended when they were written: nobody resets them.
 */
import { holds } from '../../calendar/season';
import { isHistory } from '../../calendar/succession';
import { type LiveSeason, type SeasonVersion, successorOf } from '../season';
import { coveredBy, type RunStart } from './run';

type Stored = RunStart & { readonly endedAt: number | null };

/** True where everybody a season is for was reset, and that is over. */
export function isReset(season: LiveSeason, runs: readonly Stored[]): boolean {
  const over = runs.filter((run) => run.season === season.id && run.endedAt !== null);
  const { until } = season.span;
  const everybody = {
    season: season.id,
    wave: 'RESET' as const,
    key: '',
    by: '',
    groups: [],
    instant: until,
  };
  const past = { past: over, saga: null, asked: [] };
  return coveredBy(past, everybody, season.target_groups) !== null;
}

/** Seasons that have ended and whose agents are not all reset. */
const dueOf = (
  seasons: readonly LiveSeason[],
  versions: readonly SeasonVersion[],
  runs: readonly Stored[],
  now: number,
): LiveSeason[] =>
  seasons.filter(
    (one) => one.span.until <= now && !isHistory(versions, one) && !isReset(one, runs),
  );

/**
 * Seasons that run, those with a run that is not over, and those that have ended and wait for one:
 * whatever may hold a reset back concerns each of them, however many end on one day.
 */
export function activeSeasons(
  seasons: readonly LiveSeason[],
  versions: readonly SeasonVersion[],
  runs: readonly Stored[],
  now: number,
): LiveSeason[] {
  const open = new Set(runs.filter(({ endedAt }) => endedAt === null).map(({ season }) => season));
  const due = new Set(dueOf(seasons, versions, runs, now).map(({ id }) => id));
  return seasons.filter((one) => holds(one.span, now) || open.has(one.id) || due.has(one.id));
}

/** Ids of seasons that are being opened, or are still to be. `seasons`: copies to come included. */
export function unsettledSeasons(
  seasons: readonly LiveSeason[],
  versions: readonly SeasonVersion[],
  runs: readonly Stored[],
  now: number,
): Set<string> {
  const open = runs.filter(({ endedAt }) => endedAt === null).map(({ next }) => next);
  const due = dueOf(seasons, versions, runs, now).flatMap(
    (one) => successorOf(one, seasons)?.id ?? [],
  );
  return new Set([...open, ...due]);
}
