/**
 * The next standing of an agent when points, measures or the calendar say so, with its reason, and
 * how a season opens. Decides by the tier table with the season's thresholds, floor and compliance
 * minimums. Refuses to end grace by itself: that is a wave of its own (S6, S8, DEC-18). Leave that is
 * written after grace has ended opens it again, where by the days away its end is still to come.
 */
import { afterPresentDays, type DaysAway, NEVER_AWAY } from '../../agents/absences/absence';
import { compare, fraction, fractionOfDecimal } from '../../kernel/fraction';
import { civilDay } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';
import { startOfLocalDay } from '../../kernel/zone';
import { floorTier, type LiveSeason, tableOf } from '../season';
import { higherOf, rankOf, type TierTable, tierFor, UNRANKED } from '../tier';
import type { Measures, Opening, Reason, Standing } from './words';

const MEASURE_SCALE = 1_000_000n;

/** False where a minimum has enough samples and is missed; too few samples fail nobody. */
export const meetsMinimums = (
  { compliance }: Pick<LiveSeason, 'compliance'>,
  measures: Measures,
): boolean =>
  compliance.every(({ metric, atLeast, atMost, minimumCount }) => {
    const { sum, count } = measures[metric];
    if (count < minimumCount) return true;
    const mean = fraction(sum, BigInt(count) * MEASURE_SCALE);
    return (
      (atLeast === undefined || compare(mean, fractionOfDecimal(atLeast)) >= 0) &&
      (atMost === undefined || compare(mean, fractionOfDecimal(atMost)) <= 0)
    );
  });

/** The opening of a newcomer: the floor, and no grace. */
export const newcomer = (season: LiveSeason, table: TierTable): Opening => {
  const floor = floorTier(season, table);
  return { number: 0, tier: floor, honoured: floor, graceUntil: null, compliant: true };
};

/**
 * How the next season opens for who stood so in the one that ends: FLOOR begins at the floor,
 * FROM_ARCHIVE at the tier of the archived points. What was honoured last is honoured during grace.
 */
export function openingOf(
  ended: { readonly honoured: string; readonly points: number },
  next: LiveSeason,
  table: TierTable,
  away: DaysAway = NEVER_AWAY,
): Opening {
  const own = tableOf(next, table);
  const floor = floorTier(next, own);
  const archived = higherOf(own, floor, tierFor(own, ended.points));
  const tier = next.resetPolicy === 'FROM_ARCHIVE' ? archived : floor;
  const honoured = higherOf(own, tier, ended.honoured);
  const graceUntil = next.graceDays === 0 ? null : graceOf(next, away);
  return {
    number: 0,
    tier,
    honoured: graceUntil === null ? tier : honoured,
    graceUntil,
    compliant: true,
  };
}

/** End of an agent's grace: so many days of presence after the season's first. */
export const graceOf = (
  season: Pick<LiveSeason, 'startDay' | 'graceDays' | 'timeZone'>,
  away: DaysAway,
): number =>
  startOfLocalDay(
    civilDay(afterPresentDays(away, dayNumber(season.startDay), season.graceDays)),
    season.timeZone,
  );

/** What an evaluation looks at. */
export interface Evidence {
  /** 1/10000 point. */
  readonly points: number;
  readonly measures: Measures;
  readonly opening: Opening;
  readonly away: DaysAway;
  /** True when a wave ends the agent's grace. */
  readonly endsGrace: boolean;
  /** UTC ms as of which it is decided whether a grace that has ended goes on. */
  readonly at: number;
}

/** An end as near as this is not brought back: the wave that ends others then may have begun. */
const TOO_NEAR_MS = 3_600_000;

/**
 * Until when grace holds, UTC ms, or null. Days away pause its clock whenever they are written (S6,
 * S8): one that a wave has ended is open again where they put its end into the future. Nothing else
 * brings one back: its length stays as it is once a wave can have ended it (`checkSeason`).
 */
function graceNow(
  season: LiveSeason,
  before: Standing,
  { opening, away, endsGrace, at }: Evidence,
): number | null {
  if (endsGrace || opening.graceUntil === null) return null;
  const until = graceOf(season, away);
  if (before.graceUntil !== null) return until;
  const isPaused = graceOf(season, NEVER_AWAY) <= at && until > at + TOO_NEAR_MS;
  return isPaused ? until : null;
}

/** The next standing and why, or null where nothing changes. */
export function evaluate(
  season: LiveSeason,
  table: TierTable,
  before: Standing,
  evidence: Evidence,
): { readonly standing: Standing; readonly reason: Reason } | null {
  const { points, measures, opening } = evidence;
  const own = tableOf(season, table);
  const compliant = meetsMinimums(season, measures);
  const graceUntil = graceNow(season, before, evidence);
  const floor = floorTier(season, own);
  // What a reset opened with holds through grace; after it points alone decide.
  const least = graceUntil === null ? floor : higherOf(own, floor, opening.tier);
  const tier = compliant ? higherOf(own, least, tierFor(own, points)) : UNRANKED;
  // Grace keeps what was honoured as the season opened; more points than that count at once.
  const honoured = graceUntil === null || !compliant ? tier : higherOf(own, opening.honoured, tier);
  const standing = { number: before.number + 1, tier, honoured, graceUntil, compliant };
  const reason = reasonOf(own, before, standing);
  return reason === null ? null : { standing, reason };
}

/**
 * How an agent stands as a season ends: as points and measures come to, whether or not somebody
 * evaluated them in time. An award of the last evening counts though no firing came after it.
 */
export const endedOf = (
  season: LiveSeason,
  table: TierTable,
  before: Standing,
  evidence: Omit<Evidence, 'endsGrace' | 'at'>,
): Standing => {
  const last = { ...evidence, endsGrace: false, at: season.span.until - 1 };
  return evaluate(season, table, before, last)?.standing ?? before;
};

function reasonOf(table: TierTable, before: Standing, after: Standing): Reason | null {
  if (before.compliant !== after.compliant)
    return after.compliant ? 'COMPLIANCE_MET' : 'COMPLIANCE_FAILED';
  if (before.graceUntil !== null && after.graceUntil === null) return 'GRACE_ENDED';
  if (before.graceUntil === null && after.graceUntil !== null) return 'GRACE_REOPENED';
  if (rankOf(table, before.tier) < 0 && before.tier !== UNRANKED) return 'TIERS_CHANGED';
  if (before.tier !== after.tier || before.honoured !== after.honoured) return 'POINTS';
  return before.graceUntil === after.graceUntil ? null : 'GRACE_MOVED';
}
