/**
 * Whether somebody still speaks of an overload. Decides when it ends in silence, also where the
 * seat was put away meanwhile and has forgotten the samples: the state says by when one came at
 * the latest. A seat that lives ends it at the first look after fifteen minutes, another up to a
 * window and a half later.
 */
import { type Watch, WINDOW_MS } from '../load/load';
import type { LoadMemory } from '../load/memory';
import { afterJudging, type SeatState } from './seat';

/** Nothing but silence is looked for while nobody asks. */
const SILENCE: Watch = { aht: false, queueWaitSeconds: null, ahtToleranceSeconds: null };

/** Ends an overload of which nobody has spoken for 15 minutes, or looks again later. */
export function watched(
  state: SeatState,
  memory: LoadMemory,
  about: { readonly agentKey: string; readonly now: number; readonly salt: string },
): SeatState {
  const { now } = about;
  if ((state.due.load ?? now + 1) > now) return state;
  const isSpokenOf = memory.read(SILENCE, now).latest !== null;
  const next = isSpokenOf
    ? state
    : afterJudging(state, memory.judge(state.load, SILENCE, now, state.spokenBy), about);
  return next.load.overload === null ? next : watchedAgain(next, now);
}

/** The state that looks again whether an overload is still spoken of. */
const watchedAgain = (state: SeatState, now: number): SeatState => ({
  ...state,
  // A seat of before this was noted is watched from now on.
  spokenBy: state.spokenBy ?? now,
  due: { ...state.due, load: now + WINDOW_MS },
});

/**
 * The state after a sample: an overload is spoken of. An object that is put away forgets what was
 * said, so that the state says by when it was at the latest; half a window ahead, for the row.
 */
export const spokenOf = (state: SeatState, now: number): SeatState =>
  state.load.overload === null || now <= (state.spokenBy ?? 0)
    ? state
    : { ...state, spokenBy: now + WINDOW_MS / 2 };
