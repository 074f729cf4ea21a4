/** Named reads of seasons and of the tier table. Both are few rows. Writes nothing. */
import { fail, ok, type Result } from '../kernel/result';
import { type ConfigVersion, inForce } from '../ledger/config';
import type { JournalTable } from '../ledger/journal';
import { readAllVersions, readVersions } from '../ledger/store';
import {
  type LiveSeason,
  liveSeasons,
  SEASON_KIND,
  type Season,
  type SeasonVersion,
} from './season';
import { DEFAULT_TIERS, TIERS_KIND, TIERS_NAME, type TierTable } from './tier';

const TIER_CHANGES_TABLE: JournalTable = {
  name: 'tier_changes',
  values: ['number', 'tier', 'honoured', 'grace_until', 'compliant', 'points', 'reason', 'at'],
  side: [],
};

const SEASON_ARCHIVE_TABLE: JournalTable = {
  name: 'season_archive',
  values: [
    'run',
    'points',
    'tier',
    'honoured',
    'aht_sum',
    'aht_count',
    'csat_sum',
    'csat_count',
    'fcr_sum',
    'fcr_count',
    'next_season',
    'next_tier',
    'next_honoured',
    'grace_until',
    'at',
  ],
  side: [],
};

export const SEASON_TABLES: readonly JournalTable[] = [TIER_CHANGES_TABLE, SEASON_ARCHIVE_TABLE];

/** All versions of all seasons. */
export const readSeasonVersions = (db: D1Database): Promise<SeasonVersion[]> =>
  readAllVersions<Season>(db, SEASON_KIND);

/** The seasons in force at an instant, the earliest first. */
export const readSeasons = async (db: D1Database, now: number): Promise<LiveSeason[]> =>
  liveSeasons(await readSeasonVersions(db), now);

/** One season as it is in force, or the refusal. */
export async function findSeason(
  db: D1Database,
  id: string,
  now: number,
): Promise<Result<LiveSeason>> {
  const season = (await readSeasons(db, now)).find((one) => one.id === id);
  return season === undefined ? fail({ kind: 'not-found', what: 'season', id }) : ok(season);
}

const readTierVersions = (db: D1Database): Promise<ConfigVersion<TierTable>[]> =>
  readVersions<TierTable>(db, TIERS_KIND, TIERS_NAME);

/** The tier table in force at an instant; the defaults until one is written (DEC-19). */
export const readTiers = async (db: D1Database, now: number): Promise<TierTable> =>
  inForce(await readTierVersions(db), now)?.content ?? DEFAULT_TIERS;
