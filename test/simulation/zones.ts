/**
 * In which zone the organisation of a history lives: half of them in UTC, the others where the clocks
 * change while the history goes on if they do so anywhere. From the seed's name and not from its
 * stream, so that whatever else is drawn stays. Decides no day: `oracle/seasons.ts` does.
 */
import { unitOf } from './chance';

export const UTC = 'UTC';
const DAY = 86_400_000;
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Pacific/Auckland',
  'Asia/Kolkata',
  'Pacific/Apia',
] as const;
/** A history and the week in which it lies. */
const DAYS = 8;

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(instant: number, zone: string): string {
  const options = { timeZone: zone, timeStyle: 'short' } as const;
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('sv-SE', options);
  clocks.set(zone, clock);
  return clock.format(instant);
}

/** Whether the clocks of a zone change within some days. */
export const changesClocks = (zone: string, from: number, days: number): boolean =>
  Array.from({ length: days }, (_, day) => clockOf(from + day * DAY, zone)).some(
    (clock, _, all) => clock !== all[0],
  );

export function zoneOf(seed: number, startAt: number): string {
  if (unitOf(`${seed} lives in UTC`) < 0.5) return UTC;
  const changing = ZONES.filter((zone) => changesClocks(zone, startAt, DAYS));
  const among = changing.length > 0 ? changing : ZONES;
  return among[Math.floor(unitOf(`${seed} lives in a zone`) * among.length)] ?? UTC;
}

export const ZONE_KINDS = [
  'zone UTC',
  'zone of one clock',
  'zone of two clocks',
  'zone over a change of clocks',
] as const;

const WINTER_AND_SUMMER = [Date.UTC(2031, 0, 1), Date.UTC(2031, 6, 1)] as const;

export function zoneKind(zone: string | undefined, startAt: number): (typeof ZONE_KINDS)[number] {
  if (zone === undefined || zone === UTC) return 'zone UTC';
  if (changesClocks(zone, startAt, DAYS)) return 'zone over a change of clocks';
  const [winter, summer] = WINTER_AND_SUMMER.map((instant) => clockOf(instant, zone));
  return winter === summer ? 'zone of one clock' : 'zone of two clocks';
}
