/**
 * INV-18 of the rewards of goals: what is promised stands under the last day of its week, what is
 * settled under the day on which its stabilisation window ends, both by the wall clock of the
 * organisation's zone and neither by when it was done.
 */
import { localDayOf } from '../../oracle/seasons';
import { type Books, dayOfEntry } from '../books';
import type { Week } from './week';

const HOUR = 3_600_000;
const AT_THE_CLOSE = new Set(['REWARD_RESERVED', 'REWARD_PROVISIONAL']);

/** Weeks that were locked, and how many hours after one its verdict is due. */
export interface Locked {
  readonly weeks: readonly Pick<Week, 'until'>[];
  readonly hours: readonly number[];
}

export function daysAreRight(books: Books, { weeks, hours }: Locked, zone: string): string[] {
  const closes = new Set(weeks.map(({ until }) => until - 1));
  const settles = new Set(weeks.flatMap(({ until }) => hours.map((one) => until + one * HOUR)));
  // What a look at a late correction opens is promised when the window was over.
  const hasFurther = (books.all.get('goal_rewards') ?? []).some(({ epoch }) => Number(epoch) > 1);
  const rewards = books.entries.filter(({ kind }) => kind.startsWith('REWARD_'));
  return rewards.flatMap((entry) => {
    const { kind, tx, occurred_at: at } = entry;
    const maySettle = hasFurther || !AT_THE_CLOSE.has(kind);
    const isKnown = closes.has(at) || (maySettle && settles.has(at));
    const [found, wanted] = [dayOfEntry(entry), localDayOf(at, zone)];
    return [
      ...(isKnown ? [] : [`INV-18 ${kind} ${tx}: occurred at ${at}, when nothing ended`]),
      ...(found === wanted ? [] : [`INV-18 ${kind} ${tx}: stands under ${found}, not ${wanted}`]),
    ];
  });
}

/** A snapshot is as of the end of its week. */
export const evaluatedRightly = (
  books: Books,
  locks: readonly { readonly id: string; readonly week: Pick<Week, 'until'> }[],
): string[] => {
  const rows = new Map(
    (books.all.get('goal_locks') ?? []).map(({ id, evaluated_at }) => [id, Number(evaluated_at)]),
  );
  return locks
    .filter(({ id, week }) => rows.get(id) !== week.until)
    .map(({ id, week }) => `INV-18 ${id}: evaluated at ${rows.get(id)}, not ${week.until}`);
};
