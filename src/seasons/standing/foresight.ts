/**
 * What stands before a reset is made: the season that follows one that has ended, though nobody has
 * written it yet, and which season an agent is still waiting to be reset in. Decides by the same
 * copy that the reset will make. Refuses to foresee anything for seasons that were written when they
 * had ended: they are history, and nobody resets them.
 */
import {
  copiedSeason,
  isFor,
  type LiveSeason,
  liveSeasons,
  type SeasonVersion,
  successorOf,
} from '../season';
import { seasonOfTrack, type Track } from './standing';

const byStart = (a: LiveSeason, b: LiveSeason): number =>
  a.span.from - b.span.from || (a.id < b.id ? -1 : 1);

/** True of a season that had ended when it was first written: nobody resets it. */
export const isHistory = (
  versions: readonly SeasonVersion[],
  { id, span }: Pick<LiveSeason, 'id' | 'span'>,
): boolean => (versions.find(({ name }) => name === id)?.writtenAt ?? 0) >= span.until;

/** The seasons in force, and after one that ended without a successor the copy to come. */
export function seasonsForeseen(versions: readonly SeasonVersion[], now: number): LiveSeason[] {
  const seasons = liveSeasons(versions, now);
  const copies = seasons
    .filter((one) => now >= one.span.until && successorOf(one, seasons) === null)
    .filter((one) => !isHistory(versions, one))
    .map(copiedSeason);
  return [...seasons, ...copies].toSorted(byStart);
}

/**
 * The season that has ended and that an agent was in; null where none waits for a reset. One of whom
 * the books hold no tier yet was in it where they have points of it, which the caller must look at.
 */
export function endedFor(
  track: Track,
  seasons: readonly LiveSeason[],
  now: number,
): LiveSeason | null {
  const own = seasonOfTrack(track, seasons, now);
  if (own !== null && now >= own.span.until) return own;
  if (track.changes.length > 0 || track.archived.length > 0) return null;
  const before = seasons.findLast(
    (one) => now >= one.span.until && isFor(one, track.groups) && one.id !== own?.id,
  );
  if (before === undefined || successorOf(before, seasons)?.id !== own?.id) return null;
  return before;
}
