/**
 * What a destination object remembers: who waits, what may be on its way, which outcomes are not
 * known to be in the books, and how the target is. Decides the forms alone. Who simply waits stands
 * in pages of ids and in a short list, so that a delivery without trouble costs a fraction of a
 * row; who is in trouble has a row of its own.
 */
import type { State } from '../../durable/due';
import type { Attempt, KeptAnswer, Reached } from '../outcome';

/** The part of an object's own storage that is needed here; every change is inside one step. */
export interface Shelf {
  get<T>(key: string): T | undefined;
  put<T>(key: string, value: T): void;
  delete(key: string): boolean;
  list<T>(options: { readonly prefix: string }): Iterable<[string, T]>;
}

export interface Waiting {
  readonly id: string;
  /** UTC ms at which it was ordered. */
  readonly at: number;
}

/** Up to 500 ids that were ordered together. */
export interface Page {
  readonly ids: readonly string[];
  readonly at: number;
}

/**
 * RETRYING: sent, nothing known, goes again. UNCERTAIN: is asked about, or waits for a person.
 * PARKED: had its retries, waits for the probe or an operator. WATCHED: was abandoned after it had
 * been sent, and is asked about for some days.
 */
export type HeldState = 'RETRYING' | 'UNCERTAIN' | 'PARKED' | 'WATCHED';

/** A delivery that is in some trouble. */
export interface Held extends Waiting {
  readonly state: HeldState;
  /** UTC ms; null: only an operator moves it. */
  readonly nextAt: number | null;
  /** When the target may first have seen it; null: it surely has not. */
  readonly firstSentAt: number | null;
  readonly lastSentAt: number | null;
  /** Sendings or look-ups of this round. */
  readonly tries: number;
  /** Look-ups that did not find it. */
  readonly rounds: number;
  readonly attempts: readonly Attempt[];
  readonly reason: string;
  readonly answer: KeptAnswer | null;
  /** An operator has said: now, whatever the breaker says. */
  readonly released: boolean;
  /** Until when an operator is abandoning it: nothing is sent meanwhile. */
  readonly leasedUntil: number | null;
  /** True: it rested when an operator began to give it up, and only the books are to be looked at. */
  readonly isResting?: boolean;
  /** How far a delivery of several requests has come. */
  readonly progress?: { readonly done: number; readonly refused: readonly number[] };
}

/** What is on its way, or was when the object was last seen. */
export interface Wave {
  readonly at: number;
  readonly items: readonly Waiting[];
}

export interface Breaker {
  /** Failures in a row. */
  readonly failures: number;
  /** UTC ms; null: closed. */
  readonly openedAt: number | null;
  /** UTC ms of the last question that probed, or of the opening; absent: that is `openedAt`. */
  readonly asksFrom?: number;
  /** True: the last question that probed was answered, and further ones go. */
  readonly isHeard?: boolean;
  readonly reason: string;
}

/** Something a person must see: of one delivery, or of the destination itself. */
export interface Alarm {
  readonly delivery: string | null;
  readonly at: number;
  readonly why: string;
}

export interface DestinationState extends State {
  readonly destination: string;
  readonly front: readonly Waiting[];
  /** The next id to take: a page and a place in it. */
  readonly head: { readonly page: number; readonly place: number };
  /** Number of the next page to be written. */
  readonly tail: number;
  /** Ids in pages that were not taken yet. */
  readonly queued: number;
  /** Rows of deliveries in trouble. */
  readonly held: number;
  readonly wave: Wave | null;
  readonly reached: readonly Reached[];
  readonly alarms: readonly Alarm[];
  readonly breaker: Breaker;
  /** Answers in a row that said: too fast. */
  readonly paces: number;
  readonly pacedUntil: number | null;
  /** What was sent in the last minute, or is booked for the next second. */
  readonly sent: readonly { readonly at: number; readonly count: number }[];
}

export const CLOSED: Breaker = { failures: 0, openedAt: null, reason: '' };

export const freshState = (destination: string): DestinationState => ({
  due: {},
  destination,
  front: [],
  head: { page: 0, place: 0 },
  tail: 0,
  queued: 0,
  held: 0,
  wave: null,
  reached: [],
  alarms: [],
  breaker: CLOSED,
  paces: 0,
  pacedUntil: null,
  sent: [],
});

/** The state after questions were booked. What was due before now fires without being set again. */
export const withSent = (
  state: DestinationState,
  sent: DestinationState['sent'],
  now: number,
): DestinationState => ({ ...state, ...((state.due.work ?? now) < now && { due: {} }), sent });

export const pageKey = (page: number): string => `page:${String(page).padStart(9, '0')}`;
const HELD_PREFIX = 'held:';
export const heldKey = (id: string): string => `${HELD_PREFIX}${id}`;

/** All deliveries in trouble; not read where the state says that there are none. */
export const heldOf = (state: DestinationState, shelf: Shelf): Held[] =>
  state.held === 0 ? [] : [...shelf.list<Held>({ prefix: HELD_PREFIX })].map(([, held]) => held);

/** Writes the row of a delivery in trouble. */
export function hold(state: DestinationState, shelf: Shelf, held: Held): DestinationState {
  const isNew = shelf.get(heldKey(held.id)) === undefined;
  shelf.put(heldKey(held.id), held);
  return isNew ? { ...state, held: state.held + 1 } : state;
}

/** Takes the row of a delivery away; it is settled, or simply waits. */
export function letGo(state: DestinationState, shelf: Shelf, id: string): DestinationState {
  if (state.held === 0 || !shelf.delete(heldKey(id))) return state;
  return { ...state, held: state.held - 1 };
}

export const heldFrom = ({ id, at }: Waiting): Held => ({
  id,
  at,
  state: 'RETRYING',
  nextAt: null,
  firstSentAt: null,
  lastSentAt: null,
  tries: 0,
  rounds: 0,
  attempts: [],
  reason: '',
  answer: null,
  released: false,
  leasedUntil: null,
});

export const wasSent = ({ firstSentAt }: Held): boolean => firstSentAt !== null;

export const MINUTE_MS = 60_000;
/** For how long requests are booked in one row (`asking/tally.ts`). */
export const BOOKED_AHEAD_MS = 1_000;
const DAY_MS = 86_400_000;

/** Given up although it was sent: it is asked about for some days. */
export const watchedFrom = ({ isResting: _, ...held }: Held, now: number): Held => ({
  ...held,
  state: 'WATCHED',
  released: false,
  nextAt: now + DAY_MS,
  rounds: 0,
  leasedUntil: null,
});

/** Nobody gave it up after all: only an operator moves it, as before. */
export const restedOn = ({ isResting: _, ...held }: Held): Held => ({
  ...held,
  nextAt: null,
  leasedUntil: null,
});

/** Every id this destination has not done with. */
export function knownIds(state: DestinationState, shelf: Shelf): Set<string> {
  const known = new Set<string>();
  const all = [...state.front, ...(state.wave?.items ?? []), ...heldOf(state, shelf)];
  for (const { id } of all) known.add(id);
  for (const { delivery } of state.reached) known.add(delivery);
  for (let page = state.head.page; page < state.tail; page += 1) {
    const { ids = [] } = shelf.get<Page>(pageKey(page)) ?? {};
    for (const id of ids.slice(page === state.head.page ? state.head.place : 0)) known.add(id);
  }
  return known;
}
