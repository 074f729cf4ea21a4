/**
 * The oracle of seasons: local days and daily windows by the printed wall clock, decay day by day,
 * tiers by a list of thresholds, how a season opens. Shares no code with the engine and looks at no
 * books: it is handed what it needs.
 */

const printers = new Map<string, Intl.DateTimeFormat>();

/** `2031-03-09 02:30:00` as the wall clock of a zone shows it. */
function shown(instant: number, zone: string): string {
  const printer =
    printers.get(zone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  printers.set(zone, printer);
  return printer.format(instant);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const localDayOf = (instant: number, zone: string): string =>
  shown(instant, zone).slice(0, 10);

/** Days since 1970-01-01. */
export const numberOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY;

export const dayOfNumber = (days: number): string =>
  new Date(days * DAY).toISOString().slice(0, 10);

const starts = new Map<string, number>();

/** The first instant of a local day, found by walking. */
export function startOf(day: string, zone: string): number {
  const known = starts.get(`${day} ${zone}`);
  if (known !== undefined) return known;
  let at = Date.parse(`${day}T00:00:00Z`) - 15 * HOUR;
  while (localDayOf(at, zone) < day) at += 15 * MINUTE;
  starts.set(`${day} ${zone}`, at);
  return at;
}

export interface OracleSeason {
  readonly id: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly zone: string;
}

export const beginsAt = ({ firstDay, zone }: OracleSeason): number => startOf(firstDay, zone);
export const endsAt = ({ lastDay, zone }: OracleSeason): number =>
  startOf(dayOfNumber(numberOfDay(lastDay) + 1), zone);

export interface OracleWindow {
  /** `HH:MM` of the wall clock. */
  readonly start: string;
  readonly minutes: number;
}

/** When a daily window opens on a day; a time that is skipped comes as much later as was skipped. */
export function openingOf(day: string, { start }: OracleWindow, zone: string): number {
  const [hours = 0, minutes = 0] = start.split(':').map(Number);
  const naive = startOf(day, zone) + hours * HOUR + minutes * MINUTE;
  const tries = [0, -HOUR, HOUR, -HOUR / 2, HOUR / 2].map((by) => naive + by);
  return tries.find((at) => shown(at, zone).startsWith(`${day} ${start}`)) ?? naive;
}

export function isOpen(at: number, window: OracleWindow, zone: string): boolean {
  const today = numberOfDay(localDayOf(at, zone));
  return [today - 1, today].some((day) => {
    const from = openingOf(dayOfNumber(day), window, zone);
    return from <= at && at < from + window.minutes * MINUTE;
  });
}

/** Whether somebody was away on a day, as a number of days since 1970-01-01. */
export type IsAway = (day: number) => boolean;
const nobody: IsAway = () => false;

/**
 * What lots are worth at a day, carried from day to day, rounded once at the end. A day away carries
 * everything on as it was.
 */
export function decayed(
  lots: readonly (readonly [day: number, amount: bigint])[],
  until: number,
  [kept, of]: readonly [kept: bigint, of: bigint],
  isAway: IsAway = nobody,
): bigint {
  const first = lots.reduce((least, [day]) => Math.min(least, day), until);
  let value = 0n;
  let parts = 1n;
  for (let day = first; day <= until; day += 1) {
    if (!isAway(day)) {
      value *= kept;
      parts *= of;
    }
    for (const [earned, amount] of lots) if (earned === day) value += amount * parts;
  }
  // Earned after that day: whole.
  for (const [earned, amount] of lots) if (earned > until) value += amount * parts;
  const half = value < 0n ? -(2n * -value + parts) : 2n * value + parts;
  return half / (2n * parts);
}

export type Thresholds = readonly (readonly [name: string, points: number])[];

/** The highest tier whose threshold is met; thresholds rise, the first is 0. */
export function tierOf(thresholds: Thresholds, points: number): string {
  const met = thresholds.filter(([, from]) => points >= from);
  return met.at(-1)?.[0] ?? thresholds[0]?.[0] ?? '';
}

export const higher = (thresholds: Thresholds, a: string, b: string): string => {
  const place = (name: string): number => thresholds.findIndex(([one]) => one === name);
  return place(b) > place(a) ? b : a;
};

export interface OracleOpening {
  readonly tier: string;
  readonly honoured: string;
  /** UTC ms; null: no grace. */
  readonly graceUntil: number | null;
}

/** How the next season opens for who ended the last one with so many points. */
export function openingAfter(
  points: number,
  {
    thresholds,
    policy,
    graceDays,
    next,
    isAway = nobody,
    isUnranked = false,
  }: {
    readonly thresholds: Thresholds;
    readonly policy: 'FLOOR' | 'FROM_ARCHIVE';
    readonly graceDays: number;
    readonly next: OracleSeason;
    readonly isAway?: IsAway;
    /** Below the compliance minimums as it ended: nothing of that is honoured. */
    readonly isUnranked?: boolean;
  },
): OracleOpening {
  const ended = tierOf(thresholds, points);
  const floor = thresholds[0]?.[0] ?? '';
  const tier = policy === 'FLOOR' ? floor : ended;
  if (graceDays === 0) return { tier, honoured: tier, graceUntil: null };
  let day = numberOfDay(next.firstDay);
  for (let present = 0; present < graceDays; day += 1) if (!isAway(day)) present += 1;
  const until = startOf(dayOfNumber(day), next.zone);
  const honoured = isUnranked ? tier : higher(thresholds, tier, ended);
  return { tier, honoured, graceUntil: until };
}
