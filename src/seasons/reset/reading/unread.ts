/**
 * Destinations that were told and do not answer what they hold. Decides since when each is asked in
 * vain, and when that is long enough to go on without it. Refuses to count one that is switched off:
 * a run waits for that.
 */
import { DAY_MS } from '../../../kernel/instant';

/** A destination that is asked in vain. */
export interface Unread {
  readonly destination: string;
  /** UTC ms of the first question since its last answer. */
  readonly since: number;
}

/** After so long without an answer whoever was not read is reported so, and the run goes on. */
export const UNREAD_MS = DAY_MS;

/** As long as this nothing is said of it: a rate that is used up and a short trouble end before. */
export const UNREAD_TOLD_MS = 15 * 60_000;

export const isOverdue = ({ since }: Unread, now: number): boolean => since + UNREAD_MS <= now;

/**
 * Who is asked in vain after a reading. `silent`: who did not answer this time; `answered`: of those,
 * who answered for somebody; `off`: who is switched off.
 */
export function unreadAfter(
  earlier: readonly Unread[],
  {
    silent,
    answered,
    off,
  }: {
    readonly silent: readonly string[];
    readonly answered: ReadonlySet<string>;
    readonly off: { has(destination: string): boolean };
  },
  now: number,
): readonly Unread[] {
  return silent
    .filter((destination) => !off.has(destination))
    .toSorted()
    .map((destination) => {
      const before = earlier.find((one) => one.destination === destination);
      return before === undefined || answered.has(destination)
        ? { destination, since: now }
        : before;
    });
}

/** Whether two lists say the same. */
export const isSameUnread = (one: readonly Unread[], other: readonly Unread[]): boolean =>
  one.length === other.length &&
  one.every(
    ({ destination, since }, nth) =>
      other[nth]?.destination === destination && other[nth]?.since === since,
  );
