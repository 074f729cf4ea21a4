/**
 * The night's comparison of seats and platforms with the books: how far it is and what it found.
 * Decides which night an instant belongs to and where a comparison begins or goes on. Refuses nothing.
 */
import { civilDay, DAY_MS } from '../kernel/instant';

export const NIGHT_KIND = 'routing-night';
export const NIGHT_NAME = 'comparison';
/** A night begins at two, UTC. */
const BEGINS_MS = 7_200_000;

export interface NightMark {
  /** `YYYY-MM-DD` on which it began. */
  readonly night: string;
  /** The last agent that was looked at; null: all were. */
  readonly after: string | null;
  readonly compared: number;
  /** Seats that held something else, and seats that could not be reached. */
  readonly mended: number;
  readonly failed: number;
  /** Agents whose skills on a platform differed, and those it does not know. */
  readonly skillsMended: number;
  readonly skillsUnknown: number;
  /** A platform could not be asked: who was left out is looked at the next night. */
  readonly silent: boolean;
}

export const nightOf = (now: number): string => civilDay(Math.floor((now - BEGINS_MS) / DAY_MS));

/** True where the comparison that began on a night has come to its end. */
export const isCompared = (before: NightMark | null, night: string): boolean =>
  before !== null && before.after === null && before.night === night;

/**
 * Where a comparison goes on, or begins. One that has not come to its end goes on the next night
 * where it was, under the night on which it began: else the last agents of many were never compared.
 */
export const nextNight = (before: NightMark | null, night: string): NightMark =>
  before !== null && before.after !== null
    ? before
    : {
        night,
        after: null,
        compared: 0,
        mended: 0,
        failed: 0,
        skillsMended: 0,
        skillsUnknown: 0,
        silent: false,
      };
