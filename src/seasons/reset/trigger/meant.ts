/**
 * Which seasons a trigger means, by the groups it names and its time. Decides of each group the season
 * that had ended then. Refuses to take a season of other groups for the one that is meant.
 */
import { isFor, type LiveSeason } from '../../season';

/** The season that had ended at an instant: the last one. */
export const endedAt = (seasons: readonly LiveSeason[], instant: number): LiveSeason | null =>
  seasons
    .filter(({ span }) => span.until <= instant)
    .toSorted((a, b) => a.span.until - b.span.until || (a.id < b.id ? -1 : 1))
    .at(-1) ?? null;

/** A season that a trigger means, and the groups it names of it. */
export interface Meant {
  readonly season: LiveSeason;
  readonly groups: readonly string[];
}

/**
 * The seasons that a trigger means. Seasons of other groups may have ended at any time, so the last one
 * is looked for of each group; a group of the directory that no season is for narrows all of them, as
 * it narrows the last one of all where no group is a season's. Without groups: whatever ended last.
 */
export function meantBy(
  seasons: readonly LiveSeason[],
  instant: number,
  groups: readonly string[],
): Meant[] {
  const last = endedAt(seasons, instant);
  if (last === null) return [];
  if (groups.length === 0) {
    const ended = seasons.filter(({ span }) => span.until === last.span.until);
    return ended.map((season) => ({ season, groups }));
  }
  const found = new Map<LiveSeason, string[]>();
  const others: string[] = [];
  for (const group of groups) {
    const own = seasons.filter((season) => isFor(season, [group]));
    const season = endedAt(own, instant);
    if (season !== null) found.set(season, [...(found.get(season) ?? []), group]);
    else if (own.length === 0) others.push(group);
  }
  if (found.size === 0 && others.length > 0) return [{ season: last, groups: others }];
  return [...found].map(([season, own]) => ({ season, groups: [...own, ...others] }));
}
