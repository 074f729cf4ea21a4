/** The rows of one earning or revocation, as a settlement posts them. Decides nothing. */
import type { Row } from '../../../../src/kernel/change-set';
import { programAccount } from '../../../../src/ledger/account';
import { entryRow, transaction } from '../../../../src/ledger/entry';
import { localDayOf } from '../../../oracle/seasons';
import { OWN_CATEGORY, type PlannedEarning } from '../plan';

/** `account`: of the agent, in the season in which it was earned. */
export function earningRows(
  { amount, occurredAt, cause, key }: PlannedEarning,
  account: string,
  now: number,
): Row[] {
  const program = programAccount(OWN_CATEGORY);
  const isAward = amount > 0;
  return transaction(
    {
      kind: isAward ? 'AWARD' : 'REVERSAL',
      cause: `${cause}.${key}`,
      occurredAt,
      recordedAt: now,
    },
    [
      {
        unit: `POINTS/${OWN_CATEGORY}`,
        from: isAward ? program : account,
        to: isAward ? account : program,
        amount: Math.abs(amount),
        day: localDayOf(occurredAt, 'Etc/UTC'),
        rule: null,
      },
    ],
  ).map(entryRow);
}
