/**
 * What a run does with one agent, as of its seal: whom it is for, the archive row or the change that
 * ends grace, and what platforms are told. Decides nothing that is not a function of the books.
 * Refuses agents of another season, groups that were not named, and whoever was reset before.
 */
import type { Agent } from '../../agents/agent';
import type { Row } from '../../kernel/change-set';
import { historicalField, logOf } from '../archive/entry';
import type { SaltOf } from '../salt';
import { isFor, type LiveSeason, tableOf } from '../season';
import { changeRows } from '../standing/change';
import { endedOf, evaluate, openingOf } from '../standing/evaluation';
import { archiveRow } from '../standing/row';
import {
  openedFor,
  openingIn,
  placeOf,
  seasonOfTrack,
  seatFactsOf,
  standingIn,
  type Track,
} from '../standing/standing';
import type { Basis } from '../standing/store';
import type { Archived, TierChange } from '../standing/words';
import { skillsBetween, skillsOf, type Telling } from '../telling/telling';
import { honouredAt, rankOf, type SeatFacts, type TierTable } from '../tier';
import { type RunStart, runId } from './run';

/** The settings as of the seal. */
export interface Setting {
  readonly run: RunStart;
  readonly seasons: readonly LiveSeason[];
  readonly season: LiveSeason;
  readonly next: LiveSeason;
  readonly table: TierTable;
  /** Time of the seal. */
  readonly at: number;
  readonly saltOf: SaltOf;
}

/** An agent as the directory knew them. */
export interface Known {
  readonly track: Track;
  readonly agent: Agent;
  readonly basis: Basis;
}

export interface Planned {
  readonly agentKey: string;
  readonly agent: Agent;
  readonly rows: readonly Row[];
  readonly telling: Telling;
  /** Tier before and after. */
  readonly from: string;
  readonly to: string;
  /** 1, -1 or 0 as the tier rises, falls or stays. */
  readonly moves: number;
  /**
   * What the seat is told; null of a reset: a seat reads how a season opens by itself, as soon as it
   * is asked in it, and again until it was decided.
   */
  readonly facts: SeatFacts | null;
}

/** True for agents that are told: who has left is archived and no more. */
export const isTold = ({ agent }: Pick<Planned, 'agent'>): boolean => agent.status !== 'LEFT';

/** What a run does with an agent, or null where it is not for them. */
export const planOf = (setting: Setting, known: Known): Planned | null =>
  setting.run.wave === 'RESET' ? planReset(setting, known) : planGrace(setting, known);

/** What the books knew before a season ended: points of the next one may have been looked at since. */
function beforeEnd({ season, seasons }: Setting, track: Track): Track {
  const began = (id: string): boolean =>
    seasons.some((one) => one.id === id && one.span.from < season.span.until);
  return {
    ...track,
    changes: track.changes.filter((change) => began(change.season)),
    archived: track.archived.filter(({ nextSeason }) => began(nextSeason)),
  };
}

/**
 * Whoever is in the season and named: by one of their groups, or because the run names every group of
 * the season or none. Then it is for those as well who have left these groups since.
 */
function isIn({ run, season, seasons }: Setting, track: Track, at: number): boolean {
  const { target_groups: own } = season;
  const isWhole = own.length > 0 && own.every((group) => run.groups.includes(group));
  return (
    (isWhole || isFor({ target_groups: run.groups }, track.groups)) &&
    seasonOfTrack(track, seasons, at)?.id === season.id
  );
}

function planReset(setting: Setting, { track, agent, basis }: Known): Planned | null {
  const { run, seasons, season, table, at } = setting;
  const next = openedFor(track, season, setting.next, seasons);
  const last = season.span.until - 1;
  const isArchived = track.archived.some((one) => one.season === season.id);
  if (isArchived || !isIn(setting, beforeEnd(setting, track), last)) return null;
  const before = standingIn(track, season, tableOf(season, table));
  const evidence = { ...basis, opening: openingIn(track, season, tableOf(season, table)) };
  const standing = endedOf(season, table, before, evidence);
  const honoured = honouredAt(standing, last);
  const opening = openingOf({ honoured, points: basis.points }, next, table, basis.away);
  const archived: Archived = {
    agentKey: track.agentKey,
    season: season.id,
    run: runId(run),
    points: basis.points,
    tier: standing.tier,
    honoured,
    measures: basis.measures,
    nextSeason: next.id,
    next: opening,
    at,
  };
  const own = tableOf(next, table);
  const endOf = (id: string): number | null =>
    seasons.find((one) => one.id === id)?.span.until ?? null;
  return {
    agentKey: track.agentKey,
    agent,
    rows: [archiveRow(archived)],
    telling: {
      season: next.id,
      tier: opening.honoured,
      graceUntil: opening.graceUntil,
      points: 0,
      // Skills are those of the tier that platforms were told last.
      ...skillsBetween(own, honouredAt(before, last), opening.honoured),
      reset: {
        historicalField: historicalField(season, seasons.indexOf(season)),
        historicalTier: honoured,
        log: logOf([...track.archived, archived], next.id, endOf),
      },
    },
    from: standing.tier,
    to: opening.tier,
    moves: Math.sign(rankOf(own, opening.tier) - rankOf(own, standing.tier)),
    facts: null,
  };
}

function planGrace(setting: Setting, { track, agent, basis }: Known): Planned | null {
  const { run, season, table, at } = setting;
  if (!isIn(setting, track, at)) return null;
  const own = tableOf(season, table);
  const before = standingIn(track, season, own);
  const opening = openingIn(track, season, own);
  const isOver = before.graceUntil !== null && before.graceUntil <= run.instant;
  const found = isOver
    ? evaluate(season, table, before, { ...basis, opening, endsGrace: true, at })
    : null;
  if (found === null) return null;
  const { standing, reason } = found;
  const { agentKey } = track;
  const change: TierChange = {
    ...standing,
    agentKey,
    season: season.id,
    points: basis.points,
    reason,
    at,
  };
  const place = { season, standing, opening, foreseen: false };
  return {
    agentKey,
    agent,
    rows: changeRows(change, before, setting.saltOf),
    telling: {
      season: season.id,
      tier: standing.honoured,
      graceUntil: null,
      points: basis.points,
      ...skillsBetween(own, before.honoured, standing.honoured),
    },
    from: before.honoured,
    to: standing.honoured,
    moves: Math.sign(rankOf(own, standing.honoured) - rankOf(own, before.honoured)),
    facts: seatFactsOf(agentKey, place, own),
  };
}

/** What is told of an agent whose grace another writer ended: how they stand, and all their skills. */
export function tellingOf(setting: Setting, { track, basis }: Known): Telling {
  const { season, table, at } = setting;
  const own = tableOf(season, table);
  const place = placeOf(track, setting.seasons, table, at, () => basis);
  const standing = place?.standing ?? standingIn(track, season, own);
  return {
    season: season.id,
    tier: standing.honoured,
    graceUntil: standing.graceUntil,
    points: basis.points,
    ...skillsOf(own, standing.honoured),
  };
}
