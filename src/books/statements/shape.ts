/**
 * How a statement looks on the wire: sums per unit, and lines that each name their cause. A line
 * without an entry is a coaching session that brought nothing, or pay that came to nothing. Decides
 * nothing, refuses nothing.
 */
import * as z from 'zod';
import type { Column } from '../../http/media';
import { printInstant } from '../../kernel/instant';
import { dashedDay, periodEnd } from '../../kernel/period';
import { printAmount } from '../../kernel/units';
import type { Told } from '../../ledger/explain';
import { lineCause } from '../../pay/runs/dispatch/entries';
import { type Missed, missedBy, type UnpaidLine, whyUnpaid } from '../../pay/runs/unpaid/unpaid';
import { decisionId } from '../../points/coaching/decision';
import { whyNothing } from '../../points/lines/why';
import { showAddress } from '../address';
import type { Totals } from './statement';
import type { EntryLine, NothingLine, StatementLine } from './store';

export const NOTHING_EARNED = 'NOTHING_EARNED';

const signed = z.string().meta({ description: 'Signed decimal text in the unit beside it.' });

export const totalsShape = z
  .object({
    unit: z.string(),
    opening: signed,
    earned: signed,
    revoked: signed,
    decay: signed,
    adjustments: signed,
    closing: signed,
    seasons: z.array(z.object({ season: z.string(), closing: signed })).meta({
      description:
        'Of points: the closing balance by season, as the accounts name it (`none`: of no season). ' +
        'Empty for other units.',
    }),
  })
  .meta({ id: 'StatementTotals' });

const gateShape = z.object({
  rule: z.string(),
  field: z.string(),
  operator: z.string(),
  expected: z.unknown(),
  actual: z.unknown(),
  difference: z
    .string()
    .nullable()
    .meta({ description: 'Actual minus expected; null where one of them is no number.' }),
});

export const lineShape = z
  .object({
    day: z.string(),
    kind: z.string().meta({ description: `\`${NOTHING_EARNED}\` for a line without an entry.` }),
    change: signed,
    unit: z
      .string()
      .nullable()
      .meta({ description: 'Null where nothing moved and nothing would.' }),
    account: z.string().nullable(),
    why: z.string(),
    cause: z.object({
      kind: z.string(),
      id: z.string(),
      coachingSessionId: z.string().nullable(),
      reviewId: z.string().nullable(),
      leaderboardId: z.string().nullable(),
      goalId: z.string().nullable(),
      period: z.string().nullable().meta({ description: 'Of the goal, or of the pay.' }),
    }),
    state: z.string().nullable().meta({
      description: 'Of a reward: `PROVISIONAL`, `HELD`, `CONFIRMING`, `CONFIRMED` or `REVERSED`.',
    }),
    finalAt: z.string().nullable().meta({
      description: 'Of a reward: when it became final, or when it is looked at.',
    }),
    outcome: z.string().nullable(),
    gates: z.array(gateShape).meta({ description: 'The conditions that failed.' }),
    wouldHaveBeen: z
      .object({ amount: z.string(), unit: z.string() })
      .nullable()
      .meta({ description: 'Without the cap that holds it back.' }),
    waitsFor: z.string().nullable(),
    transaction: z.string().nullable(),
    entry: z.string().nullable(),
    reverses: z.string().nullable(),
    rule: z.string().nullable(),
    occurredAt: z.string(),
    recordedAt: z.string(),
    seal: z.int(),
  })
  .meta({ id: 'AgentStatementLine' });

export type ShownLine = z.output<typeof lineShape>;

export const showTotals = ({ unit, ...sums }: Totals): z.output<typeof totalsShape> => {
  const print = (amount: bigint): string => printAmount(amount, unit);
  return {
    unit,
    opening: print(sums.opening),
    earned: print(sums.earned),
    revoked: print(sums.revoked),
    decay: print(sums.decay),
    adjustments: print(sums.adjustments),
    closing: print(sums.closing),
    seasons: sums.seasons.map(({ season, change }) => ({ season, closing: print(change) })),
  };
};

export const showStatementLine = (
  line: StatementLine,
  agentIds: ReadonlyMap<string, string>,
): ShownLine => {
  if ('entry' in line) return showMoved(line, agentIds);
  return 'run' in line ? showUnpaid(line) : showNothing(line);
};

function causeOf(kind: string, id: string, about: Told['about']): ShownLine['cause'] {
  const { coachingSessionId = null, reviewId = null, leaderboardId = null } = about;
  const { goalId = null, period = null } = about;
  return { kind, id, coachingSessionId, reviewId, leaderboardId, goalId, period };
}

function showMoved(
  { place, entry, change, account, cause, told }: EntryLine,
  agentIds: ReadonlyMap<string, string>,
): ShownLine {
  const { kind, unit, tx, id, reverses, rule } = entry;
  return {
    day: dashedDay(place),
    kind,
    change: printAmount(change, unit),
    unit,
    account: showAddress(account, agentIds),
    why: told?.why ?? `Posted as ${kind} because of ${entry.cause}.`,
    cause: causeOf(cause, entry.cause, told?.about ?? {}),
    state: told?.about.state ?? null,
    finalAt: told?.about.finalAt ?? null,
    outcome: null,
    gates: [],
    wouldHaveBeen: null,
    waitsFor: null,
    transaction: tx,
    entry: id,
    reverses,
    rule,
    occurredAt: printInstant(entry.occurredAt),
    recordedAt: printInstant(entry.recordedAt),
    seal: entry.seal,
  };
}

function showNothing({
  day,
  decision,
  occurredAt,
  seal,
  coachingSessionId,
}: NothingLine): ShownLine {
  const { why, outcome, gates, wouldHaveBeen, waitsFor } = whyNothing(decision);
  return {
    day,
    kind: NOTHING_EARNED,
    change: '0',
    unit: wouldHaveBeen?.unit ?? null,
    account: null,
    why,
    cause: causeOf('coaching-session', decisionId(decision.session, decision.number), {
      coachingSessionId,
    }),
    state: null,
    finalAt: null,
    outcome,
    gates: [...gates],
    wouldHaveBeen:
      wouldHaveBeen === null
        ? null
        : {
            amount: printAmount(wouldHaveBeen.amount, wouldHaveBeen.unit),
            unit: wouldHaveBeen.unit,
          },
    waitsFor,
    transaction: null,
    entry: null,
    reverses: null,
    rule: gates[0]?.rule ?? null,
    occurredAt: printInstant(occurredAt),
    recordedAt: printInstant(decision.at),
    seal,
  };
}

function showUnpaid(unpaid: UnpaidLine): ShownLine {
  const { run, line, plan } = unpaid;
  const missed = missedBy(line, plan);
  const rule = `plan/${run.planId}/${run.planVersion}`;
  return {
    day: run.lastDay,
    kind: NOTHING_EARNED,
    change: printAmount(0n, line.payUnit),
    unit: line.payUnit,
    account: null,
    why: whyUnpaid(unpaid),
    cause: causeOf('pay-line', lineCause(run.name, line.agentKey), { period: run.period }),
    state: null,
    finalAt: null,
    outcome: line.reason,
    gates: missed === null ? [] : [gateOf(rule, missed)],
    wouldHaveBeen: null,
    waitsFor: null,
    transaction: null,
    entry: null,
    reverses: null,
    rule,
    occurredAt: printInstant(periodEnd(run, run.timeZone) - 1),
    recordedAt: printInstant(run.at),
    seal: run.seal,
  };
}

const gateOf = (rule: string, { field, expected, actual }: Missed): ShownLine['gates'][number] => ({
  rule,
  field,
  operator: 'GREATER_THAN_OR_EQUALS',
  expected,
  actual,
  difference: actual === null ? null : String(actual - expected),
});

const text = (value: unknown): string | null =>
  value === undefined || value === null
    ? null
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

/** The first failed condition stands in columns of its own; NDJSON has them all. */
export const COLUMNS: readonly Column<ShownLine>[] = [
  { name: 'day', cell: ({ day }) => day },
  { name: 'kind', cell: ({ kind }) => kind },
  { name: 'change', cell: ({ change }) => change },
  { name: 'unit', cell: ({ unit }) => unit },
  { name: 'account', cell: ({ account }) => account },
  { name: 'why', cell: ({ why }) => why },
  { name: 'causeKind', cell: ({ cause }) => cause.kind },
  { name: 'cause', cell: ({ cause }) => cause.id },
  { name: 'coachingSessionId', cell: ({ cause }) => cause.coachingSessionId },
  { name: 'reviewId', cell: ({ cause }) => cause.reviewId },
  { name: 'leaderboardId', cell: ({ cause }) => cause.leaderboardId },
  { name: 'goalId', cell: ({ cause }) => cause.goalId },
  { name: 'period', cell: ({ cause }) => cause.period },
  { name: 'state', cell: ({ state }) => state },
  { name: 'finalAt', cell: ({ finalAt }) => finalAt },
  { name: 'outcome', cell: ({ outcome }) => outcome },
  { name: 'gate', cell: ({ gates }) => gates[0]?.field ?? null },
  { name: 'expected', cell: ({ gates }) => text(gates[0]?.expected) },
  { name: 'actual', cell: ({ gates }) => text(gates[0]?.actual) },
  { name: 'difference', cell: ({ gates }) => gates[0]?.difference ?? null },
  { name: 'wouldHaveBeen', cell: ({ wouldHaveBeen }) => wouldHaveBeen?.amount ?? null },
  { name: 'waitsFor', cell: ({ waitsFor }) => waitsFor },
  { name: 'transaction', cell: ({ transaction }) => transaction },
  { name: 'entry', cell: ({ entry }) => entry },
  { name: 'reverses', cell: ({ reverses }) => reverses },
  { name: 'rule', cell: ({ rule }) => rule },
  { name: 'occurredAt', cell: ({ occurredAt }) => occurredAt },
  { name: 'recordedAt', cell: ({ recordedAt }) => recordedAt },
  { name: 'seal', cell: ({ seal }) => seal },
];
