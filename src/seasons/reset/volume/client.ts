/**
 * Inbound volume: values of a metric of the organisation, named `inbound.…`, go to the season that
 * runs and to the one that ended last, whose resets they may hold back (S3). Decides whom they
 * concern. Never throws: what is not told is unknown, and then the window alone decides.
 */
import type { EventOwner, KeptEvent } from '../../../events/event';
import { isOrganisationMetric } from '../../../events/shape';
import { log, messageOf } from '../../../runtime/log';
import { callSeason, type SeasonsEnv } from '../../client';
import { readSeasons } from '../../store';
import { endedAt } from '../trigger/meant';

/** The owner of metrics, after whom seasons hear of the volume. */
export const hearingVolume =
  <E extends SeasonsEnv>(owner: EventOwner<E>): EventOwner<E> =>
  async (env, arrivals, now) => {
    const taken = await owner(env, arrivals, now);
    const fresh = taken.filter(({ verdict }) => verdict === 'accepted').map(({ kept }) => kept);
    await tellVolume(env, fresh, now);
    return taken;
  };

async function tellVolume(env: SeasonsEnv, kept: readonly KeptEvent[], now: number): Promise<void> {
  const own = kept.filter(
    ({ event }) =>
      event.type === 'metric.recorded' && isOrganisationMetric(String(event.data.metricId)),
  );
  if (own.length === 0) return;
  try {
    const seasons = await readSeasons(env.DB, now);
    const running = seasons.filter(({ span }) => span.from <= now && now < span.until);
    const ended = endedAt(seasons, now);
    for (const season of new Set([...running, ...(ended === null ? [] : [ended])])) {
      for (const { event, occurredAt } of own) {
        if (event.data.metricId !== season.inboundVolume.metricId) continue;
        const value = Number(event.data.value);
        // A clock that is ahead says something of now; else nothing later would ever be the latest.
        const at = Math.min(occurredAt, now);
        await callSeason(env, season.id, (object) => object.volume(season.id, value, at));
      }
    }
  } catch (thrown) {
    log('warn', 'season.volume-not-told', { message: messageOf(thrown) });
  }
}
