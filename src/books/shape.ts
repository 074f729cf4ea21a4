/**
 * How entries and transactions look on the wire: amounts as decimal text with their unit, agents by
 * their own id. Decides nothing and refuses nothing.
 */
import * as z from 'zod';
import { printInstant } from '../kernel/instant';
import { printAmount, type Unit } from '../kernel/units';
import type { StoredEntry } from '../ledger/entries/store';
import { agentKeysOf, showAddress } from './address';

const MONEY = 'Decimal text in the unit beside it.';

export const amountShape = z
  .object({
    amount: z.string().meta({ description: MONEY, examples: ['50'] }),
    unit: z.string().meta({
      description: '`POINTS/<category>`, a currency by ISO 4217, or `HOURS`.',
      examples: ['POINTS/Mentorship'],
    }),
  })
  .meta({ id: 'Amount' });

export const entryShape = z
  .object({
    id: z.string(),
    from: z.string(),
    to: z.string(),
    amount: z.string().meta({ description: `Always positive. ${MONEY}` }),
    unit: z.string(),
    rule: z.string().nullable().meta({ description: 'The version that made it, where one did.' }),
  })
  .meta({ id: 'Entry' });

export const transactionShape = z
  .object({
    id: z.string(),
    kind: z.string().meta({ examples: ['AWARD', 'CORRECTION', 'REVERSAL'] }),
    cause: z.string().meta({ description: 'Id of the row that explains it.' }),
    reverses: z.string().nullable().meta({ description: 'The transaction it takes back.' }),
    occurredAt: z.string(),
    recordedAt: z.string(),
    seal: z.int(),
    entries: z.array(entryShape),
  })
  .meta({ id: 'Transaction' });

export const statementLine = entryShape
  .extend({
    transaction: z.string(),
    kind: z.string(),
    change: z.string().meta({ description: 'What the account gained, negative when it gave.' }),
    reverses: z.string().nullable(),
    occurredAt: z.string(),
    recordedAt: z.string(),
    seal: z.int(),
  })
  .meta({ id: 'StatementLine' });

export const showAmount = (amount: bigint, unit: Unit) => ({
  amount: printAmount(amount, unit),
  unit,
});

/** The agent keys that the accounts of some entries name. */
export const keysOfEntries = (entries: readonly StoredEntry[]): string[] =>
  agentKeysOf(entries.flatMap(({ from, to }) => [from, to]));

function showEntry(
  entry: StoredEntry,
  agentIds: ReadonlyMap<string, string>,
): z.output<typeof entryShape> {
  return {
    id: entry.id,
    from: showAddress(entry.from, agentIds),
    to: showAddress(entry.to, agentIds),
    ...showAmount(BigInt(entry.amount), entry.unit),
    rule: entry.rule,
  };
}

/** One transaction of its entries in order. */
export function showTransaction(
  [first, ...rest]: readonly [StoredEntry, ...StoredEntry[]],
  agentIds: ReadonlyMap<string, string>,
): z.output<typeof transactionShape> {
  return {
    id: first.tx,
    kind: first.kind,
    cause: first.cause,
    reverses: first.reverses,
    occurredAt: printInstant(first.occurredAt),
    recordedAt: printInstant(first.recordedAt),
    seal: first.seal,
    entries: [first, ...rest].map((entry) => showEntry(entry, agentIds)),
  };
}

/** An entry as a line of one account's statement. */
export function showLine(
  entry: StoredEntry,
  account: string,
  agentIds: ReadonlyMap<string, string>,
): z.output<typeof statementLine> {
  const gained = BigInt(entry.to === account ? entry.amount : -entry.amount);
  return {
    ...showEntry(entry, agentIds),
    transaction: entry.tx,
    kind: entry.kind,
    change: printAmount(gained, entry.unit),
    reverses: entry.reverses,
    occurredAt: printInstant(entry.occurredAt),
    recordedAt: printInstant(entry.recordedAt),
    seal: entry.seal,
  };
}
