/**
 * What stands before a reset is made: the season that follows one that has ended, though nobody has
 * written it yet, and which season an agent is still waiting to be reset in. Decides by the same
 * copy that the reset will make. Refuses to foresee anything for seasons that were written when they
 * had ended: they are history, and nobody resets them.
 */
import { withCopies } from '../../calendar/succession';
import { isFor, type LiveSeason, liveSeasons, type SeasonVersion, successorOf } from '../season';
import { seasonOfTrack, type Track } from './standing';

/** The seasons in force, and after those that ended without a successor the copies to come. */
export const seasonsForeseen = (versions: readonly SeasonVersion[], now: number): LiveSeason[] =>
  liveSeasons(withCopies(versions, now, 0), now);

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
