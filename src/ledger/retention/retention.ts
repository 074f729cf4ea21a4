/**
 * How long raw bodies are kept: at least 90 days, and no longer than the month they came in needs.
 * Decides by what the tables hold which of the five goes whole and which is rid of leftovers;
 * refuses to drop a table that a group may be written to now, or that holds a younger body.
 */
import type { ChangeSet } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import { civilDay, DAY_MS, parseDay } from '../../kernel/instant';
import { auditRow } from '../audit';
import { bodiesTable } from '../group/group';

const KEEP_DAYS = 90;

/** A group whose bodies a table holds: its seal, and when it was sealed (UTC ms). */
export interface BodiesOf {
  readonly seal: number;
  readonly at: number;
}

/** What a table of bodies holds. */
export interface Holding {
  readonly table: string;
  readonly oldest: BodiesOf;
  readonly newest: BodiesOf;
}

/** One thing to do: a table goes whole, or loses what was sealed before an instant. */
export interface Clearing {
  readonly table: string;
  /** Null: all of it, by dropping and making it again. */
  readonly before: number | null;
  /** The last of the groups that go as far as it is known; names the deed. */
  readonly last: BodiesOf;
}

/** Clocks of callers differ: a group may be written as of tomorrow, or of the month before. */
const AHEAD_MS = DAY_MS;

/**
 * What is due at `now` (UTC ms). `sealedAt` is the time of the last seal: a group is never sealed
 * before it. Tables that hold nothing are not among the holdings.
 */
export function dueClearings(
  holdings: readonly Holding[],
  sealedAt: number,
  now: number,
): Clearing[] {
  const latest = Math.max(now, sealedAt);
  const open = [startOfMonth(latest) - 1, latest, latest + AHEAD_MS].map(bodiesTable);
  return holdings.flatMap(({ table, oldest, newest }): Clearing[] => {
    if (newest.at + KEEP_DAYS * DAY_MS <= now) {
      const before = open.includes(table) ? newest.at + 1 : null;
      return [{ table, before, last: newest }];
    }
    // What is before the month of its newest was left by firings that never came.
    const before = startOfMonth(newest.at);
    const overdue = oldest.at < before && before - MONTHS_APART_MS + KEEP_DAYS * DAY_MS <= now;
    return overdue ? [{ table, before, last: oldest }] : [];
  });
}

/** Between two months of one table lie four whole ones. */
const MONTHS_APART_MS = 120 * DAY_MS;

function startOfMonth(instant: number): number {
  const month = civilDay(Math.floor(instant / DAY_MS)).slice(0, 7);
  return (parseDay(`${month}-01`) ?? 0) * DAY_MS;
}

/** The audit entry that goes before a deed. The same deed tried again is named the same. */
export function clearingRecord({ table, before, last }: Clearing, now: number): ChangeSet {
  const kind = before === null ? 'whole' : 'leftovers';
  const entry = {
    action: 'BODIES_DROPPED',
    subject: `bodies:${table}`,
    at: now,
    actor: 'cron',
    detail: { table, kind, seal: last.seal, keptDays: KEEP_DAYS },
    cause: `${kind} ${last.seal}`,
  };
  return { rows: [auditRow({ ...entry, salt: causeId('bodies', table, kind, last.seal) })] };
}
