/**
 * A season as it is written: dates, categories, decay, grace, floor, how and when it is reset, who it
 * is for and where it is told. Decides its successor and which windows it may be applied in. Refuses
 * seasons that share categories or agents at one time, and changes of what has begun (S1, S2, S8).
 */
import * as z from 'zod';
import { zoneName } from '../access/organisation';
import {
  categoryList,
  holds,
  SEASON_KIND,
  type SeasonDates,
  type Span,
  seasonDay,
  seasonId,
  spanOf,
} from '../calendar/season';
import { copyOf as copyOfDates, followerOf } from '../calendar/succession';
import { idField } from '../events/fields';
import { isOrganisationMetric } from '../events/shape';
import { plainText } from '../http/fields';
import type { FieldError } from '../kernel/failure';
import { type Fraction, fractionOfDecimal } from '../kernel/fraction';
import { civilDay } from '../kernel/instant';
import { pointerStep } from '../kernel/json';
import { dayNumber } from '../kernel/period';
import { localDay, startOfLocalDay } from '../kernel/zone';
import { type ConfigVersion, inForce } from '../ledger/config';
import { floorOf, pointsOf, rankOf, type TierTable } from './tier';

export { SEASON_KIND, seasonId };

export const MEASURES = ['aht', 'csat', 'fcr'] as const;
export type MeasureName = (typeof MEASURES)[number];

const destinationId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a destination');

const decimal = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine((text) => /^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$/.test(text), 'a plain decimal from 0 up');

const compliance = z
  .strictObject({
    metric: z.enum(MEASURES),
    atLeast: decimal.optional(),
    atMost: decimal.optional(),
    minimumCount: z.int().min(1).max(1_000_000).default(10),
  })
  .refine((one) => one.atLeast !== undefined || one.atMost !== undefined, 'atLeast or atMost');

export const seasonSchema = z.strictObject({
  categories: categoryList,
  startDay: seasonDay,
  endDay: seasonDay.meta({ description: 'The last day.' }),
  timeZone: zoneName.optional().meta({ description: "The organisation's when absent." }),
  thresholds: z
    .record(z.string().max(40), z.union([z.number(), z.string()]).transform(String))
    .default({})
    .meta({ description: "Points by tier, where they are not the tier table's." }),
  decay: z
    .strictObject({
      factor: decimal
        .refine((text) => Number(text) > 0 && Number(text) <= 1, 'above 0, at most 1')
        .default('0.95')
        .meta({
          description:
            'What is left of a point after a day (DEC-16); 1: no decay. The rate is 1 − factor, and ' +
            'who earns the same every day settles at earnings per day ÷ rate: at 0.95 that is ' +
            'twenty days of earnings. A threshold above it is reached by nobody with that pace.',
        }),
    })
    .prefault({}),
  graceDays: z
    .int()
    .min(0)
    .max(92)
    .default(14)
    .meta({
      description:
        'Days of presence from the first day on, on which the tier of the last season is honoured. Once ' +
        'so many days have passed their number stays as it is; leave goes on to pause it.',
    }),
  floor: z.string().max(40).optional().meta({ description: 'The lowest tier when absent.' }),
  resetPolicy: z.enum(['FLOOR', 'FROM_ARCHIVE']).default('FLOOR'),
  maintenanceWindow: z
    .strictObject({
      start: z
        .string()
        .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'HH:MM')
        .default('02:00'),
      minutes: z.int().min(1).max(1440).default(15),
    })
    .prefault({})
    .meta({ description: "When platforms may be written, daily, by the season's wall clock." }),
  target_groups: z
    .array(plainText(100))
    .max(1000)
    .default([])
    .meta({ description: 'Groups of the directory it is for; none: everybody.' }),
  compliance: z.array(compliance).max(20).default([]),
  destinations: z
    .array(destinationId)
    .max(10)
    .default([])
    .meta({ description: 'Platforms that are told tiers.' }),
  coldStorage: destinationId
    .nullable()
    .default(null)
    .meta({ description: 'Where the archive is exported to before anything is calculated.' }),
  inboundVolume: z
    .strictObject({
      metricId: plainText(100)
        .refine(
          (id) => isOrganisationMetric(id) && idField.safeParse(id).success,
          'a metric of the organisation: inbound. and its name',
        )
        .default('inbound.volume')
        .meta({ description: 'Its name begins with `inbound.`: seasons hear of no other metric.' }),
      percentOfPeak: z.int().min(1).max(100).default(10),
    })
    .prefault({}),
});

export type SeasonBody = z.output<typeof seasonSchema>;
/** As it is kept: the zone is always said. */
export type Season = Omit<SeasonBody, 'timeZone'> & { readonly timeZone: string };
export type SeasonVersion = ConfigVersion<Season>;

/** A season in force, with its name and instants. */
export interface LiveSeason extends Season {
  readonly id: string;
  readonly span: Span;
  readonly version: number;
}

const live = ({ name, version, content }: SeasonVersion): LiveSeason => ({
  ...content,
  id: name,
  version,
  span: spanOf(content),
});

/** One season as it is in force at an instant, by its versions; null before the first. */
export function seasonInForce(versions: readonly SeasonVersion[], now: number): LiveSeason | null {
  const version = inForce(versions, now);
  return version === null ? null : live(version);
}

/** The seasons in force at an instant, the earliest first. */
export const liveSeasons = (versions: readonly SeasonVersion[], now: number): LiveSeason[] =>
  [...Map.groupBy(versions, ({ name }) => name).values()]
    .flatMap((own) => inForce(own, now) ?? [])
    .map(live)
    .toSorted((a, b) => a.span.from - b.span.from || (a.id < b.id ? -1 : 1));

/** The tier table with the thresholds of a season. */
export const tableOf = (
  { thresholds }: Pick<Season, 'thresholds'>,
  table: TierTable,
): TierTable => ({
  ...table,
  tiers: table.tiers.map((tier) => ({
    ...tier,
    threshold:
      (Object.hasOwn(thresholds, tier.name) ? thresholds[tier.name] : undefined) ?? tier.threshold,
  })),
});

/** The tier nobody falls below who meets the compliance minimums. */
export const floorTier = ({ floor }: Pick<Season, 'floor'>, table: TierTable): string =>
  floor !== undefined && rankOf(table, floor) >= 0 ? floor : floorOf(table);

export const factorOf = ({ decay }: Pick<Season, 'decay'>): Fraction =>
  fractionOfDecimal(decay.factor);

/** True for agents the season is for. */
export const isFor = (
  { target_groups: groups }: { readonly target_groups: readonly string[] },
  own: readonly string[],
): boolean => groups.length === 0 || own.some((group) => groups.includes(group));

const shares = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((one) => b.includes(one));

const overlap = (a: SeasonDates, b: SeasonDates): boolean => {
  const [one, other] = [spanOf(a), spanOf(b)];
  return one.from < other.until && other.from < one.until;
};

/** What is wrong with a season beside its fields, given the others as they stand. */
export function checkSeason(
  season: Season,
  {
    table,
    others,
    before,
    now,
  }: {
    readonly table: TierTable;
    readonly others: readonly LiveSeason[];
    readonly before: LiveSeason | null;
    readonly now: number;
  },
): FieldError[] {
  const found: FieldError[] = [];
  const wrong = (pointer: string, code: string, detail: string): void => {
    found.push({ pointer: `#/${pointer}`, code, detail });
  };
  if (dayNumber(season.endDay) < dayNumber(season.startDay))
    wrong('endDay', 'order', 'a season ends on or after the day it begins');
  else if (dayNumber(season.endDay) - dayNumber(season.startDay) > 731)
    wrong('endDay', 'too_long', 'a season has at most 732 days');
  for (const [tier, points] of Object.entries(season.thresholds)) {
    if (rankOf(table, tier) < 0)
      wrong(`thresholds${pointerStep(tier)}`, 'unknown', 'no tier has this name');
    else if (pointsOf(points) === null)
      wrong(`thresholds${pointerStep(tier)}`, 'custom', 'points, a decimal of at most 4 places');
  }
  if (season.floor !== undefined && rankOf(table, season.floor) < 0)
    wrong('floor', 'unknown', 'no tier has this name');
  if (found.length > 0) return found;
  const order = tableOf(season, table).tiers.map(({ threshold }) => pointsOf(threshold) ?? 0);
  if (order[0] !== 0 || order.some((points, at) => at > 0 && points <= (order[at - 1] ?? 0)))
    wrong('thresholds', 'order', 'tiers rise from 0 at the lowest to the highest');
  for (const other of others) {
    if (!overlap(season, other)) continue;
    if (shares(season.categories, other.categories))
      wrong('categories', 'overlap', `${other.id} lists one of them on the same days`);
    const apart =
      season.target_groups.length > 0 &&
      other.target_groups.length > 0 &&
      !shares(season.target_groups, other.target_groups);
    if (!apart)
      wrong('target_groups', 'overlap', `${other.id} has agents of these groups on the same days`);
  }
  return [...found, ...changesOfBegun(season, before, now)];
}

/**
 * What has begun keeps its first day, zone and decay, what has ended its days. Grace keeps its length
 * once it is over for who is never away: until then it is over for nobody, and from then on days away
 * alone move its end. A longer one would bring tiers back outside of any window (DEC-18).
 */
function changesOfBegun(season: Season, before: LiveSeason | null, now: number): FieldError[] {
  if (before === null || now < before.span.from) return [];
  const fixed = (pointer: string): FieldError => ({
    pointer: `#/${pointer}`,
    code: 'begun',
    detail: `${before.id} has begun; this stays as it is`,
  });
  const found: FieldError[] = [];
  if (season.startDay !== before.startDay) found.push(fixed('startDay'));
  if (season.timeZone !== before.timeZone) found.push(fixed('timeZone'));
  if (season.decay.factor !== before.decay.factor) found.push(fixed('decay/factor'));
  if (!before.categories.every((one) => season.categories.includes(one)))
    found.push(fixed('categories'));
  if (season.graceDays !== before.graceDays && now >= graceEnd(before)) {
    const detail = `the grace of ${before.id} is over; its length stays as it is`;
    found.push({ pointer: '#/graceDays', code: 'begun', detail });
  }
  const today = localDay(now, before.timeZone);
  const isPast = now >= before.span.until || dayNumber(season.endDay) < dayNumber(today);
  if (season.endDay !== before.endDay && isPast) found.push(fixed('endDay'));
  return found;
}

/** The season that follows another in its categories: the first that begins after its last day. */
export const successorOf = (
  season: LiveSeason,
  seasons: readonly LiveSeason[],
): LiveSeason | null => followerOf(season, seasons);

export const namesOf = (seasons: readonly LiveSeason[]): Set<string> =>
  new Set(seasons.map(({ id }) => id));

/** The next season where nobody has written one, under a name that none of the others has. */
export const copyOf = (
  { id, span: _, version: __, ...content }: LiveSeason,
  others: readonly LiveSeason[],
): { readonly id: string; readonly content: Season } => copyOfDates(id, content, namesOf(others));

/** The copy as it will be in force. */
export function copiedSeason(season: LiveSeason, others: readonly LiveSeason[]): LiveSeason {
  const { id, content } = copyOf(season, others);
  return { ...content, id, version: 1, span: spanOf(content) };
}

/** First instant after the grace that follows a season's start: local days, whatever their length. */
export const graceEnd = (next: Pick<Season, 'startDay' | 'graceDays' | 'timeZone'>): number =>
  startOfLocalDay(civilDay(dayNumber(next.startDay) + next.graceDays), next.timeZone);

/** The season that an instant falls into for an agent of some groups, or null. */
export const seasonFor = (
  seasons: readonly LiveSeason[],
  groups: readonly string[],
  now: number,
): LiveSeason | null =>
  seasons.findLast((season) => holds(season.span, now) && isFor(season, groups)) ?? null;
