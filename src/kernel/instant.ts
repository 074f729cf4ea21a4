/**
 * Instants as UTC milliseconds, and the civil calendar they fall on, by arithmetic alone: this
 * file reads no clock. Refuses date text that is not an RFC 3339 instant with a zone, and days
 * that do not exist.
 */

export const DAY_MS = 86_400_000;
/**
 * 1970-01-02 to the end of 9998: what is taken from outside. A day to each side of any of these,
 * and the year after, still has four digits and a place in every zone.
 */
export const FIRST_INSTANT_MS = DAY_MS;
export const LAST_INSTANT_MS = 253_370_764_799_999;

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Days from 1970-01-01 to a civil date (proleptic Gregorian; era arithmetic of 400 years). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + ofYear;
  return era * 146_097 + ofEra - 719_468;
}

/** Days since 1970-01-01 as `YYYY-MM-DD`. */
export function civilDay(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const leaps = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096);
  const yearOfEra = Math.floor((ofEra - leaps) / 365);
  const beforeYear = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const ofYear = ofEra - beforeYear;
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Days since 1970-01-01 of a `YYYY-MM-DD` that exists, else null. */
export function parseDay(text: string): number | null {
  const match = DAY.exec(text);
  if (match === null) return null;
  const days = daysFromCivil(Number(match[1]), Number(match[2]), Number(match[3]));
  return civilDay(days) === text ? days : null;
}

/** Whether text from outside names a day that can be reckoned with. */
export function isDay(text: string): boolean {
  const days = parseDay(text);
  return days !== null && days * DAY_MS >= FIRST_INSTANT_MS && days * DAY_MS <= LAST_INSTANT_MS;
}

/**
 * UTC milliseconds of RFC 3339 text, digits below a millisecond cut; null when it is not one or
 * lies beyond the bounds above.
 */
export function parseInstant(text: string): number | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, places = '', sign, zoneHour, zoneMinute] = match;
  const days = parseDay(`${year}-${month}-${day}`);
  if (days === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  if (Number(zoneHour ?? 0) > 23 || Number(zoneMinute ?? 0) > 59) return null;
  const clock = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1000;
  const offset = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * 60_000;
  const millis = Number(places.padEnd(3, '0').slice(0, 3));
  const instant = days * DAY_MS + clock + millis - (sign === '-' ? -offset : offset);
  return instant >= FIRST_INSTANT_MS && instant <= LAST_INSTANT_MS ? instant : null;
}

/** RFC 3339 text in UTC with milliseconds. */
export function printInstant(instant: number): string {
  const days = Math.floor(instant / DAY_MS);
  const rest = instant - days * DAY_MS;
  const hour = pad(Math.floor(rest / 3_600_000), 2);
  const minute = pad(Math.floor(rest / 60_000) % 60, 2);
  const second = pad(Math.floor(rest / 1000) % 60, 2);
  return `${civilDay(days)}T${hour}:${minute}:${second}.${pad(rest % 1000, 3)}Z`;
}
