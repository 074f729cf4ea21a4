/**
 * What an agent may expect (S13): the curve of the points with no further earnings, the day on which
 * each tier is lost, where the present pace leads and which pace keeps a tier. Decides by the same
 * closed form as the nights, so a forecast and what comes of it are one number. Refuses nothing.
 */
import type { DaysAway } from '../../agents/absences/absence';
import {
  compare,
  type Fraction,
  fraction,
  multiply,
  roundHalfUp,
  subtract,
} from '../../kernel/fraction';
import { civilDay } from '../../kernel/instant';
import { type Lot, valueAt } from '../decay/decay';
import { rankOf, type TierTable, thresholdOfTier, tierFor } from '../tier';

/** Days over which the present pace is measured. */
export const PACE_DAYS = 14;

export interface Outlook {
  /** Lots of every category by itself: each account is rounded by itself. */
  readonly accounts: readonly (readonly Lot[])[];
  readonly factor: Fraction;
  readonly away: DaysAway;
  /** Day numbers: today, the season's first and last. */
  readonly today: number;
  readonly firstDay: number;
  readonly lastDay: number;
  readonly table: TierTable;
}

/** Points at a day with no further earnings, 1/10000 point. */
export const pointsAt = ({ accounts, factor, away }: Outlook, day: number): number =>
  accounts.reduce((sum, lots) => sum + Number(valueAt(lots, day, factor, away)), 0);

/** What was earned less what was taken back, 1/10000 point. */
export const earnedOf = ({ accounts }: Outlook): number =>
  Number(accounts.flat().reduce((sum, { amount }) => sum + amount, 0n));

export interface CurveDay {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly points: number;
  readonly tier: string;
}

/** From today to the season's last day. */
export function curveOf(outlook: Outlook): CurveDay[] {
  const { today, lastDay, table } = outlook;
  return Array.from({ length: Math.max(0, lastDay - today) + 1 }, (_, index) => {
    const points = pointsAt(outlook, today + index);
    return { day: civilDay(today + index), points, tier: tierFor(table, points) };
  });
}

/** The first day on which the points are below each tier that they reach today; null: not this season. */
export function losses(
  { table }: Outlook,
  curve: readonly CurveDay[],
): { readonly tier: string; readonly day: string | null }[] {
  const today = curve[0]?.points ?? 0;
  return table.tiers
    .filter(({ name }) => {
      const threshold = thresholdOfTier(table, name);
      return threshold > 0 && today >= threshold;
    })
    .map(({ name }) => {
      const threshold = thresholdOfTier(table, name);
      return { tier: name, day: curve.find(({ points }) => points < threshold)?.day ?? null };
    })
    .toReversed();
}

/** Earnings less what was taken back of the last days, per day, 1/10000 point. */
export function paceOf({ accounts, today, firstDay }: Outlook): Fraction {
  const from = Math.max(firstDay, today - PACE_DAYS + 1);
  const days = Math.max(1, today - from + 1);
  const earned = accounts
    .flat()
    .filter(({ day }) => from <= day && day <= today)
    .reduce((sum, { amount }) => sum + amount, 0n);
  return fraction(earned, BigInt(days));
}

/** What goes of a point in a day. */
const rateOf = (factor: Fraction): Fraction => subtract(fraction(1n), factor);

/**
 * Where a pace leads: earnings per day ÷ rate, 1/10000 point; null without decay, where it never
 * settles. For those who set rates: at 5 % a day the steady state is twenty days of earnings.
 */
export function steadyState(pace: Fraction, factor: Fraction): number | null {
  const rate = rateOf(factor);
  if (rate.numerator === 0n) return null;
  return Number(
    roundHalfUp({
      numerator: pace.numerator * rate.denominator,
      denominator: pace.denominator * rate.numerator,
    }),
  );
}

/** The earnings per day whose steady state is the threshold: threshold × rate, 1/10000 point, rounded up. */
export function paceFor(threshold: number, factor: Fraction): number {
  const exact = multiply(fraction(BigInt(threshold)), rateOf(factor));
  const rounded = roundHalfUp(exact);
  return Number(compare(fraction(rounded), exact) < 0 ? rounded + 1n : rounded);
}

/** The next tier above one, or null at the top. */
export const nextTier = (table: TierTable, name: string): string | null =>
  table.tiers[rankOf(table, name) + 1]?.name ?? null;
