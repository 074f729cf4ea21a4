/**
 * What is pulled: a source names the destination that can be asked and the kinds of things. Decides
 * which days a pull asks for: results and coachings of today and yesterday, actuals of the last two
 * days that have ended, and whole months (`look.ts` says when). Refuses spans of more than a hundred
 * days.
 */
import * as z from 'zod';
import { DESTINATION_ID } from '../../delivery/destination';
import { idField } from '../../events/fields';
import { civilDay } from '../../kernel/instant';
import { dayNumber, periodOf } from '../../kernel/period';

export const PULL_KINDS = ['results', 'actuals', 'coaching'] as const;
export type PullKind = (typeof PULL_KINDS)[number];

export const MAX_PULL_DAYS = 100;
const MAX_VERSIONS = 20;

export const pullSchema = z.strictObject({
  destinationId: z.string().regex(DESTINATION_ID),
  kinds: z
    .array(z.enum(PULL_KINDS))
    .min(1)
    .refine((kinds) => new Set(kinds).size === kinds.length, 'each kind once'),
  scorecardVersionIds: z.array(idField).max(MAX_VERSIONS).default([]).meta({
    description: 'Versions that results are asked for; every version where none is named.',
  }),
});

export type SourcePull = z.output<typeof pullSchema>;

/** Days in the organisation's zone, both included. */
export interface Days {
  readonly firstDay: string;
  readonly lastDay: string;
}

export interface Wish extends Days {
  readonly kind: PullKind;
}

const back = (day: string, days: number): string => civilDay(dayNumber(day) - days);

/** What is looked at every hour. */
export const latelyOf = (kind: PullKind, today: string): Wish =>
  kind === 'actuals'
    ? { kind, firstDay: back(today, 2), lastDay: back(today, 1) }
    : { kind, firstDay: back(today, 1), lastDay: today };

/** The month that ended last before the one of a day. */
export function monthOf(kind: PullKind, today: string): Wish {
  const { firstDay } = periodOf('MONTHLY', today);
  const month = periodOf('MONTHLY', back(firstDay, 1));
  return { kind, firstDay: month.firstDay, lastDay: month.lastDay };
}
