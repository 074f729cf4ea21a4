/**
 * The net under the alarms: walks the seals behind marks and finds coaching sessions whose events
 * have no outcome yet, or which may be forgotten. Decides which are poked and how far a mark may
 * move; refuses to move past an event without an outcome.
 */
import type { Row } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import { type ConfigVersion, configRow } from '../../ledger/config';

/** An event of a coaching session as the seals list it, and whether a decision covers it. */
export interface SweptEvent {
  readonly seal: number;
  readonly session: string;
  readonly receivedAt: number;
  readonly settled: boolean;
}

/** At most this many coaching sessions are poked in one firing. */
export const MAX_POKES = 1000;

export interface SweepPlan {
  readonly sessions: readonly string[];
  /** Everything up to this seal needs no further look. */
  readonly mark: number;
}

/** Sessions with an unsettled event; the mark stops before the first of them. */
export function planPokes(events: readonly SweptEvent[], mark: number, reached: number): SweepPlan {
  const late = events.filter((event) => !event.settled);
  const first = late[0];
  return {
    sessions: distinct(late).slice(0, MAX_POKES),
    mark: first === undefined ? reached : Math.max(mark, first.seal - 1),
  };
}

/** Sessions all of whose events here are old; the mark stops where the bound cut them off. */
export function planForgetting(events: readonly SweptEvent[], reached: number): SweepPlan {
  const sessions = distinct(events);
  if (sessions.length <= MAX_POKES) return { sessions, mark: reached };
  const kept = new Set(sessions.slice(0, MAX_POKES));
  const cut = events.find((event) => !kept.has(event.session));
  return { sessions: [...kept], mark: (cut?.seal ?? reached + 1) - 1 };
}

const distinct = (events: readonly SweptEvent[]): string[] => [
  ...new Set(events.map((event) => event.session)),
];

export const MARK_KIND = 'mark';

export interface Mark {
  readonly seal: number;
}

/** The next version of a mark; its salt is its cause, for there is nothing to hide. */
export function markRow(
  name: string,
  before: ConfigVersion<Mark> | null,
  seal: number,
  now: number,
): Row {
  const version = (before?.version ?? 0) + 1;
  return configRow<Mark>(
    {
      kind: MARK_KIND,
      name,
      version,
      effectiveFrom: null,
      writtenAt: now,
      author: 'cron',
      content: { seal },
    },
    causeId('mark', name, version),
  );
}
