/**
 * Maintenance windows: when platforms may be written. Decides by the season's wall clock whether one
 * is open and when the next begins, how many a reset will take, and whether the inbound volume is
 * low enough. Refuses to hold anything back on volume that nobody has told.
 */
import { type DailyHours, type Hours, nextOpening, openHours } from '../../kernel/zone';
import type { Season } from '../season';

type Daily = Pick<Season, 'maintenanceWindow' | 'timeZone'>;

/** The daily hours in which platforms may be written. */
export const hoursOf = ({ maintenanceWindow, timeZone }: Daily): DailyHours => ({
  ...maintenanceWindow,
  timeZone,
});

/** The window that is open at an instant, or null. One may last over midnight. */
export const openWindow = (season: Daily, now: number): Hours | null =>
  openHours(hoursOf(season), now);

/** When the next window begins after an instant. */
export const nextWindow = (season: Daily, now: number): number => nextOpening(hoursOf(season), now);

/** Requests a minute that a destination without a stated rate is reckoned with. */
const USUAL_RATE = 300;

/** Milliseconds that so many requests take. */
export const durationOf = (requests: number, ratePerMinute: number | null): number =>
  Math.ceil((requests / (ratePerMinute ?? USUAL_RATE)) * 60_000);

/** What a run or its estimate has begun in one window. */
export interface Spent {
  /** UTC ms of the first order in it. */
  readonly from: number;
  /** Cost of what was ordered in it, and of what was still on its way then. */
  readonly cost: number;
}

/**
 * Whether a further batch is begun in a window: its cost must fit after all that was spent there. A
 * minute that a platform has used is used, however early its answers came. The run and its estimate
 * ask the same.
 */
export const fits = (
  { from, cost }: Spent,
  more: number,
  ratePerMinute: number | null,
  until: number,
): boolean => from + durationOf(cost + more, ratePerMinute) <= until;

/** What is left of a run: costs of batches in order, and the requests among them that write. */
export interface Left {
  readonly costs: readonly number[];
  readonly writes: number;
}

/**
 * How many windows what is left takes, at the slowest destination's rate. Batches go whole: none is begun
 * that does not fit, but for the first of a window; what such a one does not get written goes on in
 * the next. `here`: what was spent in the window that is open, and when that ends.
 */
export function windowsFor(
  { costs, writes }: Left,
  ratePerMinute: number | null,
  { maintenanceWindow }: Pick<Season, 'maintenanceWindow'>,
  here: (Spent & { readonly until: number }) | null = null,
): number {
  const whole = maintenanceWindow.minutes * 60_000;
  let windows = 0;
  let spent: Spent & { readonly until: number } = here ?? { from: 0, cost: 0, until: -1 };
  let isUsed = false;
  // A batch of which nobody is told anything waits for no window.
  for (const cost of costs.filter((one) => one > 0)) {
    const further = fits(spent, cost, ratePerMinute, spent.until);
    if (!further) spent = { from: 0, cost: 0, until: whole };
    if (!further || !isUsed) windows += 1;
    isUsed = true;
    spent = { ...spent, cost: spent.cost + cost };
  }
  return Math.max(windows, Math.ceil(durationOf(writes, ratePerMinute) / whole));
}

/** What is left where only some agents were looked at: the others are taken to be like these. */
export function grownTo(left: Left, looked: number, all: number): Left {
  const { costs, writes } = left;
  if (looked === 0 || all <= looked) return left;
  const grown = (of: number): number => Math.ceil((of * all) / looked);
  const costOfNth = (nth: number): number => costs[nth % costs.length] ?? 0;
  return {
    costs: Array.from({ length: grown(costs.length) }, (_, nth) => costOfNth(nth)),
    writes: grown(writes),
  };
}

/** What is known of the inbound volume: the latest value, and the peak of the last four weeks. */
export interface Volume {
  readonly latest: { readonly value: number; readonly at: number } | null;
  /** Greatest value of each day, by day number; at most 28. */
  readonly peaks: readonly (readonly [day: number, value: number])[];
}

export const NO_VOLUME: Volume = { latest: null, peaks: [] };
const PEAK_DAYS = 28;
/** A value older than this says nothing of now. */
const FRESH_MS = 3_600_000;

export function withVolume(before: Volume, value: number, at: number): Volume {
  const day = Math.floor(at / 86_400_000);
  const known = before.peaks.find(([of]) => of === day)?.[1] ?? 0;
  const all = [
    ...before.peaks.filter(([of]) => of !== day),
    [day, Math.max(known, value)] as const,
  ];
  const newest = Math.max(...all.map(([of]) => of));
  const peaks = all.filter(([of]) => of > newest - PEAK_DAYS).toSorted(([a], [b]) => a - b);
  const isLatest = before.latest === null || at >= before.latest.at;
  return { latest: isLatest ? { value, at } : before.latest, peaks };
}

/** `unknown`: nothing fresh was told; then the window alone decides, and the report says so. */
export type VolumeVerdict = 'low' | 'high' | 'unknown';

export function volumeVerdict(volume: Volume, percentOfPeak: number, now: number): VolumeVerdict {
  const { latest } = volume;
  if (latest === null || now - latest.at > FRESH_MS || latest.at > now) return 'unknown';
  const peak = volume.peaks.reduce((most, [, value]) => Math.max(most, value), 0);
  if (peak <= 0) return 'unknown';
  return latest.value * 100 <= peak * percentOfPeak ? 'low' : 'high';
}
