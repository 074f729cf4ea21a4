/** Alarm arithmetic as plain functions: when to arm, and how long to wait after a failure. */

const FIRST_BACKOFF_MS = 2_000;
const LAST_BACKOFF_MS = 300_000;
/** From this retry on the runtime is close to dropping the alarm (it does after six throws). */
export const RETRIES_BEFORE_GUARD = 3;
export const GUARD_MS = 600_000;

/** Named due times of an object, UTC milliseconds. */
export type DueTimes = Readonly<Record<string, number>>;

export function earliest(due: DueTimes): number | null {
  const times = Object.values(due);
  return times.length === 0 ? null : Math.min(...times);
}

/**
 * The time to arm after a step, or null to leave the alarm as it is. An alarm is brought forward
 * or set anew; it is pushed later only at the end of `alarm()`, so that a stream of events cannot
 * starve it. A time that has passed counts as no alarm: it fired, or fires now.
 */
export function armAfterStep(
  before: number | null,
  after: number | null,
  now: number,
): number | null {
  if (after === null) return null;
  return before === null || before <= now || after < before ? after : null;
}

/** 2 s doubling to 5 min; the caller adds jitter. */
export const backoffMs = (failures: number): number =>
  Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, 20));

/** The whole state of an object, kept under one key: an event costs one row written. */
export interface State {
  readonly due: DueTimes;
}
