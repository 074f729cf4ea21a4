/**
 * Seasons into which a reset is still to bring agents, or is bringing them. Decides it from the runs
 * in the books: what opens a season comes before anything else is told of it. Refuses to wait for
 * seasons that had ended when they were written: nobody resets them.
 */
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

/** Ids of seasons that are being opened, or are still to be. `seasons`: copies to come included. */
export function unsettledSeasons(
  seasons: readonly LiveSeason[],
  versions: readonly SeasonVersion[],
  runs: readonly Stored[],
  now: number,
): Set<string> {
  const open = runs.filter(({ endedAt }) => endedAt === null).map(({ next }) => next);
  const due = seasons
    .filter((one) => one.span.until <= now && !isHistory(versions, one) && !isReset(one, runs))
    .flatMap((one) => successorOf(one, seasons)?.id ?? []);
  return new Set([...open, ...due]);
}
