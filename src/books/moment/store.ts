/**
 * Which state of the books is asked for: `?as_of=` is what was recorded then, the seals written
 * until that instant; `?effective=` is what belongs to business days up to that one. Refuses
 * instants that have not come yet: nothing is recorded for them.
 */
import { invalidField } from '../../kernel/failure';
import { dayAfter } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import type { Bounds } from '../../ledger/entries/store';
import { readSealAt } from '../../ledger/store';

export interface AskedMoment {
  /** UTC ms. */
  readonly as_of?: number | undefined;
  /** `YYYY-MM-DD` */
  readonly effective?: string | undefined;
}

/** The seals and days that count; all where nothing was asked. */
export async function boundsOf(
  db: D1Database,
  { as_of: asOf, effective }: AskedMoment,
  now: number,
): Promise<Result<Bounds>> {
  if (asOf !== undefined && asOf > now) {
    const detail = 'nothing is recorded for an instant to come';
    return fail(invalidField('query:/as_of', 'future', detail));
  }
  const seal = asOf === undefined ? null : await readSealAt(db, asOf);
  return ok({ seal, untilDay: effective === undefined ? null : dayAfter({ lastDay: effective }) });
}
