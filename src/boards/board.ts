/**
 * A leaderboard as the seed prints it: one point category, a window, decay, who may stand on it and
 * what its ranks bring. Decides what a board may say and which days count at an instant (DEC-17).
 * Refuses several categories and rank ranges that overlap; taken with a warning: no decay, a static
 * window, and a second board that rewards the same points.
 */
import * as z from 'zod';
import { STATUSES } from '../agents/agent';
import { DESTINATION_ID } from '../delivery/destination';
import { plainText } from '../http/fields';
import { DECIMAL_TEXT } from '../kernel/decimal';
import type { FieldError } from '../kernel/failure';
import { CADENCES, dayNumber, periodOf, type WeekStart } from '../kernel/period';
import { parseAmount, pointsUnit, scaleOf, type Unit } from '../kernel/units';
import { localDay } from '../kernel/zone';
import type { ConfigVersion } from '../ledger/config';
import { POOL_ID } from '../rewards/pool';
import type { Scoring } from './score';

export const BOARD_KIND = 'leaderboard';

/** A year and a day: one whole year on whatever day it began. */
const MAX_DAYS = 366;
const MAX_TIERS = 50;
const RATE = /^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$/;
const RANKS = /^([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?$/;

const decimal = z.union([z.number(), z.string()]);
const isAmount = (value: unknown): boolean => {
  const text = String(value);
  return DECIMAL_TEXT.test(text) && !text.startsWith('-');
};

const rollingWindow = z.strictObject({
  type: z.literal('ROLLING'),
  durationDays: z.int().min(1).max(MAX_DAYS),
});
/** Begins anew with each reward period; the seed's guide warns of it, so it is taken with a warning. */
const staticWindow = z.strictObject({
  type: z.literal('STATIC'),
  durationDays: z.int().min(1).max(MAX_DAYS).optional(),
});

const rewardTier = z.strictObject({
  rankRange: z
    .string()
    .refine((text) => rangeOf(text) !== null, 'a rank n, or ranks n-m with n at most m'),
  rewardType: z.enum(['CASH_BONUS', 'EXTRA_PTO']),
  value: decimal
    .refine(isAmount, 'a plain decimal')
    .refine((value) => Number(value) > 0, 'above 0')
    .meta({ description: "CASH_BONUS in the organisation's currency, EXTRA_PTO in hours." }),
});

export const boardSchema = z.strictObject({
  name: plainText(200),
  description: z.string().max(1000).default(''),
  enabled: z.boolean().default(true),
  pointCategory: z
    .string('one point category; boards never mix several')
    .refine(
      (category) => scaleOf(pointsUnit(category)) !== null,
      'one point category: letters, digits, _ and -; at most 60',
    ),
  evaluationWindow: z.discriminatedUnion('type', [rollingWindow, staticWindow]),
  decayConfiguration: z
    .strictObject({
      enabled: z.boolean().default(true),
      decayRatePercentPerDay: decimal
        .refine((value) => RATE.test(String(value)), 'a percentage, at most 4 decimal places')
        .optional(),
      minimumPointValue: decimal
        .refine(isAmount, 'a plain decimal, not negative')
        .refine((value) => parseAmount(value, 'POINTS/any') !== null, 'at most 4 decimal places')
        .default(0)
        .meta({ description: 'Decay takes no award below this many points.' }),
    })
    .refine(({ enabled, decayRatePercentPerDay: rate }) => !enabled || rate !== undefined, {
      message: 'decay needs its rate',
      path: ['decayRatePercentPerDay'],
    })
    .optional(),
  eligibility: z
    .strictObject({
      /** A member of any of them stands on the board; none named: everybody. */
      userGroups: z.array(plainText(100)).max(100).default([]),
      statusFilter: z.enum(STATUSES).optional(),
    })
    .prefault({}),
  rewardTiers: z.array(rewardTier).max(MAX_TIERS).default([]),
  rewardPeriod: z.enum(CADENCES).default('MONTHLY'),
  rewardPoolId: z
    .string()
    .regex(POOL_ID)
    .optional()
    .meta({
      description:
        'The pool that rewards come out of; it never pays more than it holds. Absent: ' +
        '`funding:board:{id}`, which has no bound.',
    }),
  destinationId: z.string().regex(DESTINATION_ID).optional().meta({
    description: 'Who pays the rewards: the HRIS. Absent: they stay pending, and a notice tells.',
  }),
});

export type Leaderboard = z.output<typeof boardSchema>;
export type BoardVersion = ConfigVersion<Leaderboard>;
export type RewardTier = Leaderboard['rewardTiers'][number];

/** First and last rank of `n` or `n-m`, null for anything else. */
export function rangeOf(text: string): { readonly first: number; readonly last: number } | null {
  const match = RANKS.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last ? { first, last } : null;
}

/** Tiers that a pool cannot pay: it holds one unit. */
export function checkPool(board: Leaderboard, unit: Unit, currency: string): FieldError[] {
  return board.rewardTiers.flatMap((tier, index): FieldError[] => {
    const wanted = rewardUnit(tier, currency);
    if (wanted === unit) return [];
    const detail = `the pool holds ${unit}, this tier brings ${wanted}`;
    return [{ pointer: `#/rewardTiers/${index}/rewardType`, code: 'pool', detail }];
  });
}

export const rewardUnit = ({ rewardType }: RewardTier, currency: string): Unit =>
  rewardType === 'CASH_BONUS' ? currency : 'HOURS';

/** The tier of a rank, or null. */
export const tierOf = (board: Leaderboard, rank: number): RewardTier | null =>
  board.rewardTiers.find(({ rankRange }) => {
    const range = rangeOf(rankRange);
    return range !== null && range.first <= rank && rank <= range.last;
  }) ?? null;

/** The last rank that brings anything; 0 when none does. */
export const lastRewardedRank = ({ rewardTiers }: Leaderboard): number =>
  Math.max(0, ...rewardTiers.map(({ rankRange }) => rangeOf(rankRange)?.last ?? 0));

/** What the schema cannot see: ranges that overlap, values finer than their unit. */
export function checkBoard(board: Leaderboard, currency: string): FieldError[] {
  const at = (index: number, field: string) => `#/rewardTiers/${index}/${field}`;
  const ranges = board.rewardTiers.map(({ rankRange }) => rangeOf(rankRange));
  return board.rewardTiers.flatMap((tier, index): FieldError[] => {
    const own = ranges[index];
    const other = ranges.findIndex(
      (range, place) =>
        place < index && range && own && range.first <= own.last && own.first <= range.last,
    );
    const unit = rewardUnit(tier, currency);
    const errors: FieldError[] = [];
    if (other >= 0) {
      const detail = `${tier.rankRange} overlaps ${board.rewardTiers[other]?.rankRange}`;
      errors.push({ pointer: at(index, 'rankRange'), code: 'overlap', detail });
    }
    const amount = parseAmount(tier.value, unit);
    if (amount === null || amount > BigInt(Number.MAX_SAFE_INTEGER)) {
      const detail = `${tier.value} is no amount of ${unit}`;
      errors.push({ pointer: at(index, 'value'), code: 'amount', detail });
    }
    return errors;
  });
}

/** What is allowed and yet unwise, in sentences. `others` are the newest versions of other boards. */
export function warningsOf(board: Leaderboard, others: readonly Leaderboard[]): string[] {
  const warnings: string[] = [];
  if (rateOf(board) === null) {
    warnings.push('without decay early points keep their lead and later ones cannot catch up');
  }
  if (board.evaluationWindow.type === 'STATIC') {
    warnings.push(
      'a static window begins at zero with each reward period: effort stops at its end; durationDays is not used',
    );
  }
  const rival = others.find(
    (other) =>
      other.enabled && other.pointCategory === board.pointCategory && other.rewardTiers.length > 0,
  );
  if (board.enabled && board.rewardTiers.length > 0 && rival !== undefined) {
    warnings.push(`the board "${rival.name}" rewards the same points; each pays its own rewards`);
  }
  return warnings;
}

/** Percent a day as text, null without decay. */
function rateOf({ decayConfiguration: decay }: Leaderboard): string | null {
  if (decay === undefined || !decay.enabled) return null;
  const rate = String(decay.decayRatePercentPerDay ?? 0);
  return Number(rate) === 0 ? null : rate;
}

/** The settings of the organisation that a board needs. */
export interface Calendar {
  readonly timeZone: string;
  readonly weekStart: WeekStart;
}

/** Which days count at an instant, and how. Days are the organisation's. */
export function scoringOf(board: Leaderboard, calendar: Calendar, instant: number): Scoring {
  const day = localDay(instant, calendar.timeZone);
  const today = dayNumber(day);
  const { evaluationWindow: window, decayConfiguration: decay } = board;
  const fromDay =
    window.type === 'ROLLING'
      ? today - window.durationDays + 1
      : dayNumber(periodOf(board.rewardPeriod, day, calendar.weekStart).firstDay);
  const ratePercent = rateOf(board);
  const least = parseAmount(decay?.minimumPointValue ?? 0, pointsUnit(board.pointCategory));
  const minimum = ratePercent === null ? 0 : Number(least ?? 0n);
  return { fromDay, today, ratePercent, minimum };
}
