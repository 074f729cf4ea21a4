/**
 * What triggers a reset: cron, a person, or the signed event. Decides which season is meant: the one
 * that had ended at the trigger's time. Refuses triggers before any season has ended; a second one
 * for the same agents is a duplicate that names the first.
 */
import type { KeptEvent } from '../../../events/event';
import { printInstant } from '../../../kernel/instant';
import { callSeason, type SeasonsEnv } from '../../client';
import type { LiveSeason } from '../../season';
import { readSeasons } from '../../store';
import type { Triggered } from '../run';

/** The season that had ended at an instant: the last one. */
export const endedAt = (seasons: readonly LiveSeason[], instant: number): LiveSeason | null =>
  seasons
    .filter(({ span }) => span.until <= instant)
    .toSorted((a, b) => a.span.until - b.span.until || (a.id < b.id ? -1 : 1))
    .at(-1) ?? null;

export interface Wanted {
  readonly key: string;
  readonly by: string;
  readonly groups: readonly string[];
}

export const triggerReset = (
  env: SeasonsEnv,
  season: LiveSeason,
  { key, by, groups }: Wanted,
  now: number,
): Promise<Triggered> =>
  callSeason(env, season.id, (object) =>
    object.trigger(
      { season: season.id, wave: 'RESET', key, by, groups, instant: season.span.until },
      season.target_groups,
      now,
    ),
  );

/** What became of a signed trigger. */
export interface Acted {
  readonly verdict: 'accepted' | 'duplicate' | 'quarantined';
  /** Key of the first, of a duplicate. */
  readonly first?: string;
  readonly reason?: string;
}

/** Takes `SEASONAL_RESET_TRIGGER`. Throws where the season's object cannot be reached. */
export async function actOnTrigger(env: SeasonsEnv, kept: KeptEvent, now: number): Promise<Acted> {
  const season = endedAt(await readSeasons(env.DB, now), kept.occurredAt);
  if (season === null) return { verdict: 'quarantined', reason: 'NO_SEASON_ENDED' };
  const { target_groups: groups = [] } = kept.event.data;
  const wanted = {
    key: kept.event.eventId,
    by: 'trigger',
    groups: Array.isArray(groups) ? groups.map(String) : [],
  };
  const { status, key } = await triggerReset(env, season, wanted, now);
  // The same key again is the sender's own repetition, and the source says so.
  const isOwn = key === wanted.key;
  return status === 'duplicate' && !isOwn
    ? { verdict: 'duplicate', first: key }
    : { verdict: 'accepted' };
}

/** Key of the reset that cron asks for. */
export const cronKey = ({ id, span }: Pick<LiveSeason, 'id' | 'span'>): string =>
  `cron:${id}:${printInstant(span.until)}`;
