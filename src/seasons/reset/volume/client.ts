/**
 * Inbound volume: values of a metric of the organisation, named `inbound.…`, go to every season that
 * runs, is being reset or is still to be, whose resets they may hold back (S3). Decides whom they
 * concern. Never throws: what is not told is unknown, and then the window alone decides.
 */
import type { EventOwner, KeptEvent } from '../../../events/event';
import { isOrganisationMetric } from '../../../events/shape';
import { log, messageOf } from '../../../runtime/log';
import { callSeason, type SeasonsEnv } from '../../client';
import type { LiveSeason } from '../../season';
import { readActive } from '../store';

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
    for (const season of await readActive(env.DB, now)) await tellSeason(env, season, own, now);
  } catch (thrown) {
    log('warn', 'season.volume-not-told', { message: messageOf(thrown) });
  }
}

/** A season that cannot be told leaves the others their values. */
async function tellSeason(
  env: SeasonsEnv,
  { id, inboundVolume }: LiveSeason,
  kept: readonly KeptEvent[],
  now: number,
): Promise<void> {
  try {
    for (const { event, occurredAt } of kept) {
      if (event.data.metricId !== inboundVolume.metricId) continue;
      const value = Number(event.data.value);
      // A clock that is ahead says something of now; else nothing later would ever be the latest.
      const at = Math.min(occurredAt, now);
      await callSeason(env, id, (object) => object.volume(id, value, at));
    }
  } catch (thrown) {
    log('warn', 'season.volume-not-told', { season: id, message: messageOf(thrown) });
  }
}
