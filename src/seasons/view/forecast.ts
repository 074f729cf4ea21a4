/**
 * What an agent may expect (S13): the curve of the points with no further earnings, the day on which
 * each tier is lost, where the present pace leads and which pace keeps a tier. Decides by the same
 * closed form as the nights, so a forecast and what comes of it are one number. Refuses nothing.
 */
import type { DaysAway } from '../../agents/absences/absence';
import { compare, type Fraction, fraction, roundHalfUp, subtract } from '../../kernel/fraction';
import { civilDay } from '../../kernel/instant';
import { type Lot, valueAt } from '../decay/decay';
import { higherOf, rankOf, type TierTable, tierFor, UNRANKED } from '../tier';

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
  readonly standing: Outstanding;
}

/** What besides points decides a tier, as it stands today. */
export interface Outstanding {
  readonly floor: string;
  /** Tier and honoured tier with which the season opened. */
  readonly opening: { readonly tier: string; readonly honoured: string };
  /** The first day after grace; null outside of it. */
  readonly graceEnds: number | null;
  readonly compliant: boolean;
}

/** The tier of some points on a day, and the one that is honoured: what an evaluation will say. */
function tiersOn(
  { table, standing }: Pick<Outlook, 'table' | 'standing'>,
  day: number,
  points: number,
): { readonly tier: string; readonly honoured: string } {
  const { floor, opening, graceEnds, compliant } = standing;
  if (!compliant) return { tier: UNRANKED, honoured: UNRANKED };
  const inGrace = graceEnds !== null && day < graceEnds;
  const least = inGrace ? higherOf(table, floor, opening.tier) : floor;
  const tier = higherOf(table, least, tierFor(table, points));
  return { tier, honoured: inGrace ? higherOf(table, opening.honoured, tier) : tier };
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
  readonly honoured: string;
}

/** From today to the season's last day. */
export function curveOf(outlook: Outlook): CurveDay[] {
  const { today, lastDay } = outlook;
  return Array.from({ length: Math.max(0, lastDay - today) + 1 }, (_, index) => {
    const points = pointsAt(outlook, today + index);
    return { day: civilDay(today + index), points, ...tiersOn(outlook, today + index, points) };
  });
}

/**
 * The first day on which each tier that is honoured today is not any more, the highest first; null:
 * not this season. The floor is never lost, and is left out.
 */
export function losses(
  { table, standing }: Pick<Outlook, 'table' | 'standing'>,
  curve: readonly CurveDay[],
): { readonly tier: string; readonly day: string | null }[] {
  const rank = (name: string): number => rankOf(table, name);
  const today = rank(curve[0]?.honoured ?? UNRANKED);
  return table.tiers
    .filter(({ name }) => rank(standing.floor) < rank(name) && rank(name) <= today)
    .map(({ name }) => {
      const lost = curve.find(({ honoured }) => rank(honoured) < rank(name));
      return { tier: name, day: lost?.day ?? null };
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

/**
 * The earnings per day with which a threshold is held night after night, 1/10000 point, rounded up:
 * threshold × rate ÷ factor. A tier is evaluated after the night took its part, so the steady state of
 * this pace lies one night's decay above the threshold.
 */
export function paceFor(threshold: number, factor: Fraction): number {
  const rate = rateOf(factor);
  const exact = {
    numerator: BigInt(threshold) * rate.numerator * factor.denominator,
    denominator: rate.denominator * factor.numerator,
  };
  return roundUp(exact);
}

/** So that a pace suffices. */
function roundUp(exact: Fraction): number {
  const rounded = roundHalfUp(exact);
  return Number(compare(fraction(rounded), exact) < 0 ? rounded + 1n : rounded);
}

/**
 * The earnings per day with which a threshold is reached and held, 1/10000 point, rounded up. Without
 * decay points only grow: then it is what is wanting ÷ days left, today's included, and nothing where
 * the points suffice.
 */
export function paceTo(
  threshold: number,
  points: number,
  { factor, today, firstDay, lastDay }: Pick<Outlook, 'factor' | 'today' | 'firstDay' | 'lastDay'>,
): number {
  if (rateOf(factor).numerator !== 0n) return paceFor(threshold, factor);
  const days = Math.max(1, lastDay - Math.max(today, firstDay) + 1);
  return roundUp(fraction(BigInt(Math.max(0, threshold - points)), BigInt(days)));
}

/** The next tier above one, or null at the top. */
export const nextTier = (table: TierTable, name: string): string | null =>
  table.tiers[rankOf(table, name) + 1]?.name ?? null;
