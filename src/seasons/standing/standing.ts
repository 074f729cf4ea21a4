/**
 * Where an agent stands: tier by points, tier honoured, grace, compliance, and in which season.
 * Decides the season by the books (opened by a reset, else by changes, else by the calendar) and what
 * a seat is told. Refuses to let anybody be routed by a season that has ended (S6, S8, S9, DEC-18).
 */
import type { DaysAway } from '../../agents/absences/absence';
import { isFor, type LiveSeason, seasonFor, successorOf, tableOf } from '../season';
import {
  honouredAt,
  privilegesOf,
  SEAT_FACTS_SHAPE,
  type SeatFacts,
  silverWeight,
  type TierTable,
  UNRANKED,
} from '../tier';
import { endedOf, newcomer, openingOf } from './evaluation';
import type { Archived, Measures, Opening, Standing, TierChange } from './words';

/** What the books hold of one agent's seasons. */
export interface Track {
  readonly agentKey: string;
  readonly groups: readonly string[];
  /** The newest change in each season. */
  readonly changes: readonly TierChange[];
  readonly archived: readonly Archived[];
  /** A season in which there are points and no change yet: nobody has evaluated them. */
  readonly earnedIn?: string;
}

/** Where an agent stands now, and in which season. */
export interface Place {
  readonly season: LiveSeason;
  readonly standing: Standing;
  readonly opening: Opening;
  /** True where the reset is still to come and this is what it will open with. */
  readonly foreseen: boolean;
  /** Of a place that is foreseen: how the season before it ends, and no archive says yet. */
  readonly ended?: Closing;
}

/** How a season ended for an agent. */
export interface Closing {
  readonly season: string;
  readonly tier: string;
  readonly honoured: string;
  /** 1/10000 point. */
  readonly points: number;
}

/**
 * The season an agent is in by the books: opened by a reset, else by changes, else by the calendar.
 * One in which they were archived is closed to them. Who leaves its groups while it runs stays in it
 * until it is reset.
 */
export function seasonOfTrack(
  track: Track,
  seasons: readonly LiveSeason[],
  now: number,
): LiveSeason | null {
  const place = (id: string): number => seasons.findIndex((season) => season.id === id);
  const closed = track.archived.map(({ season }) => season);
  const opened = [
    ...track.archived.map(({ nextSeason }) => nextSeason),
    ...track.changes.map(({ season }) => season),
    ...(track.earnedIn === undefined ? [] : [track.earnedIn]),
  ].filter((id) => !closed.includes(id));
  const last = Math.max(-1, ...opened.map(place));
  return seasons[last] ?? seasonFor(seasons, track.groups, now);
}

export function openingIn(track: Track, season: LiveSeason, table: TierTable): Opening {
  const opened = track.archived.find(({ nextSeason }) => nextSeason === season.id);
  return opened?.next ?? newcomer(season, table);
}

export const standingIn = (track: Track, season: LiveSeason, table: TierTable): Standing =>
  track.changes.find((change) => change.season === season.id) ?? openingIn(track, season, table);

/**
 * The season that a reset opens for an agent: the one that follows, or where it is not for them the
 * one that was for their groups as theirs ended.
 */
export const openedFor = (
  { groups }: Pick<Track, 'groups'>,
  ended: LiveSeason,
  next: LiveSeason,
  seasons: readonly LiveSeason[],
): LiveSeason =>
  isFor(next, groups) ? next : (seasonFor(seasons, groups, ended.span.until) ?? next);

/** What an ended season comes to, as far as its reset will look at it. */
export interface Foresight {
  readonly points: number;
  readonly measures: Measures;
  readonly away: DaysAway;
}

/**
 * Where an agent stands at an instant. Once its season has ended nobody is routed by it any more:
 * whoever is in it stands as the reset will open the next one, evaluated by then or not, though that
 * one may not have begun. Where the next one has ended as well, as after days without cron, its own
 * reset is foreseen in turn.
 */
export function placeOf(
  track: Track,
  seasons: readonly LiveSeason[],
  table: TierTable,
  now: number,
  foresightOf: (season: string) => Foresight,
): Place | null {
  const season = seasonOfTrack(track, seasons, now);
  if (season === null) return null;
  const own = tableOf(season, table);
  const opening = openingIn(track, season, own);
  let place: Place = {
    season,
    standing: standingIn(track, season, own),
    opening,
    foreseen: false,
  };
  for (let next = afterEnd(place.season, track, seasons, now); next !== null; ) {
    place = openedBy(place, next, table, foresightOf(place.season.id));
    next = afterEnd(next, track, seasons, now);
  }
  return place;
}

/** The season in which who was in an ended one stands now; null where it has not ended for them. */
function afterEnd(
  season: LiveSeason,
  track: Track,
  seasons: readonly LiveSeason[],
  now: number,
): LiveSeason | null {
  const next = now < season.span.until ? null : successorOf(season, seasons);
  return next === null ? null : openedFor(track, season, next, seasons);
}

/** The place that the reset of a season will open. */
function openedBy(
  { season, standing, opening }: Place,
  next: LiveSeason,
  table: TierTable,
  foresight: Foresight,
): Place {
  const final = endedOf(season, tableOf(season, table), standing, { ...foresight, opening });
  const ended: Closing = {
    season: season.id,
    tier: final.tier,
    honoured: honouredAt(final, season.span.until - 1),
    points: foresight.points,
  };
  const foreseen = openingOf(ended, next, table, foresight.away);
  return { season: next, standing: foreseen, opening: foreseen, foreseen: true, ended };
}

/** What a seat is told. */
export function seatFactsOf(agentKey: string, place: Place | null, table: TierTable): SeatFacts {
  if (place === null) {
    const floor = privilegesOf(table, table.tiers[0]?.name ?? UNRANKED);
    const name = table.tiers[0]?.name ?? UNRANKED;
    return {
      shape: SEAT_FACTS_SHAPE,
      agentKey,
      seasonId: 'none',
      seasonStart: 0,
      seasonEnd: 0,
      number: 0,
      tier: name,
      honoured: name,
      graceUntil: null,
      complianceOk: true,
      privileges: floor,
      afterGrace: floor,
      silverWeight: silverWeight(table),
    };
  }
  const { season, standing } = place;
  return {
    shape: SEAT_FACTS_SHAPE,
    agentKey,
    seasonId: season.id,
    seasonStart: season.span.from,
    seasonEnd: season.span.until,
    number: standing.number,
    tier: standing.tier,
    honoured: standing.honoured,
    graceUntil: standing.graceUntil,
    complianceOk: standing.compliant,
    privileges: privilegesOf(table, standing.honoured),
    afterGrace: privilegesOf(table, standing.tier),
    silverWeight: silverWeight(table),
  };
}
