/**
 * Seasons as dates and categories. Decides which season a point belongs to: the one that lists its
 * category and holds the instant at which it was earned, by the season's own zone, as the season was
 * in force at that instant (DEC-6); `none` where there is none. Refuses days in the wrong order.
 */
import * as z from 'zod';
import { isDay } from '../kernel/instant';
import { dayAfter } from '../kernel/period';
import { pointsUnit, scaleOf } from '../kernel/units';
import { startOfLocalDay } from '../kernel/zone';
import { type ConfigVersion, inForce } from '../ledger/config';

export const SEASON_KIND = 'season';
/** The season of points whose category no season lists. */
const NO_SEASON = 'none';

/** No dot and no colon: ids of accounts and rows are made of it. */
export const seasonId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/, 'letters, digits, _ and -')
  .refine((id) => id !== NO_SEASON, 'another name');

export const seasonDay = z
  .string()
  .refine(isDay, 'a day, YYYY-MM-DD')
  .meta({ examples: ['2024-07-01'] });

/** What the account of a point depends on. */
export interface SeasonDates {
  readonly categories: readonly string[];
  /** First and last local day, `YYYY-MM-DD`. */
  readonly startDay: string;
  readonly endDay: string;
  /** IANA name. */
  readonly timeZone: string;
}

export const categoryList = z
  .array(z.string().refine((name) => scaleOf(pointsUnit(name)) !== null, 'a point category'))
  .min(1)
  .max(50)
  .refine((names) => new Set(names).size === names.length, 'each category once');

export type SeasonVersion = ConfigVersion<SeasonDates>;

export interface Span {
  /** First instant, and the first one after it; UTC ms. */
  readonly from: number;
  readonly until: number;
}

/** The instants of a season: half-open. */
export const spanOf = ({ startDay, endDay, timeZone }: Omit<SeasonDates, 'categories'>): Span => ({
  from: startOfLocalDay(startDay, timeZone),
  until: startOfLocalDay(dayAfter({ lastDay: endDay }), timeZone),
});

export const holds = ({ from, until }: Span, instant: number): boolean =>
  from <= instant && instant < until;

/**
 * The season of each category at an instant, from all versions of all seasons. Categories that no
 * season lists are left out. Two seasons that list one category never overlap when they are
 * written; where versions let them all the same, the one that began later counts, then the lower id.
 */
export function seasonsAt(
  versions: readonly SeasonVersion[],
  instant: number,
): Readonly<Record<string, string>> {
  const live = [...Map.groupBy(versions, ({ name }) => name).values()]
    .flatMap((own) => inForce(own, instant) ?? [])
    .map(({ name, content }) => ({ name, content, span: spanOf(content) }))
    .filter(({ span }) => holds(span, instant))
    .toSorted((a, b) => a.span.from - b.span.from || (a.name > b.name ? -1 : 1));
  return Object.fromEntries(
    live.flatMap(({ name, content }) => content.categories.map((category) => [category, name])),
  );
}

/** The season that a point of a category belongs to, by the answer of `seasonsAt`. */
export const seasonOf = (seasons: Readonly<Record<string, string>>, category: string): string =>
  (Object.hasOwn(seasons, category) ? seasons[category] : undefined) ?? NO_SEASON;
