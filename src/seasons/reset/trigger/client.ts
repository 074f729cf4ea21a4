/**
 * What triggers a reset: cron, a person, or the signed event. Refuses triggers before any season has
 * ended; a second one for the same agents is a duplicate that names the first.
 */
import type { KeptEvent } from '../../../events/event';
import { printInstant } from '../../../kernel/instant';
import { callSeason, type SeasonsEnv } from '../../client';
import type { LiveSeason } from '../../season';
import { readSeasons } from '../../store';
import type { Triggered } from '../run';
import { meantBy } from './meant';

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
  const { target_groups: named = [] } = kept.event.data;
  const groups = Array.isArray(named) ? named.map(String) : [];
  const meant = meantBy(await readSeasons(env.DB, now), kept.occurredAt, groups);
  const own = { key: kept.event.eventId, by: 'trigger' };
  let first: string | null = null;
  let isNew = false;
  for (const { season, groups: some } of meant) {
    const { status, key } = await triggerReset(env, season, { ...own, groups: some }, now);
    // The same key again is the sender's own repetition, and the source says so.
    if (status === 'duplicate' && key !== own.key) first ??= key;
    else isNew = true;
  }
  if (isNew) return { verdict: 'accepted' };
  if (first !== null) return { verdict: 'duplicate', first };
  return { verdict: 'quarantined', reason: 'NO_SEASON_ENDED' };
}

/** Key of the reset that cron asks for. */
export const cronKey = ({ id, span }: Pick<LiveSeason, 'id' | 'span'>): string =>
  `cron:${id}:${printInstant(span.until)}`;
