/**
 * What a coaching session object holds between events, and how it takes one: first, again, or with
 * other content. Decides accepted, duplicate, conflict or TOO_MANY from its own events and from
 * what D1 remembers of the old ones; refuses nothing authentic. Pure: time and salts come in.
 */
import type { State } from '../../durable/due';
import { type Arrival, contentHashOf, type KeptEvent, keep, type Taken } from '../../events/event';
import type { ChangeSet } from '../../kernel/change-set';
import { causeId, eventRowIdOf } from '../../kernel/ids';
import { DAY_MS } from '../../kernel/instant';

export const MAX_EVENTS = 1000;
/** An event that occurred longer ago than this may be one that the object has forgotten. */
const KEEP_DAYS = 3;
/** Days after its last acceptance when an object that has nothing due forgets itself. */
export const FORGET_AFTER_DAYS = KEEP_DAYS + 1;
/** Up to so many bodies of up to this length wait inside the state value and cost no row of their own. */
const INLINE_BODY_LENGTH = 2048;
const INLINE_BODIES = 50;
/** The platform's bound of a value is 2 MB; what comes above this is quarantined. */
const MAX_STATE_LENGTH = 1_500_000;
/** Below so many events the bound above cannot be reached. */
const FEW_EVENTS = 400;

/** A settlement with effects, frozen until the journal answers it. */
export interface FrozenSet {
  readonly number: number;
  readonly set: ChangeSet;
}

export interface SessionState extends State {
  /** Key of the coaching session. */
  readonly session: string;
  readonly events: readonly KeptEvent[];
  /** Raw bodies by event row id; long ones stand under keys of their own. */
  readonly bodies: Readonly<Record<string, string>>;
  readonly frozen: FrozenSet | null;
  readonly lastAcceptedAt: number;
}

export interface AcceptRequest {
  readonly session: string;
  readonly arrivals: readonly Arrival[];
  readonly lockSeconds: number;
  readonly now: number;
}

export interface Accepted {
  /** Undefined: nothing new, nothing to save. */
  readonly state?: SessionState;
  readonly taken: readonly Taken[];
  /** Bodies that want a key of their own. */
  readonly longBodies: readonly (readonly [string, string])[];
}

/** Row ids of arrivals that only D1 can tell from forgotten ones: old, undated, or from the future. */
export function idsToRecall(state: SessionState | null, request: AcceptRequest): string[] {
  const held = new Set(state?.events.map((event) => event.id));
  const ids = request.arrivals
    .filter(({ event }) => mayBeForgotten(event.occurredAt, request.now))
    .map(({ event }) => eventRowIdOf(event.source, event.eventId))
    .filter((id) => !held.has(id));
  return [...new Set(ids)];
}

const mayBeForgotten = (occurredAt: number | null, now: number): boolean =>
  occurredAt === null || occurredAt < now - KEEP_DAYS * DAY_MS || occurredAt > now;

/** Takes arrivals in order. `remembered` is what D1 knows of the ids that had to be recalled. */
export function accept(
  before: SessionState | null,
  request: AcceptRequest,
  remembered: ReadonlyMap<string, KeptEvent>,
  salt: string,
): Accepted {
  let state = before ?? empty(request.session);
  const longBodies: [string, string][] = [];
  const taken = request.arrivals.map((arrival): Taken => {
    const id = eventRowIdOf(arrival.event.source, arrival.event.eventId);
    const first = state.events.find((event) => event.id === id) ?? remembered.get(id);
    if (first !== undefined) return again(first, arrival);
    const receivedAt = Math.max(request.now, (state.events.at(-1)?.receivedAt ?? 0) + 1);
    const fixed = { receivedAt, subject: request.session, salt: causeId('salt', salt, id) };
    const kept = keep(arrival, fixed);
    if (isFull(state)) return { verdict: 'quarantined', kept, reason: 'TOO_MANY' };
    const inline =
      arrival.body.length <= INLINE_BODY_LENGTH && Object.keys(state.bodies).length < INLINE_BODIES;
    if (!inline) longBodies.push([id, arrival.body]);
    state = {
      ...state,
      events: [...state.events, kept],
      bodies: inline ? { ...state.bodies, [id]: arrival.body } : state.bodies,
      due: { settle: settleAt(state, request) },
      lastAcceptedAt: Math.max(request.now, state.lastAcceptedAt),
    };
    return { verdict: 'accepted', kept };
  });
  const changed = taken.some(({ verdict }) => verdict === 'accepted');
  return { ...(changed && { state }), taken, longBodies };
}

const empty = (session: string): SessionState => ({
  session,
  events: [],
  bodies: {},
  frozen: null,
  due: {},
  lastAcceptedAt: 0,
});

function isFull({ events }: SessionState): boolean {
  if (events.length < FEW_EVENTS) return false;
  return events.length >= MAX_EVENTS || JSON.stringify(events).length > MAX_STATE_LENGTH;
}

/** A running lock window gathers; it is never pushed later. One that has passed begins anew. */
function settleAt(state: SessionState, { now, lockSeconds }: AcceptRequest): number {
  const running = state.due.settle;
  return running !== undefined && running > now ? running : now + lockSeconds * 1000;
}

/** UTC ms until which events gather, or should have; null where none are held. */
export const gathersUntil = (state: SessionState | null): number | null =>
  state === null || state.events.length === 0 ? null : (state.due.settle ?? null);

/** Same id: the same content is a duplicate, other content a conflict; the first stands. */
const again = (first: KeptEvent, arrival: Arrival): Taken => ({
  verdict: first.contentHash === contentHashOf(arrival.event) ? 'duplicate' : 'conflict',
  kept: first,
});

/**
 * The state that looks again at once, or undefined where a lock window runs and will. One that has
 * forgotten everything comes back empty: what it must know stands in D1, and it may forget again.
 */
export function nudged(
  before: SessionState | null,
  session: string,
  now: number,
): SessionState | undefined {
  if ((before?.due.settle ?? 0) > now) return undefined;
  return { ...(before ?? empty(session)), due: { settle: now } };
}

/** The state with a settlement on its way. A lock window that has ended is due no more: the alarm runs. */
export const frozenState = (state: SessionState, frozen: FrozenSet, now: number): SessionState => ({
  ...state,
  frozen,
  due: (state.due.settle ?? 0) > now ? state.due : {},
});

/** The state without a settlement that is known to be in D1. */
export const withoutSent = (state: SessionState | null, sent: number): SessionState | null =>
  state?.frozen?.number === sent ? { ...state, frozen: null } : state;

/** When a settled coaching session has something due next: new events, or time itself. */
export function nextDue(
  state: SessionState | null,
  rest: { readonly wakeAt: number | null; readonly covered: number },
  now: number,
): number | null {
  if (state === null) return rest.wakeAt;
  const lockEnds = state.due.settle ?? now;
  const uncovered = state.events.length > rest.covered ? Math.max(lockEnds, now) : null;
  if (uncovered === null) return rest.wakeAt;
  return rest.wakeAt === null ? uncovered : Math.min(uncovered, rest.wakeAt);
}

/** True when so long has passed since the last event that D1 can answer for all of them. */
export const isQuiet = (state: SessionState | null, now: number): boolean =>
  state !== null && forgetAt(state, now) === null;

/** When it may forget itself, or null when it may now. Where all it holds clashed no sweep finds it. */
export function forgetAt({ lastAcceptedAt }: SessionState, now: number): number | null {
  const at = lastAcceptedAt + FORGET_AFTER_DAYS * DAY_MS;
  return at > now ? at : null;
}
