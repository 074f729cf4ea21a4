/**
 * Who goes next. Decides how orders are queued, what one wave takes and when there is something to
 * do again. Refuses to pass an open breaker, a target that asked for patience and its rate, but
 * for what an operator released.
 */
import type { Destination } from '../destination';
import type { Reached } from '../outcome';
import {
  type Alarm,
  BOOKED_AHEAD_MS,
  type DestinationState,
  freshState,
  type Held,
  heldFrom,
  heldKey,
  heldOf,
  hold,
  MINUTE_MS,
  type Page,
  pageKey,
  type Shelf,
  type Waiting,
} from './state';

/** Orders of up to this many go before the pages: somebody waits for a single one. */
const SMALL_ORDER = 40;
const MOST_IN_FRONT = 200;
/** With more in trouble than this, nothing new is begun. */
const MOST_HELD = 1000;

/** Queues those of some ids that are not known yet; null where none is new. */
export function order(
  before: DestinationState | null,
  shelf: Shelf,
  asked: {
    readonly destination: string;
    readonly ids: readonly string[];
    readonly known: ReadonlySet<string>;
  },
  now: number,
): { readonly state: DestinationState; readonly ids: readonly string[] } | null {
  const ids = [...new Set(asked.ids)].filter((id) => !asked.known.has(id));
  if (ids.length === 0) return null;
  const state = before ?? freshState(asked.destination);
  const due = { work: Math.min(state.due.work ?? now, now) };
  if (ids.length <= SMALL_ORDER && state.front.length + ids.length <= MOST_IN_FRONT) {
    const front = [...state.front, ...ids.map((id) => ({ id, at: now }))];
    return { state: { ...state, due, front }, ids };
  }
  shelf.put<Page>(pageKey(state.tail), { ids, at: now });
  const queued = state.queued + ids.length;
  return { state: { ...state, due, tail: state.tail + 1, queued }, ids };
}

/** Those that a wave had taken when the object was last seen: each may have arrived. */
export function recover(before: DestinationState, shelf: Shelf, now: number): DestinationState {
  const { wave } = before;
  if (wave === null) return before;
  let state: DestinationState = { ...before, wave: null };
  for (const item of wave.items) {
    const held = itsHeld(state, shelf, item.id) ?? heldFrom(item);
    state = hold(state, shelf, {
      ...held,
      state: held.state === 'WATCHED' ? 'WATCHED' : 'RETRYING',
      nextAt: now,
      firstSentAt: held.firstSentAt ?? wave.at,
      lastSentAt: wave.at,
      tries: held.tries + 1,
      reason: 'the answer was lost on this side',
    });
  }
  return state;
}

const itsHeld = (state: DestinationState, shelf: Shelf, id: string): Held | null =>
  state.held === 0 ? null : (shelf.get<Held>(heldKey(id)) ?? null);

export interface WaveItem extends Waiting {
  readonly held: Held | null;
}

type Pacing = Pick<Destination, 'probeSeconds' | 'ratePerMinute'>;

/** Takes the next wave of at most `most`, and notes it before anything is sent. */
export function take(
  before: DestinationState,
  shelf: Shelf,
  bounds: { readonly most: number; readonly pacing: Pacing; readonly settled: ReadonlySet<string> },
  now: number,
): { readonly state: DestinationState; readonly items: readonly WaveItem[] } {
  const clean = withoutSettled(before, bounds.settled);
  if (clean.pacedUntil !== null && now < clean.pacedUntil) return { state: before, items: [] };
  const gate = gateOf(clean, bounds.pacing, now);
  const most = Math.min(bounds.most, rateLeft(clean, bounds.pacing, now), gate.most);
  const held = heldOf(clean, shelf)
    .filter((one) => isDue(one, now) && (gate.open || one.released))
    .sort((a, b) => Number(b.released) - Number(a.released) || (a.nextAt ?? 0) - (b.nextAt ?? 0));
  const items: WaveItem[] = held.slice(0, Math.max(0, most)).map((one) => ({
    id: one.id,
    at: one.at,
    held: one,
  }));
  const wanted = gate.open && clean.held < MOST_HELD ? most - items.length : 0;
  const { state, taken } = takeWaiting(clean, shelf, wanted);
  // One that an operator released or gave up has a row of its own and stands in its page no more.
  const simple = taken.filter(({ id }) => itsHeld(state, shelf, id) === null);
  items.push(...simple.map((one) => ({ ...one, held: null })));
  if (items.length === 0) return { state: taken.length > 0 ? state : before, items };
  const wave = { at: now, items: items.map(({ id, at }) => ({ id, at })) };
  const sent = [...recent(state, now), { at: now, count: items.length }];
  // What is due is being done: a time that has come would arm the alarm at every step.
  return { state: { ...state, due: {}, wave, sent }, items };
}

const isDue = ({ nextAt, leasedUntil }: Held, now: number): boolean =>
  nextAt !== null && nextAt <= now && (leasedUntil === null || leasedUntil <= now);

/** Outcomes that were heard to be in the books need not be remembered. */
const withoutSettled = (
  state: DestinationState,
  settled: ReadonlySet<string>,
): DestinationState => ({
  ...state,
  reached: state.reached.filter((one) => !settled.has(reachedName(one))),
  alarms: state.alarms.filter((one) => !settled.has(alarmName(one))),
});

export const alarmName = ({ delivery, why, at }: Alarm): string => `${delivery} ${why} ${at}`;

export const reachedName = ({ delivery, outcome }: Pick<Reached, 'delivery' | 'outcome'>): string =>
  `${delivery}.${outcome}`;

/** An open breaker lets nothing through but what was released; half open, one. */
function gateOf(
  { breaker }: DestinationState,
  { probeSeconds }: Pacing,
  now: number,
): { readonly open: boolean; readonly most: number } {
  if (breaker.openedAt === null) return { open: true, most: Number.MAX_SAFE_INTEGER };
  const probeAt = probeSeconds === null ? null : breaker.openedAt + probeSeconds * 1000;
  return { open: probeAt !== null && probeAt <= now, most: 1 };
}

/** A clock that is set back by so little has its target wait; what is later yet is of a wrong one. */
const SET_BACK_MS = 15 * MINUTE_MS;

/** What counts in the minute that ends now. */
export const recent = ({ sent }: DestinationState, now: number): DestinationState['sent'] =>
  sent.filter(({ at }) => at > now - MINUTE_MS && at <= now + SET_BACK_MS);

/** Milliseconds until the target's rate has room for one more; 0: it has. */
export function untilRoom(
  state: DestinationState,
  pacing: Pick<Pacing, 'ratePerMinute'>,
  now: number,
): number {
  if (rateLeft(state, pacing, now) > 0) return 0;
  const ats = recent(state, now).map(({ at }) => at);
  return Math.min(...ats, now + BOOKED_AHEAD_MS) + MINUTE_MS - now;
}

/** Requests that may still go in this minute. */
export function rateLeft(
  state: DestinationState,
  { ratePerMinute }: Pick<Pacing, 'ratePerMinute'>,
  now: number,
): number {
  if (ratePerMinute === null) return Number.MAX_SAFE_INTEGER;
  return ratePerMinute - recent(state, now).reduce((sum, { count }) => sum + count, 0);
}

function takeWaiting(
  before: DestinationState,
  shelf: Shelf,
  most: number,
): { readonly state: DestinationState; readonly taken: readonly Waiting[] } {
  const taken: Waiting[] = before.front.slice(0, Math.max(0, most));
  let state = taken.length === 0 ? before : { ...before, front: before.front.slice(taken.length) };
  while (taken.length < most && state.queued > 0 && state.head.page < state.tail) {
    const { page, place } = state.head;
    const { ids, at } = shelf.get<Page>(pageKey(page)) ?? { ids: [], at: 0 };
    const some = ids.slice(place, place + most - taken.length);
    taken.push(...some.map((id) => ({ id, at })));
    const isDone = place + some.length >= ids.length;
    if (isDone) shelf.delete(pageKey(page));
    const head = isDone ? { page: page + 1, place: 0 } : { page, place: place + some.length };
    state = { ...state, head, queued: state.queued - some.length };
  }
  return { state, taken };
}

/** When there is something to do; null: only an operator or a new order brings something. */
export function nextDue(
  state: DestinationState,
  shelf: Shelf,
  pacing: Pacing,
  now: number,
): number | null {
  const held = heldOf(state, shelf);
  const all = waitingUntil(state, held, now);
  const { openedAt } = state.breaker;
  const times = openedAt === null ? all : timesOfProbe(openedAt, held, all, pacing);
  if (times.length === 0) return null;
  const free = now + untilRoom(state, pacing, now);
  return Math.max(Math.min(...times), state.pacedUntil ?? 0, free);
}

function waitingUntil(state: DestinationState, held: readonly Held[], now: number): number[] {
  const isNewDue = state.front.length + state.queued > 0 && state.held < MOST_HELD;
  return [...held.flatMap(dueAt), ...(isNewDue ? [now] : [])];
}

/** Whether a delivery is on its way, or could be by some time: its answer says more than a question's. */
export const goesBy = (state: DestinationState, shelf: Shelf, until: number): boolean =>
  state.wave !== null || waitingUntil(state, heldOf(state, shelf), until).some((at) => at <= until);

const dueAt = ({ nextAt, leasedUntil }: Held): number[] =>
  nextAt === null ? [] : [Math.max(nextAt, leasedUntil ?? 0)];

/**
 * What was released goes as it is due, through an open breaker too. The probe goes when it is due
 * and there is one to send: who waits for its hours is none until they open.
 */
function timesOfProbe(
  openedAt: number,
  held: readonly Held[],
  all: readonly number[],
  { probeSeconds }: Pick<Pacing, 'probeSeconds'>,
): number[] {
  const released = held.filter((one) => one.released).flatMap(dueAt);
  if (probeSeconds === null || all.length === 0) return released;
  return [...released, Math.max(openedAt + probeSeconds * 1000, Math.min(...all))];
}
