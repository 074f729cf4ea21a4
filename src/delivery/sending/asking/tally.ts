/**
 * Questions in a target's requests a minute: they count like deliveries (S3, O4). Decides whether one
 * more may go and how long it waits. Kept in memory until a wave saves them with the rest, for a row
 * for each would cost more than the question. Refuses nothing where a target has no stated rate.
 */
import type { Destination } from '../../destination';
import { untilRoom } from '../queue';
import { type DestinationState, MINUTE_MS } from '../state';

/** Requests that may still go in this minute; shared by all that are sent at once. */
export interface Budget {
  left: number;
}

export class Tally {
  #asked: DestinationState['sent'] = [];
  /** What the wave under way may still send: questions that come meanwhile take from the same. */
  wave: Budget | null = null;

  /** The state with the questions that it does not know yet, the oldest request first. */
  with(state: DestinationState): DestinationState {
    if (this.#asked.length === 0) return state;
    const sent = [...state.sent, ...this.#asked].toSorted((a, b) => a.at - b.at);
    return { ...state, sent };
  }

  /** The state knows them now. */
  saved(): void {
    this.#asked = [];
  }

  /** Counts one question; milliseconds it must wait where the rate is used up. */
  spend(state: DestinationState, pacing: Pick<Destination, 'ratePerMinute'>, now: number): number {
    if (pacing.ratePerMinute === null) return 0;
    const isWaveFull = this.wave !== null && this.wave.left <= 0;
    const wait = isWaveFull ? MINUTE_MS : untilRoom(this.with(state), pacing, now);
    if (wait === 0 && this.wave !== null) this.wave.left -= 1;
    const fresh = this.#asked.filter(({ at }) => at > now - MINUTE_MS);
    this.#asked = wait === 0 ? [...fresh, { at: now, count: 1 }] : fresh;
    return wait;
  }
}
