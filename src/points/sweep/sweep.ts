/**
 * The net under the alarms: walks the seals behind marks and finds coaching sessions whose events
 * have no outcome yet, or which may be forgotten. Decides which are poked, how far a mark moves and
 * what it remembers; refuses to move past an event without an outcome that it does not remember.
 */

/** An event of a coaching session as the seals list it, and whether a decision covers it. */
export interface SweptEvent {
  readonly seal: number;
  readonly session: string;
  readonly receivedAt: number;
  readonly settled: boolean;
}

/** A coaching session behind the mark without an outcome for what it received last. */
export interface LateSession {
  readonly session: string;
  /** UTC ms. */
  readonly receivedAt: number;
}

/** At most this many coaching sessions are poked in one firing. */
const MAX_POKES = 1000;
/** At most this many coaching sessions are remembered by the mark; then it stops. */
export const MAX_LATE = 1000;
/** Seals without anything to see after which a mark moves all the same. */
const FAR_BEHIND = 1000;

export interface SweepPlan {
  readonly sessions: readonly string[];
  /** Everything up to this seal needs no further look, but for what is remembered. */
  readonly mark: number;
  readonly late: readonly LateSession[];
}

/** What a firing found: the events after a mark up to a seal. */
export interface Walked {
  readonly events: readonly SweptEvent[];
  readonly mark: number;
  readonly reached: number;
}

/**
 * Sessions with an unsettled event, those that are new first. What is later than any lock window
 * permits (`isLate`) is remembered and passed; the mark stops before the first that is younger, or
 * that finds the list full.
 */
export function planPokes(
  { events, mark, reached }: Walked,
  before: readonly LateSession[],
  isLate: (receivedAt: number) => boolean,
): SweepPlan {
  const open = events.filter((event) => !event.settled);
  const late = new Map(before.map(({ session, receivedAt }) => [session, receivedAt]));
  const stop = open.find(({ session, receivedAt }) => {
    if (!isLate(receivedAt) || (!late.has(session) && late.size >= MAX_LATE)) return true;
    late.set(session, Math.max(receivedAt, late.get(session) ?? receivedAt));
    return false;
  });
  return {
    sessions: [...new Set([...distinct(open), ...late.keys()])].slice(0, MAX_POKES),
    mark: stop === undefined ? reached : Math.max(mark, stop.seal - 1),
    late: [...late].map(([session, receivedAt]) => ({ session, receivedAt })),
  };
}

/** Sessions all of whose events here are old; the mark stops where the bound cut them off. */
export function planForgetting({ events, reached }: Walked): SweepPlan {
  const sessions = distinct(events);
  if (sessions.length <= MAX_POKES) return { sessions, mark: reached, late: [] };
  const kept = new Set(sessions.slice(0, MAX_POKES));
  const cut = events.find((event) => !kept.has(event.session));
  return { sessions: [...kept], mark: (cut?.seal ?? reached + 1) - 1, late: [] };
}

const distinct = (events: readonly SweptEvent[]): string[] => [
  ...new Set(events.map((event) => event.session)),
];

/**
 * Whether a mark is worth writing that moves to `to`. A mark is a row under a seal and would be
 * news to itself: it moves when it passes something of its own, or when it is far behind.
 */
export const isWorthMoving = (
  from: number,
  to: number,
  seen: readonly { readonly seal: number }[],
): boolean => to > from && (to - from >= FAR_BEHIND || seen.some(({ seal }) => seal <= to));

/** True when two lists remember the same. */
export const sameLate = (one: readonly LateSession[], other: readonly LateSession[]): boolean =>
  one.length === other.length &&
  one.every(
    ({ session, receivedAt }, index) =>
      session === other[index]?.session && receivedAt === other[index].receivedAt,
  );

export interface Mark {
  readonly seal: number;
  /** Coaching sessions behind it that have no outcome yet. */
  readonly late?: readonly LateSession[];
  /** Ids of claims behind it whose neighbours have not settled yet. */
  readonly open?: readonly string[];
}
