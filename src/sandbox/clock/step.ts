/**
 * What happens next while the sandbox's clock is moved: objects that are due before triggers of
 * the same instant, the earliest instant first. Of the firings of a trigger with nothing done
 * between them only the last is made. Refuses nothing: who asks has seen that it goes forward.
 */
import { lastFiring } from './schedule';

/** A firing that was begun; it is made again when nobody knows whether it ended. */
export interface Firing {
  readonly cron: string;
  readonly at: number;
}

export interface Progress {
  /** The instant the clock shows. */
  readonly now: number;
  /** Up to where the firings of each trigger were made or left out; `since` for those not named. */
  readonly passed: Readonly<Record<string, number>>;
  readonly since: number;
  readonly firing: Firing | null;
}

export type Step =
  | { readonly kind: 'due'; readonly at: number }
  | { readonly kind: 'cron'; readonly at: number; readonly cron: string };

/**
 * The next step on the way to `to`, or null when nothing is left. `earliest` is the earliest
 * registered due time or null; one that has passed is due now, for the clock never goes back.
 */
export function nextStep(
  progress: Progress,
  crons: readonly string[],
  earliest: number | null,
  to: number,
): Step | null {
  if (progress.firing !== null) return { kind: 'cron', ...progress.firing };
  const at = earliest === null ? null : Math.max(earliest, progress.now);
  const dueAt = at !== null && at <= to ? at : null;
  const upto = dueAt === null ? to : dueAt - 1;
  const firing = crons
    .map((cron) => ({ cron, at: lastFiring(cron, afterOf(progress, cron), upto) }))
    .filter((each): each is Firing => each.at !== null)
    .reduce<Firing | null>((first, each) => (first && first.at <= each.at ? first : each), null);
  if (firing !== null) return { kind: 'cron', ...firing };
  return dueAt === null ? null : { kind: 'due', at: dueAt };
}

/** A firing before the clock's instant is no longer made: a later one of its string does its work. */
const afterOf = (progress: Progress, cron: string): number =>
  Math.max(progress.passed[cron] ?? progress.since, progress.now - 1);

/** Progress while a firing runs, kept before it begins. */
export const begun = (progress: Progress, firing: Firing): Progress => ({
  ...progress,
  now: firing.at,
  firing,
});

/** Progress after a firing ended. */
export const ended = (progress: Progress, firing: Firing): Progress => ({
  ...progress,
  passed: { ...progress.passed, [firing.cron]: firing.at },
  firing: null,
});

/** Progress when nothing is left up to `to`. */
export const arrived = (to: number): Progress => ({ now: to, passed: {}, since: to, firing: null });

/**
 * Where a clock that was never set begins: it may go anywhere, and what real time would have made
 * until a later target is made on the way.
 */
export const departed = (realNow: number, to: number): Progress => arrived(Math.min(realNow, to));
