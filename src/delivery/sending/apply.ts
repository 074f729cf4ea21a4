/**
 * Saves what a wave brought, in one step: outcomes with their outbox, who waits and how long, the
 * breaker. Decides when the breaker opens and closes. Refuses to forget anything that was taken.
 */
import type { After } from './held';
import type { WaveItem } from './queue';
import {
  type Breaker,
  CLOSED,
  type DestinationState,
  type Held,
  heldKey,
  hold,
  letGo,
  type Page,
  pageKey,
  type Shelf,
} from './state';
import type { Verdict } from './verdict';

/** Failures in a row after which nothing more is sent (G11). */
const OPENING_FAILURES = 3;

/** How the target is, as a wave goes on. */
export interface Mood {
  readonly breaker: Breaker;
  readonly paces: number;
  readonly pacedUntil: number | null;
}

/** `answered`: it said something that is neither a failure nor a plea for patience. */
export type Sign =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'paced'; readonly waitMs: number | null };

/** What the verdict on an answer says of the target. */
export function signOf(verdict: Verdict): Sign {
  if (verdict.kind === 'PACE') return { kind: 'paced', waitMs: verdict.waitMs };
  const failed = verdict.kind === 'UNSENT' || (verdict.kind === 'UNCERTAIN' && verdict.failure);
  return failed ? { kind: 'failed', reason: verdict.reason } : { kind: 'answered' };
}

/** Of a wider state only its mood: the rest of it is older than what was saved meanwhile. */
export function moodAfter(
  { breaker, paces: before, pacedUntil }: Mood,
  sign: Sign,
  now: number,
): Mood {
  switch (sign.kind) {
    case 'answered':
      return { breaker: CLOSED, paces: 0, pacedUntil };
    case 'paced': {
      const paces = before + 1;
      const until = now + (sign.waitMs ?? 1000 * 2 ** Math.min(paces, 3));
      return { breaker, paces, pacedUntil: Math.max(until, pacedUntil ?? 0) };
    }
    case 'failed': {
      const failures = breaker.failures + 1;
      const opens = failures >= OPENING_FAILURES || breaker.openedAt !== null;
      const asksFrom = breaker.asksFrom ?? breaker.openedAt ?? now;
      const felt = { failures, openedAt: opens ? now : null, reason: sign.reason };
      return {
        breaker: { ...breaker, ...felt, ...(opens && { asksFrom }) },
        paces: before,
        pacedUntil,
      };
    }
  }
}

/** Whether anything more of a wave is sent. A half-open breaker lets its one probe through. */
export const goesOn = (mood: Mood, now: number): boolean =>
  mood.breaker.failures < OPENING_FAILURES && (mood.pacedUntil === null || mood.pacedUntil <= now);

export interface WaveDone {
  readonly afters: readonly { readonly item: WaveItem; readonly after: After }[];
  readonly mood: Mood;
  /** The breaker the wave began with. */
  readonly began: Breaker;
  /** Requests sent beyond one for each delivery. */
  readonly further: number;
  /** When the last of its requests had gone: all of them count in the minute from then on. */
  readonly endedAt: number;
}

/** What questions changed meanwhile stands: a wave says only what it felt itself. */
function breakerAfter(stands: Breaker, { began, mood }: WaveDone): Breaker {
  const felt = mood.breaker;
  if (felt === began) return stands;
  if (felt.openedAt === null || stands.openedAt === null) return felt;
  const { failures, openedAt, reason } = felt;
  return { ...felt, ...stands, failures, openedAt, reason };
}

/**
 * A delivery after it was looked at for an operator: one that rested rests as it did, unless a
 * person must see more of it; and one that another operator released meanwhile goes all the same.
 */
function asOperatorsLeft(
  shelf: Shelf,
  { item, after }: { readonly item: WaveItem; readonly after: Extract<After, { kind: 'HELD' }> },
  { isLook, now }: { readonly isLook: boolean; readonly now: number },
): Held {
  const { held } = after;
  const stands = shelf.get<Held>(heldKey(item.id));
  if (held.state === 'WATCHED') return held;
  // A look is not the sending that was asked for.
  if (stands?.released === true && (isLook || item.held?.released !== true)) {
    const { isResting: _, ...free } = held;
    return { ...free, released: true, nextAt: now, leasedUntil: stands.leasedUntil };
  }
  const rests = item.held?.isResting === true && after.alarm === undefined;
  return rests && item.held !== null ? { ...held, state: item.held.state } : held;
}

/** What was sent, by the end of a wave; a look of an operator is none, and was not counted yet. */
function sentAfter(
  { sent, wave }: DestinationState,
  { afters, further, endedAt }: WaveDone,
): DestinationState['sent'] {
  // Of a wave that took more than its minute a question may have left nothing.
  const isCounted = wave !== null && sent.some(({ at }) => at === wave.at);
  const own = isCounted
    ? sent.map((one) => (one.at === wave.at ? { ...one, at: endedAt } : one))
    : [...sent, { at: endedAt, count: afters.length }];
  return further > 0 ? [...own, { at: endedAt, count: further }] : own;
}

/** The state after a wave. */
export function apply(
  before: DestinationState,
  shelf: Shelf,
  done: WaveDone,
  now: number,
): DestinationState {
  const { afters, mood } = done;
  const isLook = before.wave === null;
  const breaker = breakerAfter(before.breaker, done);
  const sent = sentAfter(before, done);
  const pacedUntil = Math.max(before.pacedUntil ?? 0, mood.pacedUntil ?? 0) || null;
  // What was ordered and decided during the wave stands: its mood may be a whole state, of before.
  const { paces } = mood;
  let state: DestinationState = { ...before, breaker, paces, pacedUntil, sent, wave: null };
  const back = afters.flatMap(({ item, after }) =>
    after.kind === 'BACK' && item.held === null ? [{ id: item.id, at: item.at }] : [],
  );
  state = { ...state, front: [...back, ...state.front] };
  const tail = afters.flatMap(({ item, after }) => (after.kind === 'TAIL' ? [item.id] : []));
  for (const { item, after } of afters) {
    if (after.kind === 'BACK') continue;
    if (after.kind === 'HELD') {
      state = hold(state, shelf, asOperatorsLeft(shelf, { item, after }, { isLook, now }));
    } else state = letGo(state, shelf, item.id);
    if (after.kind === 'SETTLED') state = { ...state, reached: [...state.reached, after.reached] };
    const why = 'alarm' in after ? after.alarm : undefined;
    if (why === undefined) continue;
    state = { ...state, alarms: [...state.alarms, { delivery: item.id, at: now, why }] };
  }
  if (tail.length > 0) {
    shelf.put<Page>(pageKey(state.tail), { ids: tail, at: now });
    state = { ...state, tail: state.tail + 1, queued: state.queued + tail.length };
  }
  // An operator's look closes it too, and nobody comes back for who waited.
  const closed = before.breaker.openedAt !== null && breaker.openedAt === null;
  if (closed) state = { ...state, due: { work: done.endedAt } };
  const opened = before.breaker.openedAt === null && breaker.openedAt !== null;
  if (!opened) return state;
  const alarm = { delivery: null, at: now, why: breaker.reason };
  return { ...state, alarms: [...state.alarms, alarm] };
}
