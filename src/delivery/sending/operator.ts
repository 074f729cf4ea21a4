/**
 * What an operator does with a destination and its deliveries: resume, release, abandon, and what
 * the destination tells of itself. Decides what may be given up at once and what must be asked
 * about first. Refuses to touch what is in flight.
 */
import {
  CLOSED,
  type DestinationState,
  type Held,
  heldFrom,
  heldKey,
  heldOf,
  hold,
  letGo,
  type Page,
  pageKey,
  type Shelf,
  wasSent,
  watchedFrom,
} from './state';

/** How long an operator has to write what was begun. */
const LEASE_MS = 60_000;

export const DELIVERY_STATES = [
  'WAITING',
  'IN_FLIGHT',
  'RETRYING',
  'PARKED',
  'UNCERTAIN',
  'CONFIRMED',
  'REJECTED',
  'ABANDONED',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Closes the breaker; everything that was parked may go. */
export function resumed(before: DestinationState, shelf: Shelf, now: number): DestinationState {
  let state: DestinationState = { ...before, breaker: CLOSED, due: { work: now } };
  for (const held of heldOf(state, shelf)) {
    if (held.state !== 'PARKED') continue;
    const { isResting: _, ...free } = held;
    state = hold(state, shelf, { ...free, nextAt: now, tries: 0 });
  }
  return state;
}

/**
 * Has one delivery go now, whatever the breaker says; null while it is in flight. Where somebody is
 * giving it up it goes when that has ended, if it was not given up.
 */
export function released(
  before: DestinationState,
  shelf: Shelf,
  id: string,
  now: number,
): DestinationState | null {
  if (isInFlight(before, id)) return null;
  const { state, held } = takeOut(before, shelf, id, now);
  const { isResting: _, ...free } = held;
  const next: Held = { ...free, nextAt: now, released: true };
  return { ...hold(state, shelf, next), due: { work: now } };
}

const isInFlight = ({ wave, reached }: DestinationState, id: string): boolean =>
  (wave?.items ?? []).some((one) => one.id === id) ||
  reached.some(({ delivery }) => delivery === id);

/** Out of the short list, if it stands there. One that waits in a page is dropped when it comes up. */
function takeOut(
  before: DestinationState,
  shelf: Shelf,
  id: string,
  now: number,
): { readonly state: DestinationState; readonly held: Held } {
  const waits = before.front.find((one) => one.id === id) ?? { id, at: now };
  const state = { ...before, front: before.front.filter((one) => one.id !== id) };
  const held = shelf.get<Held>(heldKey(id)) ?? { ...heldFrom(waits), nextAt: now };
  return { state, held };
}

/**
 * Reserves a delivery for being abandoned: nothing is sent until the lease ends. What comes back is
 * whether it may have arrived; null while it is in flight.
 */
export function leased(
  before: DestinationState,
  shelf: Shelf,
  id: string,
  now: number,
): { readonly state: DestinationState; readonly held: Held } | null {
  if (isInFlight(before, id)) return null;
  const { state, held } = takeOut(before, shelf, id, now);
  const until = now + LEASE_MS;
  // Whoever rests would never look whether it was given up: the message that says so may be lost.
  const rests = held.nextAt === null && { nextAt: until, isResting: true };
  const next: Held = { ...held, ...rests, leasedUntil: until };
  return { state: hold(state, shelf, next), held: next };
}

/** After an abandon is in the books: one that was ever sent is asked about for some days. */
export function abandoned(
  before: DestinationState,
  shelf: Shelf,
  id: string,
  now: number,
): DestinationState {
  const held = shelf.get<Held>(heldKey(id));
  if (held === undefined || !wasSent(held)) return letGo(before, shelf, id);
  const watched = watchedFrom(held, now);
  // Now, and not in a day: the alarm may stand for something that comes before.
  return { ...hold(before, shelf, watched), due: { work: now } };
}

/** The state of a delivery without an outcome in the books. */
export function stateOf(state: DestinationState | null, shelf: Shelf, id: string): DeliveryState {
  if (state === null) return 'WAITING';
  if (isInFlight(state, id)) return 'IN_FLIGHT';
  const held = state.held === 0 ? undefined : shelf.get<Held>(heldKey(id));
  if (held?.state === 'UNCERTAIN') return 'UNCERTAIN';
  if (state.breaker.openedAt !== null || held?.state === 'PARKED') return 'PARKED';
  return held === undefined || held.state === 'WATCHED' ? 'WAITING' : 'RETRYING';
}

/** What a destination tells of itself. Times are UTC ms. */
export interface DestinationReport {
  readonly breaker: {
    readonly state: 'CLOSED' | 'OPEN';
    readonly failures: number;
    readonly openedAt: number | null;
    readonly reason: string;
  };
  readonly waiting: number;
  readonly retrying: number;
  readonly uncertain: number;
  readonly parked: number;
  readonly inFlight: number;
  readonly oldestAt: number | null;
}

export function reportOf(state: DestinationState, shelf: Shelf): DestinationReport {
  const held = heldOf(state, shelf).filter((one) => one.state !== 'WATCHED');
  const count = (name: Held['state']): number => held.filter((one) => one.state === name).length;
  const { failures, openedAt, reason } = state.breaker;
  const isOpen = openedAt !== null;
  const waiting = state.front.length + state.queued;
  const first = shelf.get<Page>(pageKey(state.head.page));
  const times = [
    ...state.front.map(({ at }) => at),
    ...held.map(({ at }) => at),
    ...(state.queued > 0 && first !== undefined ? [first.at] : []),
  ];
  return {
    breaker: { state: isOpen ? 'OPEN' : 'CLOSED', failures, openedAt, reason },
    waiting: isOpen ? 0 : waiting,
    retrying: isOpen ? 0 : count('RETRYING'),
    uncertain: count('UNCERTAIN'),
    parked: count('PARKED') + (isOpen ? waiting + count('RETRYING') : 0),
    inFlight: state.wave?.items.length ?? 0,
    oldestAt: times.length === 0 ? null : Math.min(...times),
  };
}
