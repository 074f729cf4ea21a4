/**
 * Named reads of where agents stand: changes, archive, groups, points and measures, for many agents
 * in a handful of statements. Writes nothing.
 */

import { type DaysAway, NEVER_AWAY } from '../../agents/absences/absence';
import { readDaysAway, readDaysAwayBy } from '../../agents/absences/store';
import { readLatestAgents } from '../../agents/store';
import { isHistory } from '../../calendar/succession';
import { readMeasures } from '../../quality/measures/store';
import { readHoldings } from '../decay/store';
import { type LiveSeason, MEASURES, successorOf, tableOf } from '../season';
import { readSeasonVersions, readTiers } from '../store';
import type { TierTable } from '../tier';
import { endedFor, seasonsForeseen } from './foresight';
import { type Place, placeOf, type Track } from './standing';
import {
  type Archived,
  type Measures,
  NOTHING_MEASURED,
  type Reason,
  type TierChange,
} from './words';

const EVER = Number.MAX_SAFE_INTEGER;

type Raw = Readonly<Record<string, unknown>>;

function changeOf(row: Raw): TierChange {
  const [agentKey = '', season = ''] = String(row.id).split('.');
  return {
    agentKey,
    season,
    number: Number(row.number),
    tier: String(row.tier),
    honoured: String(row.honoured),
    graceUntil: row.grace_until === null ? null : Number(row.grace_until),
    compliant: row.compliant === 1,
    points: Number(row.points),
    reason: row.reason as Reason,
    at: Number(row.at),
  };
}

export function archivedOf(row: Raw): Archived {
  const [season = '', agentKey = ''] = String(row.id).split('.');
  const measured = (name: string) => ({
    sum: BigInt(Number(row[`${name}_sum`])),
    count: Number(row[`${name}_count`]),
  });
  return {
    agentKey,
    season,
    run: String(row.run),
    points: Number(row.points),
    tier: String(row.tier),
    honoured: String(row.honoured),
    measures: { aht: measured('aht'), csat: measured('csat'), fcr: measured('fcr') },
    nextSeason: String(row.next_season),
    next: {
      number: 0,
      tier: String(row.next_tier),
      honoured: String(row.next_honoured),
      graceUntil: row.grace_until === null ? null : Number(row.grace_until),
      compliant: true,
    },
    at: Number(row.at),
  };
}

/**
 * What the books hold of some agents in all seasons, as of a seal (all: up to now). Groups are those
 * of now; agents who were erased have none.
 */
export async function readTracks(
  db: D1Database,
  seasons: readonly LiveSeason[],
  agentKeys: readonly string[],
  seal: number = EVER,
): Promise<Map<string, Track>> {
  if (agentKeys.length === 0) return new Map();
  const keys = JSON.stringify(agentKeys);
  const names = JSON.stringify(seasons.map(({ id }) => id));
  const [agents, [changes, archived]] = await Promise.all([
    readLatestAgents(db, agentKeys),
    db.batch<Raw>([
      db
        .prepare(
          `SELECT c.* FROM json_each(?1) AS k CROSS JOIN json_each(?2) AS s
             CROSS JOIN tier_changes AS c ON c.id = (SELECT max(id) FROM tier_changes
               WHERE id > k.value || '.' || s.value || '.' AND id < k.value || '.' || s.value || '/'
                 AND seal <= ?3)`,
        )
        .bind(keys, names, seal),
      db
        .prepare(
          `SELECT a.* FROM json_each(?1) AS k CROSS JOIN json_each(?2) AS s
             CROSS JOIN season_archive AS a ON a.id = s.value || '.' || k.value
           WHERE a.seal <= ?3`,
        )
        .bind(keys, names, seal),
    ]),
  ]);
  const groups = new Map(agents.map(({ name, content }) => [name, content.groups]));
  const changesOf = Map.groupBy((changes?.results ?? []).map(changeOf), (one) => one.agentKey);
  const archiveOf = Map.groupBy((archived?.results ?? []).map(archivedOf), (one) => one.agentKey);
  return new Map(
    agentKeys.map((agentKey) => [
      agentKey,
      {
        agentKey,
        groups: groups.get(agentKey) ?? [],
        changes: changesOf.get(agentKey) ?? [],
        archived: archiveOf.get(agentKey) ?? [],
      },
    ]),
  );
}

/** An agent's changes in a season, oldest first. */
export async function readHistory(
  db: D1Database,
  agentKey: string,
  season: string,
): Promise<TierChange[]> {
  const { results } = await db
    .prepare('SELECT * FROM tier_changes WHERE id > ? AND id < ? ORDER BY id')
    .bind(`${agentKey}.${season}.`, `${agentKey}.${season}/`)
    .all<Raw>();
  return results.map(changeOf);
}

/** What decides an agent's tier in a season. */
export interface Basis {
  /** 1/10000 point over all categories of the season. */
  readonly points: number;
  readonly measures: Measures;
  readonly away: DaysAway;
}

export const NO_BASIS: Basis = { points: 0, measures: NOTHING_MEASURED, away: NEVER_AWAY };

/** Points, measures and absences of some agents in a season, as of a seal (all: up to now). */
export async function readBases(
  db: D1Database,
  season: LiveSeason,
  agentKeys: readonly string[],
  seal: number = EVER,
): Promise<Map<string, Basis>> {
  const [holdings, measures, away] = await Promise.all([
    readHoldings(db, season, agentKeys, seal),
    readMeasures(db, agentKeys, MEASURES, season.span, seal),
    seal === EVER ? readDaysAway(db, agentKeys) : readDaysAwayBy(db, agentKeys, seal),
  ]);
  return new Map(
    agentKeys.map((agentKey): [string, Basis] => {
      const balance = (holdings.get(agentKey) ?? []).reduce((sum, one) => sum + one.balance, 0n);
      const own = measures.get(agentKey);
      const measured = (name: 'aht' | 'csat' | 'fcr') => own?.get(name) ?? NOTHING_MEASURED[name];
      return [
        agentKey,
        {
          points: Number(balance),
          measures: { aht: measured('aht'), csat: measured('csat'), fcr: measured('fcr') },
          away: away.get(agentKey) ?? NEVER_AWAY,
        },
      ];
    }),
  );
}

/** Where an agent stands, with the tier table of the season. */
export interface Placed {
  readonly place: Place | null;
  readonly table: TierTable;
  /**
   * The season that ended and in which the books do not hold the agent as reset; null where there is
   * none, or where it is history, which nobody resets. Also of who has no points of it yet.
   */
  readonly ended: LiveSeason | null;
}

/** Where some agents stand at an instant, from the books alone. */
export async function readPlaces(
  db: D1Database,
  agentKeys: readonly string[],
  now: number,
): Promise<Map<string, Placed>> {
  const [versions, table] = await Promise.all([readSeasonVersions(db), readTiers(db, now)]);
  const seasons = seasonsForeseen(versions, now);
  const tracks = [...(await readTracks(db, seasons, agentKeys)).values()];
  const ended = await readEnded(db, tracks, seasons, now);
  return new Map(
    tracks.map((track): [string, Placed] => {
      const { agentKey } = track;
      const { first = null, bases = new Map<string, Basis>() } = ended.get(agentKey) ?? {};
      const isWaiting = first !== null && (bases.get(first)?.points ?? 0) !== 0;
      const own = isWaiting ? { ...track, earnedIn: first } : track;
      const place = placeOf(own, seasons, table, now, (season) => bases.get(season) ?? NO_BASIS);
      const before = endedFor(track, seasons, now);
      return [
        agentKey,
        {
          place,
          table: place === null ? table : tableOf(place.season, table),
          ended: before === null || isHistory(versions, before) ? null : before,
        },
      ];
    }),
  );
}

interface Ended {
  /** The season that has ended and waits for its reset. */
  readonly first: string;
  /** By season: of that one, and of those after it that have ended as well. */
  readonly bases: Map<string, Basis>;
}

/** Only who waits for a reset needs points: what it will open with may depend on them. */
async function readEnded(
  db: D1Database,
  tracks: readonly Track[],
  seasons: readonly LiveSeason[],
  now: number,
): Promise<Map<string, Ended>> {
  const found = new Map<string, Ended>();
  for (const [first, own] of Map.groupBy(tracks, (track) => endedFor(track, seasons, now))) {
    if (first === null) continue;
    const keys = own.map(({ agentKey }) => agentKey);
    for (const key of keys) found.set(key, { first: first.id, bases: new Map() });
    for (let season: LiveSeason | null = first; season !== null && now >= season.span.until; ) {
      for (const [key, basis] of await readBases(db, season, keys))
        found.get(key)?.bases.set(season.id, basis);
      season = successorOf(season, seasons);
    }
  }
  return found;
}
