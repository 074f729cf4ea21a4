/** How far a calculation has come. Decides nothing; refuses nothing. */
import type { Tally } from '../run';

export interface Progress {
  /** Key of the last agent looked at; empty before the first. */
  readonly cursor: string;
  readonly tally: Tally;
  /** Over every sheet so far, in order. */
  readonly hash: string;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const PLACES = 4;

/** The share of agents looked at, 0 to 1: their keys are spread evenly by chance. */
export function shareDone(cursor: string): number {
  let share = 0;
  for (let place = PLACES - 1; place >= 0; place -= 1) {
    const digit = BASE32.indexOf(cursor.charAt(place) || 'a');
    share = (share + Math.max(0, digit)) / BASE32.length;
  }
  return Math.round(share * 1000) / 1000;
}
