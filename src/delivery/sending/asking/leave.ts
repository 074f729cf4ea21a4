/**
 * Whether a question may go. Decides that one passes an open breaker when a probe is due, whatever
 * deliveries probe meanwhile: who only asks would never learn of a target that others find silent;
 * and that further ones go once it was answered. An answer to a question closes a breaker only where
 * no delivery can try: a target that is read may still refuse to be written. Refuses the others until
 * the probe is answered, and what the rate has no room for.
 */
import type { Destination } from '../../destination';
import { moodAfter, type Sign } from '../apply';
import { goesBy } from '../queue';
import { type DestinationState, MINUTE_MS, type Shelf } from '../state';

/**
 * `PROBE`: it passes an open breaker, and its answer says whether that closes. `PARKED`: only a person
 * closes it, so nobody can say when a question will go; what is `REFUSED` may go after a wait.
 */
export type Leave =
  | { readonly kind: 'FREE' | 'PROBE' }
  | { readonly kind: 'REFUSED' | 'PARKED'; readonly why: string; readonly waitMs: number };

/** `spend`: takes one request of the rate; milliseconds to wait where none is left. */
export function leaveOf(
  { breaker }: Pick<DestinationState, 'breaker'>,
  { probeSeconds }: Pick<Destination, 'probeSeconds'>,
  spend: () => number,
  now: number,
): Leave {
  const { openedAt, asksFrom, isHeard = false } = breaker;
  if (openedAt !== null) {
    const why = 'the destination is parked after failures';
    if (probeSeconds === null) return { kind: 'PARKED', why, waitMs: MINUTE_MS };
    const waitMs = (asksFrom ?? openedAt) + probeSeconds * 1000 - now;
    if (waitMs > 0 && !isHeard)
      return { kind: 'REFUSED', why, waitMs: Math.min(waitMs, MINUTE_MS) };
  }
  const waitMs = spend();
  if (waitMs > 0) return { kind: 'REFUSED', why: 'the rate of the target is used up', waitMs };
  return { kind: openedAt === null ? 'FREE' : 'PROBE' };
}

/** The state while one question probes; null: the last was answered, and this one need not be noted. */
export const withProbe = (state: DestinationState, now: number): DestinationState | null =>
  state.breaker.isHeard === true
    ? null
    : { ...state, breaker: { ...state.breaker, asksFrom: now } };

/**
 * The state after a probing question was answered; null: nothing changes. Where a delivery goes before
 * another probe would, it is that one's turn at once, and its answer decides.
 */
export function afterProbe(
  state: DestinationState,
  shelf: Shelf,
  probeSeconds: number,
  sign: Sign,
  now: number,
): DestinationState | null {
  const { openedAt, isHeard } = state.breaker;
  if (openedAt === null) return null;
  const felt = { ...state, ...moodAfter(state, sign, now) };
  if (sign.kind === 'paced') return felt;
  if (sign.kind === 'failed') {
    return { ...felt, breaker: { ...felt.breaker, asksFrom: now, isHeard: false } };
  }
  const probeMs = probeSeconds * 1000;
  if (!goesBy(state, shelf, now + probeMs)) return { ...felt, due: { work: now } };
  if (isHeard === true) return null;
  const breaker = { ...state.breaker, openedAt: Math.min(openedAt, now - probeMs), isHeard: true };
  return { ...state, breaker, due: { work: now } };
}
