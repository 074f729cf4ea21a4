/**
 * What is held of a goal that a platform evaluates: its periods, the achievement that was told,
 * when the platform is asked next and what it said. Decides when something is due, how long one
 * waits between questions, and when the waiting is over. Pure: time comes in.
 */
import type { State } from '../../durable/due';
import { DAY_MS } from '../../kernel/instant';
import type { Lock } from '../goal';
import type { GoalPeriod } from '../period';
import type { Frozen } from '../tracking/state';
import { type StatusChange, type Transition, transitionOf } from './change';

export interface PlatformPeriod {
  readonly from: number;
  readonly until: number;
  /** The change by which it achieved; null before. */
  readonly achieved: StatusChange | null;
  /** When the status API is asked next; null: it need not be. */
  readonly askAt: number | null;
  readonly asked: number;
  /** When a person is asked instead. */
  readonly giveUpAt: number;
  readonly lock: Lock | null;
  /** Id of the last lock, step or review that the books took; null: none, or it is there no more. */
  readonly written: string | null;
  /** True: the books were set back behind it. */
  readonly isAgain: boolean;
  readonly frozen: Frozen | null;
  readonly settleAt: number | null;
  /** A later change was told: the comparison need not wait for the window to end. */
  readonly isForward: boolean;
  /** How often it was told something, or a person's decision; absent: never. */
  readonly tells?: number;
  readonly parked?: string;
}

export interface PlatformState extends State {
  readonly goalId: string;
  readonly periods: Readonly<Record<string, PlatformPeriod>>;
}

export const emptyPlatform = (goalId: string): PlatformState => ({ goalId, periods: {}, due: {} });

const FIRST_PAUSE_MS = 60_000;
const LAST_PAUSE_MS = 3_600_000;
/** A platform that has not locked its snapshot a day after the boundary is given up. */
const GIVE_UP_MS = DAY_MS;
/** With so many periods held, one that can change no more is let go. */
export const MAX_PERIODS = 60;

/** Between questions: a minute, doubling to an hour. */
export const pauseAfter = (asked: number): number =>
  Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(asked, 10));

const begun = ({ from, until }: GoalPeriod): PlatformPeriod => ({
  from,
  until,
  achieved: null,
  askAt: null,
  asked: 0,
  giveUpAt: until + GIVE_UP_MS,
  lock: null,
  written: null,
  isAgain: false,
  frozen: null,
  settleAt: null,
  isForward: false,
});

export interface Told {
  readonly state: PlatformState;
  readonly transition: Transition;
  /** The sender's id of the achievement that was told first. */
  readonly first: string | null;
}

/** The state after a change was told; the same where it changes nothing. */
export function told(
  state: PlatformState,
  period: GoalPeriod,
  change: StatusChange,
  now: number,
): Told {
  const before = state.periods[period.label] ?? begun(period);
  const transition = transitionOf(change, before.achieved?.id ?? null);
  const first = before.achieved?.eventId ?? null;
  if (transition === 'ILLEGAL') return { state, transition, first };
  const put = (patch: Partial<PlatformPeriod>): PlatformState =>
    withPlatform(state, period.label, { ...before, ...patch });
  if (change.current === 'ACHIEVED' && before.achieved === null) {
    const askAt = Math.max(now, period.until);
    const giveUpAt = askAt + GIVE_UP_MS;
    return { state: put({ achieved: change, askAt, giveUpAt }), transition, first };
  }
  // Told again, a key that is not completed is gone on with; a fall brings the comparison forward.
  const isFall = change.current !== 'ACHIEVED' && before.lock !== null;
  const goesOn = before.lock !== null ? { settleAt: now } : {};
  const tells = (before.tells ?? 0) + 1;
  return {
    state: put({ tells, ...goesOn, ...(isFall && { isForward: true }) }),
    transition,
    first,
  };
}

function withPlatform(state: PlatformState, label: string, period: PlatformPeriod): PlatformState {
  const periods = Object.entries({ ...state.periods, [label]: period });
  const kept = periods
    .sort(([, a], [, b]) => b.until - a.until)
    .filter(([, one], place) => place < MAX_PERIODS || dueOf(one) !== null);
  const times = kept.flatMap(([, one]) => dueOf(one) ?? []);
  return {
    ...state,
    periods: Object.fromEntries(kept),
    due: times.length === 0 ? {} : { period: Math.min(...times) },
  };
}

export const patchedPlatform = (
  state: PlatformState,
  label: string,
  patch: Partial<PlatformPeriod>,
): PlatformState => {
  const before = state.periods[label];
  return before === undefined ? state : withPlatform(state, label, { ...before, ...patch });
};

/**
 * The state after an answer that was waited for, of a period as it was when the asking began: what
 * was told meanwhile came after the answer, so the period stays due by it.
 */
export function keepingTold(
  before: PlatformState,
  after: PlatformState,
  label: string,
  seen: Pick<PlatformPeriod, 'tells'>,
): PlatformState {
  const told = before.periods[label];
  if (told === undefined || told.lock === null || told.tells === seen.tells) return after;
  const { settleAt, isForward } = told;
  return patchedPlatform(after, label, { settleAt, isForward });
}

/** The state in which periods go on from what the books hold: they hold less than they took. */
export const platformSetBack = (
  state: PlatformState,
  labels: readonly string[],
  now: number,
): PlatformState =>
  labels.reduce((next, label) => {
    const isLocked = next.periods[label]?.lock !== null;
    const goesOn = isLocked ? { settleAt: now } : { askAt: now };
    return patchedPlatform(next, label, { written: null, isAgain: true, ...goesOn });
  }, state);

/** When a period is due next; what is frozen goes at once. */
export function dueOf({ parked, frozen, askAt, settleAt, until }: PlatformPeriod): number | null {
  if (parked !== undefined) return null;
  if (frozen !== null) return settleAt ?? askAt ?? until;
  if (askAt !== null && settleAt !== null) return Math.min(askAt, settleAt);
  return askAt ?? settleAt;
}

/** Periods that a person has been asked about: nothing is due of them until somebody decides. */
export const waiting = (state: PlatformState | null): string[] =>
  Object.entries(state?.periods ?? {})
    .filter(([, one]) => one.written !== null && one.lock === null && one.parked === undefined)
    .filter(([, one]) => dueOf(one) === null)
    .map(([label]) => label);

export const duePeriods = ({ periods }: PlatformState, now: number): string[] =>
  Object.entries(periods)
    .filter(([, one]) => (dueOf(one) ?? now + 1) <= now)
    .sort(
      ([, a], [, b]) => Number(b.frozen !== null) - Number(a.frozen !== null) || a.until - b.until,
    )
    .map(([label]) => label);
