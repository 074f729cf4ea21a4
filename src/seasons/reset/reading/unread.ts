/**
 * Destinations that were told and do not answer what they hold. Decides since when and how often each
 * is asked in vain, and when that is long enough to go on without it. Refuses to count one that is
 * switched off: a run waits for that; and what was never asked.
 */
import { DAY_MS } from '../../../kernel/instant';

/** A destination that is asked in vain. */
export interface Unread {
  readonly destination: string;
  /** UTC ms of the first question since its last answer. */
  readonly since: number;
  /** Questions in vain that count, and UTC ms of the last of them. Absent where saved long ago. */
  readonly asks?: number;
  readonly lastAsk?: number;
}

/** How long and how often a destination is asked in vain before a run goes on without it. */
interface Patience {
  readonly ms: number;
  readonly asks: number;
  /** Questions nearer to one another than this are one: they meet the same trouble. */
  readonly apart: number;
}

/**
 * A day, and four questions an hour apart. With alarms and cron on time a day has more; where they
 * are late it takes longer, for a clock that jumps makes no day of silence out of two questions.
 */
const FULL: Patience = { ms: DAY_MS, asks: 4, apart: 3_600_000 };

/**
 * Of a destination that was given up in the same run and has not answered since: another day for
 * each five batches would last for weeks. Three questions, so that a rate that is used up or one
 * trouble of a platform that is back is no silence.
 */
const SHORT: Patience = { ms: 120_000, asks: 3, apart: 60_000 };

/** As long as this nothing is said of it: a rate that is used up and a short trouble end before. */
export const UNREAD_TOLD_MS = 15 * 60_000;

/** `givenUp`: whom the run has given up, and who has not answered since. */
const patienceWith = (destination: string, givenUp: readonly string[]): Patience =>
  givenUp.includes(destination) ? SHORT : FULL;

export function isOverdue(unread: Unread, givenUp: readonly string[], now: number): boolean {
  const patience = patienceWith(unread.destination, givenUp);
  return unread.since + patience.ms <= now && countOf(unread).asks >= patience.asks;
}

/** One that was saved before questions were counted was asked once. */
const countOf = ({ since, asks = 1, lastAsk = since }: Unread) => ({ asks, lastAsk });

/** A destination after one more question in vain; `before`: null where it has answered since. */
export function askedInVain(
  destination: string,
  before: Unread | null,
  givenUp: readonly string[],
  now: number,
): Unread {
  if (before === null) return { destination, since: now, asks: 1, lastAsk: now };
  const { apart } = patienceWith(destination, givenUp);
  const { asks, lastAsk } = countOf(before);
  return lastAsk + apart > now ? before : { ...before, asks: asks + 1, lastAsk: now };
}

/**
 * Who is asked in vain after a reading. `silent`: who was asked and did not answer this time;
 * `unasked`: of whom nothing new is known, for nobody could ask; `answered`: who answered for
 * somebody; `off`: who is switched off.
 */
export function unreadAfter(
  earlier: readonly Unread[],
  {
    silent,
    unasked,
    answered,
    off,
    givenUp,
  }: {
    readonly silent: readonly string[];
    readonly unasked: readonly string[];
    readonly answered: readonly string[];
    readonly off: { has(destination: string): boolean };
    readonly givenUp: readonly string[];
  },
  now: number,
): readonly Unread[] {
  return [...new Set([...silent, ...unasked])]
    .filter((destination) => !off.has(destination))
    .toSorted()
    .flatMap((destination) => {
      const before = earlier.find((one) => one.destination === destination) ?? null;
      const known = answered.includes(destination) ? null : before;
      if (!silent.includes(destination)) return known ?? [];
      return askedInVain(destination, known, givenUp, now);
    });
}

/** Whether two lists say the same. */
export const isSameUnread = (one: readonly Unread[], other: readonly Unread[]): boolean =>
  one.length === other.length &&
  one.every(
    ({ destination, since, asks }, nth) =>
      other[nth]?.destination === destination &&
      other[nth]?.since === since &&
      other[nth]?.asks === asks,
  );
