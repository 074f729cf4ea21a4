/**
 * Maintenance windows: when platforms may be written. Decides by the season's wall clock whether one
 * is open and when the next begins, how many a reset will take, and whether the inbound volume is
 * low enough. Refuses to hold anything back on volume that nobody has told.
 */
import { civilDay } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';
import { instantAt, localDay } from '../../kernel/zone';
import type { Season } from '../season';

export interface Window {
  readonly from: number;
  /** First instant after it. */
  readonly until: number;
}

type Daily = Pick<Season, 'maintenanceWindow' | 'timeZone'>;

function windowOn({ maintenanceWindow, timeZone }: Daily, day: number): Window {
  const from = instantAt(civilDay(day), maintenanceWindow.start, timeZone);
  return { from, until: from + maintenanceWindow.minutes * 60_000 };
}

/** The window that is open at an instant, or null. One may last over midnight. */
export function openWindow(season: Daily, now: number): Window | null {
  const today = dayNumber(localDay(now, season.timeZone));
  return (
    [today - 1, today]
      .map((day) => windowOn(season, day))
      .find(({ from, until }) => from <= now && now < until) ?? null
  );
}

/** When the next window begins after an instant. */
export function nextWindow(season: Daily, now: number): number {
  const today = dayNumber(localDay(now, season.timeZone));
  const starts = [today, today + 1, today + 2].map((day) => windowOn(season, day).from);
  return starts.find((from) => from > now) ?? now;
}

/** Requests a minute that a destination without a stated rate is reckoned with. */
const USUAL_RATE = 300;

/** Milliseconds that so many requests take. */
export const durationOf = (requests: number, ratePerMinute: number | null): number =>
  Math.ceil((requests / (ratePerMinute ?? USUAL_RATE)) * 60_000);

/** How many windows so many requests take at the slowest destination's rate. */
export const windowsFor = (
  requests: number,
  ratePerMinute: number | null,
  { maintenanceWindow }: Pick<Season, 'maintenanceWindow'>,
): number => Math.ceil(durationOf(requests, ratePerMinute) / (maintenanceWindow.minutes * 60_000));

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
  const peaks = [
    ...before.peaks.filter(([of]) => of !== day && of > day - PEAK_DAYS),
    [day, Math.max(known, value)] as const,
  ].toSorted(([a], [b]) => a - b);
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
