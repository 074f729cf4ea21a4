/**
 * Named reads of runs, and of everything a run is decided from as of its seal: directory, seasons,
 * tiers. Writes nothing.
 */
import { AGENT_KIND, type Agent } from '../../agents/agent';
import { readDirectoryPage } from '../../agents/store';
import { withCopies } from '../../calendar/succession';
import { type ConfigVersion, inForce } from '../../ledger/config';
import { readVersionsBy, versionOf } from '../../ledger/store';
import { type LiveSeason, liveSeasons, SEASON_KIND, type Season } from '../season';
import { readBases, readTracks } from '../standing/store';
import { readSeasonVersions } from '../store';
import { DEFAULT_TIERS, TIERS_KIND, TIERS_NAME, type TierTable } from '../tier';
import { activeSeasons, unsettledSeasons } from './pending';
import type { Known, Setting } from './plan';
import { RUN_KIND, type Run, type RunStart } from './run';

export interface StoredRun extends Run {
  /** Seal of its first row. */
  readonly seal: number;
  /** UTC ms at which its report was written; null while it runs. */
  readonly endedAt: number | null;
}

const runsOf = (
  versions: readonly (ConfigVersion<Run> & { readonly seal: number })[],
): StoredRun[] =>
  [...Map.groupBy(versions, ({ name }) => name).values()].flatMap((own) => {
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) return [];
    const endedAt = last.version > 1 ? last.writtenAt : null;
    return [{ ...last.content, seal: first.seal, endedAt }];
  });

const VERSIONS = 'SELECT * FROM config WHERE id >= ?1 AND id < ?2 AND seal <= ?3 ORDER BY id';
/** Whatever is in the books. */
const EVER = Number.MAX_SAFE_INTEGER;

/** Versions of all things between two ids that a seal or one before it holds: one statement. */
async function readVersions<T>(
  db: D1Database,
  low: string,
  high: string,
  seal = EVER,
): Promise<(ConfigVersion<T> & { readonly seal: number })[]> {
  const asked = db.prepare(VERSIONS).bind(low, high, seal);
  const { results } = await asked.all<Record<string, unknown>>();
  return results.map((row) => ({ ...versionOf<T>(row), seal: Number(row.seal) }));
}

/** The runs of a season, oldest first. */
export const readRuns = async (db: D1Database, season: string): Promise<StoredRun[]> =>
  runsOf(await readVersions<Run>(db, `${RUN_KIND}/${season}.`, `${RUN_KIND}/${season}/`));

/** Every run of every season; a handful a season. */
export const readAllRuns = async (db: D1Database): Promise<StoredRun[]> =>
  runsOf(await readVersions<Run>(db, `${RUN_KIND}/`, `${RUN_KIND}0`));

/** Ids of seasons into which a reset is still to bring agents, or is bringing them. */
export async function readUnsettled(db: D1Database, now: number): Promise<Set<string>> {
  const [versions, runs] = await Promise.all([readSeasonVersions(db), readAllRuns(db)]);
  const all = withCopies(versions, now, 0);
  return unsettledSeasons(liveSeasons(all, now), all, runs, now);
}

/** Seasons in force that run, are being reset or are still to be. */
export async function readActive(db: D1Database, now: number): Promise<LiveSeason[]> {
  const [versions, runs] = await Promise.all([readSeasonVersions(db), readAllRuns(db)]);
  return activeSeasons(liveSeasons(versions, now), versions, runs, now);
}

/** Seasons, tiers and the run's own season as of its seal; null where the run's season is gone. */
export async function readSetting(
  db: D1Database,
  run: RunStart,
  { seal, at }: { readonly seal: number; readonly at: number },
): Promise<Omit<Setting, 'saltOf'> | null> {
  const [known, tiers] = await Promise.all([
    readVersions<Season>(db, `${SEASON_KIND}/`, `${SEASON_KIND}0`, seal),
    readVersionsBy<TierTable>(db, TIERS_KIND, TIERS_NAME, seal),
  ]);
  const seasons = liveSeasons(known, at);
  const season = seasons.find(({ id }) => id === run.season);
  const next = seasons.find(({ id }) => id === run.next);
  if (season === undefined || next === undefined) return null;
  return { run, seasons, season, next, at, table: inForce(tiers, at)?.content ?? DEFAULT_TIERS };
}

export interface AgentPage {
  /** Names looked at, in order; the last is where the next page begins. */
  readonly names: readonly string[];
  readonly agents: readonly { readonly agentKey: string; readonly agent: Agent }[];
}

/** A page of the directory as of a seal; who was erased has no content and is left out. */
export async function readAgentsBy(
  db: D1Database,
  after: string | null,
  count: number,
  seal: number,
): Promise<AgentPage> {
  const rows = await readDirectoryPage(db, after ?? '', { instant: null, seal }, count);
  return {
    names: rows.map(({ agentKey }) => agentKey),
    agents: rows.flatMap(({ agentKey, agent }) => (agent === null ? [] : [{ agentKey, agent }])),
  };
}

/** How many names the directory has after one as of a seal, those of the erased included. */
export async function countAgentsAfter(
  db: D1Database,
  after: string,
  seal: number,
): Promise<number> {
  const found = await db
    .prepare(
      `SELECT count(*) AS n FROM config
        WHERE id > ?1 AND id < '${AGENT_KIND}0' AND version = 1 AND seal <= ?2`,
    )
    .bind(`${AGENT_KIND}/${after}0`, seal)
    .first<{ n: number }>();
  return found?.n ?? 0;
}

/** What the books know of some agents as of a seal. */
export async function readKnown(
  db: D1Database,
  { seasons, season }: Pick<Setting, 'seasons' | 'season'>,
  agents: AgentPage['agents'],
  seal: number,
): Promise<Known[]> {
  const keys = agents.map(({ agentKey }) => agentKey);
  const [tracks, bases] = await Promise.all([
    readTracks(db, seasons, keys, seal),
    readBases(db, season, keys, seal),
  ]);
  return agents.flatMap(({ agentKey, agent }) => {
    const track = tracks.get(agentKey);
    const basis = bases.get(agentKey);
    if (track === undefined || basis === undefined) return [];
    return [{ track: { ...track, groups: agent.groups }, agent, basis }];
  });
}
