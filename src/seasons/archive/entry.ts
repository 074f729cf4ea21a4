/**
 * The log entry of an agent's season in the form the document prints, as it stands in the archive
 * and in the platform's `seasonal_performance_log`. Decides its figures (means of what was measured,
 * four places) and that the log on a platform stays at twelve seasons. Refuses nothing.
 */
import type { JsonObject } from '../../events/event';
import { fraction, multiply, roundHalfUp } from '../../kernel/fraction';
import { printInstant } from '../../kernel/instant';
import { periodOf } from '../../kernel/period';
import { POINTS_SCALE } from '../../kernel/units';
import type { LiveSeason } from '../season';
import type { Archived, Measured } from '../standing/words';

/** Entries of the log on a platform, the open one of the next season included. */
export const LOG_SEASONS = 12;
const PLACES = 10_000n;
const MEASURE_SCALE = 1_000_000n;

/** The mean of what was measured as a JSON number of at most four places; null where nothing was. */
export function meanOf({ sum, count }: Measured): number | null {
  if (count === 0) return null;
  const mean = fraction(sum, BigInt(count) * MEASURE_SCALE);
  return Number(roundHalfUp(multiply(mean, fraction(PLACES)))) / Number(PLACES);
}

/** Instants of the document have no milliseconds. */
const toSecond = (instant: number): string => printInstant(instant).replace(/\.\d{3}Z$/, 'Z');

type Logged = Pick<Archived, 'season' | 'points' | 'tier' | 'measures'>;

/** The entry as printed. `endsAt`: the first instant after the season. */
export const logEntry = (one: Logged, endsAt: number) => ({
  season_id: one.season,
  metrics: {
    aht_avg: meanOf(one.measures.aht),
    csat_score: meanOf(one.measures.csat),
    first_contact_resolution: meanOf(one.measures.fcr),
  },
  tier: one.tier,
  points_accumulated: one.points / 10 ** POINTS_SCALE,
  archive_timestamp: toSecond(endsAt - 1000),
});

/** What opens the log of the next season. */
const openEntry = (season: string): JsonObject => ({
  season_id: season,
  metrics: {},
  tier: null,
  points_accumulated: 0,
  archive_timestamp: null,
});

/** The whole log of an agent on a platform: the latest seasons and an empty entry for the next. */
export function logOf(
  archived: readonly Logged[],
  next: string,
  endOf: (season: string) => number | null,
): JsonObject[] {
  const entries = archived
    .flatMap((one) => {
      const endsAt = endOf(one.season);
      return endsAt === null ? [] : [{ endsAt, entry: logEntry(one, endsAt) }];
    })
    .toSorted((a, b) => a.endsAt - b.endsAt)
    .map(({ entry }) => entry);
  return [...entries.slice(1 - LOG_SEASONS), openEntry(next)];
}

/**
 * The attribute in which a platform keeps the tier of a season: by quarter, so that there are four;
 * seasons that are no quarters take turns through twelve.
 */
export function historicalField(
  season: Pick<LiveSeason, 'startDay' | 'endDay'>,
  ordinal: number,
): string {
  const quarter = periodOf('QUARTERLY', season.startDay);
  const isQuarter = quarter.firstDay === season.startDay && quarter.lastDay === season.endDay;
  if (isQuarter) return `historical_tier_${quarter.label.slice(5).toLowerCase()}`;
  return `historical_tier_s${(ordinal % LOG_SEASONS) + 1}`;
}
