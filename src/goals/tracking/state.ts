/**
 * What a goal's object holds between events: its periods, each open or locked, and how far the
 * event log has been taken in. Decides which periods there are, which are due to be locked or
 * settled, and which may be dropped. Pure: time comes in.
 */
import { earliest, type State } from '../../durable/due';
import type { ChangeSet } from '../../kernel/change-set';
import { DAY_MS } from '../../kernel/instant';
import type { Cadence } from '../../kernel/period';
import type { Lock } from '../goal';
import { type Calendar, type GoalPeriod, periodAt, periodOfLabel } from '../period';
import type { Effects } from '../settlement/settlement';

/** A change set on its way, frozen until the journal answers it. */
export interface Frozen {
  readonly kind: 'lock' | 'settle' | 'review';
  readonly set: ChangeSet;
  readonly lock: Lock;
  readonly dueAt: number | null;
  readonly orders: NonNullable<Effects['orders']>;
}

export interface PeriodState {
  readonly from: number;
  readonly until: number;
  /** False: it ended before the goal was written and is locked only when somebody asks. */
  readonly isOwed: boolean;
  /** Print of what is measured; the facts here were counted under it. */
  readonly measurePrint: string;
  /** Print of the definition under which the log up to `mark` was looked through. */
  readonly fingerprint: string;
  readonly lock: Lock | null;
  /** Id of the last lock or step that the books took; null: none, or they hold it no more. */
  readonly written: string | null;
  /** True: the books were set back behind it, so that what is ordered may have been done before. */
  readonly isAgain: boolean;
  readonly frozen: Frozen | null;
  /** When the settlement is asked next, UTC ms. */
  readonly settleAt: number | null;
  /** When a settlement that is over is looked at once more, UTC ms; a correction comes before it. */
  readonly lookAt: number | null;
  /** How often somebody asked that it be looked at; absent: never. */
  readonly asks?: number;
  /** Why the journal would not take its set; an operator looks. */
  readonly parked?: string;
}

export interface GoalState extends State {
  readonly goalId: string;
  /** Number of the seal up to which the log has been looked through for every period here. */
  readonly mark: number;
  /** That seal's hash: another one there says that the books were set back. Null: not known. */
  readonly markHash: string | null;
  readonly periods: Readonly<Record<string, PeriodState>>;
}

/** With so many periods held, one that ended before the goal was written counts nowhere. */
export const MAX_PERIODS = 60;
/** After its lock a period takes corrections for so long; then nothing can change it any more. */
export const KEEP_DAYS = 120;
/** An event of the period after the next is of a clock that is wrong. */
const AHEAD_MS = 100 * DAY_MS;

/** A mark before the first: the log is looked through from where its periods begin. */
export const NOTHING_LOOKED_THROUGH = -1;

export const emptyState = (goalId: string): GoalState => ({
  goalId,
  mark: NOTHING_LOOKED_THROUGH,
  markHash: null,
  periods: {},
  due: {},
});

const opened = (period: GoalPeriod, born: number): PeriodState => ({
  from: period.from,
  until: period.until,
  isOwed: period.until > born,
  measurePrint: '',
  fingerprint: '',
  lock: null,
  written: null,
  isAgain: false,
  frozen: null,
  settleAt: null,
  lookAt: null,
});

/** The state with a period open; the same where it is open or may not be. */
export function withPeriod(
  state: GoalState,
  period: GoalPeriod,
  clock: { readonly born: number; readonly now: number },
): GoalState {
  if (state.periods[period.label] !== undefined) return state;
  const isFull = period.until <= clock.born && Object.keys(state.periods).length >= MAX_PERIODS;
  if (isFull || period.from > clock.now + AHEAD_MS) return state;
  const periods = { ...state.periods, [period.label]: opened(period, clock.born) };
  return withDue({ ...state, periods });
}

/** The state with every period open that is owed by `now`: the present one and those that were missed. */
export function withOwed(
  state: GoalState,
  cadence: Cadence,
  calendar: Calendar,
  clock: { readonly born: number; readonly now: number },
): GoalState {
  let next = state;
  const newest = Math.max(
    clock.born,
    ...Object.values(state.periods)
      .filter(({ isOwed, from }) => isOwed && from <= clock.now)
      .map(({ from }) => from),
  );
  for (let at = newest; at <= clock.now; ) {
    const period = periodAt(cadence, at, calendar);
    const wider = withPeriod(next, period, clock);
    if (wider === next && next.periods[period.label] === undefined) break;
    next = wider;
    at = period.until;
  }
  return next;
}

/** Bounds of every period as the calendar has them now: a change of zone moves what is not locked. */
export function withBounds(state: GoalState, cadence: Cadence, calendar: Calendar): GoalState {
  let isMoved = false;
  const periods = Object.entries(state.periods).map(([label, one]): [string, PeriodState] => {
    const period = one.lock === null ? periodOfLabel(cadence, label, calendar) : null;
    if (period === null || (period.from === one.from && period.until === one.until)) {
      return [label, one];
    }
    isMoved = true;
    return [label, { ...one, from: period.from, until: period.until }];
  });
  return isMoved ? withDue({ ...state, periods: Object.fromEntries(periods) }) : state;
}

export const patched = (
  state: GoalState,
  label: string,
  patch: Partial<PeriodState>,
): GoalState => {
  const before = state.periods[label];
  if (before === undefined) return state;
  return withDue({ ...state, periods: { ...state.periods, [label]: { ...before, ...patch } } });
};

/**
 * The state in which a period is due at once: to be locked, or where it is, to be settled on. One
 * that was parked is tried anew.
 */
export function asked(state: GoalState, label: string, now: number): GoalState {
  const before = state.periods[label];
  if (before === undefined) return state;
  const { parked: _, ...period } = before;
  const due = period.lock === null ? { isOwed: true } : { settleAt: now };
  const asks = (period.asks ?? 0) + 1;
  const next = { ...period, asks, ...due };
  return withDue({ ...state, periods: { ...state.periods, [label]: next } });
}

/** When a period is due next, or null. What is frozen goes at once. */
function dueOf({
  isOwed,
  lock,
  frozen,
  settleAt,
  lookAt,
  until,
  parked,
}: PeriodState): number | null {
  if (parked !== undefined) return null;
  if (frozen !== null) return settleAt ?? until;
  if (lock === null) return isOwed ? until : null;
  return settleAt ?? lookAt;
}

/** The state with the earliest due time of its periods. */
function withDue(state: GoalState): GoalState {
  const times = Object.values(state.periods).flatMap((period) => dueOf(period) ?? []);
  return { ...state, due: times.length === 0 ? {} : { period: Math.min(...times) } };
}

/**
 * Labels of periods that are due at an instant: what is frozen first, so that one set at most is
 * held whole, then by boundary.
 */
export const dueLabels = (state: GoalState, now: number): string[] =>
  Object.entries(state.periods)
    .filter(([, period]) => (dueOf(period) ?? now + 1) <= now)
    .sort(
      ([, a], [, b]) => Number(b.frozen !== null) - Number(a.frozen !== null) || a.until - b.until,
    )
    .map(([label]) => label);

interface Sent {
  readonly written: string | null;
  readonly frozen: Frozen | null;
}

/** Ids that the books took of the periods held, by label; what is on its way is left out. */
export const writtenBy = (periods: Readonly<Record<string, Sent>>): Map<string, string> =>
  new Map(
    Object.entries(periods).flatMap(([label, { written, frozen }]): [string, string][] =>
      written === null || frozen !== null ? [] : [[label, written]],
    ),
  );

/** The state in which periods go on from what the books hold: they hold less than they took. */
export const setBack = (state: GoalState, labels: readonly string[], now: number): GoalState =>
  labels.reduce(
    (next, label) => patched(next, label, { written: null, isAgain: true, settleAt: now }),
    state,
  );

/** The last lock or step among the rows of a set, or the review that it opened. */
export function lastWritten({ set }: Pick<Frozen, 'set'>): string | null {
  const idsOf = (...tables: string[]): string[] =>
    set.rows.filter(({ table }) => tables.includes(table)).map(({ id }) => id);
  const steps = idsOf('goal_locks', 'goal_rewards').sort();
  return steps.at(-1) ?? idsOf('reviews')[0] ?? null;
}

/** Labels of periods that nothing can change any more. */
export const overLabels = ({ periods }: GoalState, now: number): string[] =>
  Object.entries(periods)
    .filter(
      ([, { lock, settleAt, lookAt, frozen, until }]) =>
        lock !== null &&
        (settleAt ?? lookAt) === null &&
        frozen === null &&
        until + KEEP_DAYS * DAY_MS < now,
    )
    .map(([label]) => label);

export function without(state: GoalState, labels: readonly string[]): GoalState {
  const periods = Object.entries(state.periods).filter(([label]) => !labels.includes(label));
  return withDue({ ...state, periods: Object.fromEntries(periods) });
}

/** When something is due; `stuck` periods, which nothing governs, are looked at again at `againAt`. */
export function nextDueOf(
  state: GoalState,
  stuck: ReadonlySet<string>,
  againAt: number,
): number | null {
  if (stuck.size === 0) return earliest(state.due);
  return Math.min(againAt, earliest(without(state, [...stuck]).due) ?? againAt);
}

/** The state with a period open, or null where it may not be or has another name. */
export function openedAt(
  state: GoalState,
  period: GoalPeriod | null,
  clock: { readonly born: number; readonly now: number },
): GoalState | null {
  if (period === null) return null;
  const next = withPeriod(state, period, clock);
  return next.periods[period.label] === undefined ? null : next;
}

/** What governs a period now, by its prints; null: nothing does. */
export type PrintsOf = (
  label: string,
) => { readonly measurePrint: string; readonly fingerprint: string } | null;

export interface Redefined {
  readonly state: GoalState;
  /** Start of the earliest period that another definition governs than the log was looked through under. */
  readonly from: number | null;
  /** Periods in which something else is measured: what was counted there is void. */
  readonly emptied: readonly string[];
}

export function redefined(state: GoalState, printsOf: PrintsOf): Redefined {
  let next = state;
  let from: number | null = null;
  const emptied: string[] = [];
  for (const [label, period] of Object.entries(state.periods)) {
    const prints = printsOf(label);
    if (prints === null || prints.fingerprint === period.fingerprint) continue;
    const { measurePrint, fingerprint } = prints;
    if (measurePrint !== period.measurePrint && period.measurePrint !== '') emptied.push(label);
    from = Math.min(from ?? period.from, period.from);
    next = patched(next, label, { measurePrint, fingerprint });
  }
  return { state: next, from, emptied };
}
