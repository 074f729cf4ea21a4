/**
 * Questions in a target's requests a minute: they count like deliveries (S3, O4). Decides whether one
 * more may go and how long it waits. A second's worth is booked before the first goes: what the
 * object forgets when it is put away was counted, and a row serves several questions; what was not
 * asked in its second is given back. Refuses nothing where a target has no stated rate.
 */
import type { Destination } from '../../destination';
import { rateLeft, recent, untilRoom } from '../queue';
import { BOOKED_AHEAD_MS, type DestinationState, MINUTE_MS } from '../state';

/** Requests that may still go in this minute; shared by all that are sent at once. */
export interface Budget {
  left: number;
}

type Sent = DestinationState['sent'];
type Pacing = Pick<Destination, 'ratePerMinute'>;

export class Tally {
  /** Questions that are booked and not asked, and the last instant at which they may be. */
  #ahead = { left: 0, until: 0 };
  /** What the wave under way may still send: questions that come meanwhile take from the same. */
  #wave: Budget | null = null;

  /** A wave begins, whose own first requests are counted. */
  begin(
    { budget, destination }: { readonly budget: Budget; readonly destination: Pacing },
    state: DestinationState,
    own: number,
    now: number,
  ): void {
    budget.left = rateLeft(this.known(state, now), destination, now) + own;
    this.#wave = budget;
  }

  end(): void {
    this.#wave = null;
  }

  /** The state without what was booked and not asked while it might have been. */
  known(state: DestinationState, now: number): DestinationState {
    const { left, until } = this.#ahead;
    const place = state.sent.findLastIndex(({ at }) => at === until);
    const booked = state.sent[place];
    if (left === 0 || booked === undefined || now <= until) return state;
    const asked = { at: until, count: booked.count - left };
    const kept = asked.count > 0 ? [asked] : [];
    return { ...state, sent: state.sent.toSpliced(place, 1, ...kept) };
  }

  /** A state as `known` shows it was saved at this instant. */
  saved(now: number): void {
    if (now > this.#ahead.until) this.#ahead.left = 0;
  }

  /**
   * Takes one question; milliseconds it must wait where the rate is used up. `book` saves what was
   * sent, this question and those booked with it among it.
   */
  spend(
    saved: DestinationState,
    { ratePerMinute }: Pacing,
    book: (sent: Sent) => void,
    now: number,
  ): number {
    if (ratePerMinute === null) return 0;
    if (this.#ahead.left > 0 && now <= this.#ahead.until) {
      this.#ahead.left -= 1;
      return 0;
    }
    if (this.#wave !== null && this.#wave.left <= 0) return MINUTE_MS;
    const state = this.known(saved, now);
    const wait = untilRoom(state, { ratePerMinute }, now);
    if (wait > 0) return wait;
    const room = Math.min(
      rateLeft(state, { ratePerMinute }, now),
      this.#wave?.left ?? ratePerMinute,
    );
    const count = Math.min(room, Math.ceil((ratePerMinute * BOOKED_AHEAD_MS) / MINUTE_MS));
    // Of several the last may go a moment later, and its minute ends a moment later.
    const at = count === 1 ? now : now + BOOKED_AHEAD_MS;
    book([...recent(state, now), { at, count }]);
    if (this.#wave !== null) this.#wave.left -= count;
    this.#ahead = { left: count - 1, until: at };
    return 0;
  }
}
