/**
 * Manual adjustments: points given or taken by a person, from or to the programme. Decides the
 * entries and the review that a second person must approve; until then nothing is posted. Refuses
 * amounts out of bounds, units that are no points and days too far away.
 */
import * as z from 'zod';
import { type SeasonVersion, seasonOf, seasonsAt } from '../../calendar/season';
import { plainText } from '../../http/fields';
import type { Failure } from '../../kernel/failure';
import { invalidField } from '../../kernel/failure';
import { parseDay } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { parseAmount, printAmount } from '../../kernel/units';
import { startOfLocalDay } from '../../kernel/zone';
import { agentPoints, programAccount } from '../../ledger/account';
import { type Entry, entryRow, transaction } from '../../ledger/entry';
import { type NewReview, type ReviewKind, reviewIdOf } from '../../reviews/review';

export const ADJUSTMENT = 'ADJUSTMENT';

/** The first kind of review: another person with `approve` decides. */
export const adjustmentReviews: ReviewKind = {
  kind: ADJUSTMENT,
  permission: 'approve',
  overdueAfterDays: 7,
};

/** A million points: more than that in one hand is a mistake. Smallest part. */
const MOST = 1_000_000n * 10_000n;
const MOST_DAYS_BACK = 731;
const POINTS = /^POINTS\/([A-Za-z0-9_-]{1,60})$/;

export const adjustmentBody = z
  .strictObject({
    agentId: plainText(200),
    unit: z.string().regex(POINTS, '`POINTS/<category>`'),
    amount: z
      .union([z.string(), z.number()])
      .meta({ description: 'Decimal text of at most 4 places; negative takes points.' }),
    reason: plainText(1000),
    occurredOn: z
      .string()
      .optional()
      .meta({ description: "`YYYY-MM-DD` in the organisation's zone; today when absent." }),
  })
  .meta({ id: 'AdjustmentBody' });

export type AdjustmentBody = z.output<typeof adjustmentBody>;

export interface Adjustment {
  readonly agentKey: string;
  readonly category: string;
  readonly unit: string;
  readonly account: string;
  /** Signed, smallest part. */
  readonly amount: bigint;
  readonly day: string;
  readonly occurredAt: number;
}

/** Where and when an adjustment is proposed. */
export interface Setting {
  readonly agentKey: string;
  readonly today: string;
  readonly timeZone: string;
  readonly now: number;
  /** All versions of all seasons: an adjustment belongs to the season of its own instant. */
  readonly seasons: readonly SeasonVersion[];
}

/** Reads what was asked for; every refusal points to its field. */
export function readAdjustment(body: AdjustmentBody, setting: Setting): Result<Adjustment> {
  const { unit } = body;
  const category = POINTS.exec(unit)?.[1] ?? '';
  const amount = parseAmount(body.amount, unit);
  const wrong = amountFault(amount) ?? dayFault(body.occurredOn, setting.today);
  if (wrong !== null || amount === null) return fail(wrong ?? notNumber);
  const day = body.occurredOn ?? setting.today;
  const { agentKey, now, today, timeZone, seasons } = setting;
  const occurredAt = day === today ? now : startOfLocalDay(day, timeZone);
  return ok({
    agentKey,
    category,
    unit,
    account: agentPoints(agentKey, category, seasonOf(seasonsAt(seasons, occurredAt), category)),
    amount,
    day,
    occurredAt,
  });
}

const notNumber = invalidField('#/amount', 'custom', 'a decimal of at most 4 places');

function amountFault(amount: bigint | null): Failure | null {
  if (amount === null) return notNumber;
  if (amount === 0n) return invalidField('#/amount', 'custom', 'not zero');
  const size = amount < 0n ? -amount : amount;
  const most = printAmount(MOST, 'POINTS/any');
  return size > MOST ? invalidField('#/amount', 'too_big', `at most ${most} either way`) : null;
}

function dayFault(given: string | undefined, today: string): Failure | null {
  if (given === undefined) return null;
  const [day, last] = [parseDay(given), parseDay(today)];
  const pointer = '#/occurredOn';
  if (day === null || last === null) return invalidField(pointer, 'custom', 'a day that exists');
  if (day > last) return invalidField(pointer, 'custom', 'a day that has begun');
  if (day < last - MOST_DAYS_BACK) {
    return invalidField(pointer, 'custom', `at most ${MOST_DAYS_BACK} days ago`);
  }
  return null;
}

/** The entries of an adjustment; the review is their cause and is named in them. */
export function entriesOf(adjustment: Adjustment, review: string, recordedAt: number): Entry[] {
  const { account, category, unit, amount, day, occurredAt } = adjustment;
  const programme = programAccount(category);
  const gives = amount > 0n;
  return transaction({ kind: ADJUSTMENT, cause: review, occurredAt, recordedAt }, [
    {
      unit,
      from: gives ? programme : account,
      to: gives ? account : programme,
      amount: Number(gives ? amount : -amount),
      day,
      rule: null,
    },
  ]);
}

export interface Proposal {
  /** Names the proposal: the row of its Idempotency-Key, or the request. */
  readonly cause: string;
  readonly person: string;
  readonly reason: string;
  readonly now: number;
  readonly salt: string;
  /** What the account holds before, smallest part. */
  readonly balance: bigint;
}

/** The review of an adjustment: approved it posts, rejected it writes nothing. */
export function adjustmentReview(adjustment: Adjustment, proposal: Proposal): NewReview {
  const { agentKey, account, unit, amount, day } = adjustment;
  const { cause, person, reason, now, salt, balance } = proposal;
  const id = reviewIdOf(ADJUSTMENT, cause);
  return {
    kind: ADJUSTMENT,
    cause,
    subject: `agent:${agentKey}`,
    openedAt: now,
    person,
    actor: person,
    reason,
    salt,
    evidence: {
      account,
      unit,
      amount: printAmount(amount, unit),
      occurredOn: day,
      balanceBefore: printAmount(balance, unit),
      balanceAfter: printAmount(balance + amount, unit),
    },
    parties: [agentKey],
    outcomes: {
      APPROVED: { rows: entriesOf(adjustment, id, now).map(entryRow) },
      REJECTED: { rows: [] },
    },
  };
}
