/**
 * Whether a question may go. Decides that one passes an open breaker when a probe is due, whatever
 * deliveries probe meanwhile: who only asks would never learn of a target that others find silent.
 * Refuses the others until that one is answered, and what the rate has no room for.
 */
import type { Destination } from '../../destination';
import { moodAfter, type Sign } from '../apply';
import { type DestinationState, MINUTE_MS } from '../state';

/** `PROBE`: it passes an open breaker, and its answer says whether that closes. */
export type Leave =
  | { readonly kind: 'FREE' | 'PROBE' }
  | { readonly kind: 'REFUSED'; readonly why: string; readonly waitMs: number };

/** `spend`: takes one request of the rate; milliseconds to wait where none is left. */
export function leaveOf(
  { breaker }: Pick<DestinationState, 'breaker'>,
  { probeSeconds }: Pick<Destination, 'probeSeconds'>,
  spend: () => number,
  now: number,
): Leave {
  const { openedAt, asksFrom } = breaker;
  if (openedAt !== null) {
    const why = 'the destination is parked after failures';
    if (probeSeconds === null) return { kind: 'REFUSED', why, waitMs: MINUTE_MS };
    const waitMs = (asksFrom ?? openedAt) + probeSeconds * 1000 - now;
    if (waitMs > 0) return { kind: 'REFUSED', why, waitMs: Math.min(waitMs, MINUTE_MS) };
  }
  const waitMs = spend();
  if (waitMs > 0) return { kind: 'REFUSED', why: 'the rate of the target is used up', waitMs };
  return { kind: openedAt === null ? 'FREE' : 'PROBE' };
}

/** The state while one question probes: the next may when another probe is due. */
export const withProbe = (state: DestinationState, now: number): DestinationState => ({
  ...state,
  breaker: { ...state.breaker, asksFrom: now },
});

/**
 * The state after a probing question was answered; null: the breaker is closed already. One that
 * closes it has the deliveries that wait go at once.
 */
export function afterProbe(
  state: DestinationState,
  sign: Sign,
  now: number,
): DestinationState | null {
  if (state.breaker.openedAt === null) return null;
  const felt = { ...state, ...moodAfter(state, sign, now) };
  return felt.breaker.openedAt === null ? { ...felt, due: { work: now } } : felt;
}
