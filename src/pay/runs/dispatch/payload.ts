/**
 * What an HRIS is told of one line: the payload as the variable-pay guide prints it, with every
 * immutable id in it, and what the small print adds. Decides key, cause and printed numbers; the
 * calculation never uses them (P9, DEC-4). Refuses nothing.
 */
import type { Json, JsonObject } from '../../../events/event';
import { parseFraction } from '../../../kernel/fraction';
import { printInstant } from '../../../kernel/instant';
import { printAmount } from '../../../kernel/units';
import { shortRatio } from '../../calculation/calculation';
import type { KnownDelta } from '../../deltas/delta';
import type { SendingKind } from '../history/history';
import { isPayable, type Line, lineId } from '../lines/line';
import type { RunSetting } from '../setting';

/**
 * `{keyPrefix}_{period}_{agent}_v{n}`, the period with `_` for `-`. What a header cannot carry of an
 * id is escaped, and the sign of an escape too: different lines have different keys (DEC-4).
 */
export const payKey = (
  keyPrefix: string,
  { period, number }: { readonly period: string; readonly number: number },
  agentId: string,
): string =>
  `${keyPrefix}_${period.replaceAll('-', '_')}_${agentId.replace(UNFIT, encodeURIComponent)}_v${number}`;

/** Everything but visible ASCII, and the percent sign. */
const UNFIT = /[^!-$&-~]/gu;

/** Names the delivery of a line; the same line is the same delivery. */
export const sendingCause = (run: string, agentKey: string): string => lineId(run, agentKey);

/** Positive amounts in the smallest part of the agent's currency. */
export interface Sums {
  readonly pay: bigint;
  readonly clawback: bigint;
  readonly adjustment: bigint;
}

/** What a message pays: the period in full, or only the difference to what was paid. */
export interface Paid {
  readonly kind: SendingKind;
  readonly sums: Sums;
}

/** Whether a line may say so much: one that may not waits alone, for a write-off or a new version. */
export const isSayable = ({ pay, clawback, adjustment }: Sums): boolean =>
  isPayable(pay + adjustment) && isPayable(clawback);

const decimal = (amount: bigint, unit: string): number => Number(printAmount(amount, unit));
const ratio = (text: string | null): number | null =>
  text === null ? null : Number(shortRatio(parseFraction(text)));

export function payload(
  { run, plan, at }: Pick<RunSetting, 'run' | 'plan' | 'at'>,
  line: Line,
  employeeId: string,
  paid: Paid,
): JsonObject {
  const { pay, clawback, adjustment } = paid.sums;
  const { payUnit } = line;
  const [version = null] = line.scorecardVersions;
  return {
    employee_id: employeeId,
    pay_period_start: run.firstDay,
    pay_period_end: run.lastDay,
    variable_pay_amount: decimal(pay, payUnit),
    currency: payUnit,
    ...(clawback > 0n && { clawback_amount: decimal(clawback, payUnit) }),
    ...(adjustment > 0n && { adjustment_amount: decimal(adjustment, payUnit) }),
    ...(plan.earning_code !== undefined && { earning_code: plan.earning_code }),
    ...(plan.tax_treatment !== undefined && { tax_treatment: plan.tax_treatment }),
    calculation_details: {
      base_bonus: Number(plan.base_bonus),
      final_quality_score: ratio(line.quality),
      quality_tier_multiplier: line.multiplier === null ? null : Number(line.multiplier),
      productivity_score: ratio(line.productivity),
      scorecard_version_id: version,
      scorecard_version_ids: line.scorecardVersions,
      wfm_actuals_id: line.actuals,
      interaction_count: line.interactions,
      calculation_timestamp: printInstant(at).replace('.000Z', 'Z'),
      calculation_version: run.number,
      plan_id: run.planId,
      plan_version: run.planVersion,
      plan_hash: run.planHash,
      ...conversion(line, plan.currency),
    },
    calculation_summary: summary(line, plan.currency, paid),
  };
}

function conversion(line: Line, currency: string): Record<string, Json> {
  if (line.rate === null) return {};
  const amount = decimal(BigInt(line.amount), currency);
  return { plan_currency: currency, plan_amount: amount, exchange_rate: line.rate };
}

/** One sentence. Where the message pays another amount than the calculation came to, it says why. */
export function summary(line: Line, currency: string, paid: Paid): string {
  const { steps, reason, amount } = line;
  const worth = `${printAmount(BigInt(amount), currency)} ${currency}`;
  const said = steps.map((step) => step.replace(/^\d\. /, '')).join('; ');
  return `${reason}: ${said} (${worth})${besides(line.payUnit, paid)}.`;
}

/** What the message says beside the calculation: a difference, or what is netted of other periods. */
function besides(unit: string, { kind, sums: { pay, clawback, adjustment } }: Paid): string {
  const print = (amount: bigint): string => `${printAmount(amount, unit)} ${unit}`;
  if (kind === 'SETTLE') {
    const way = clawback > 0n ? `clawback ${print(clawback)}` : `${print(pay)} to pay`;
    return `; only the difference to what was paid before: ${way}`;
  }
  const netted = [
    ...(adjustment > 0n ? [`adjustment ${print(adjustment)}`] : []),
    ...(clawback > 0n ? [`clawback ${print(clawback)}`] : []),
  ];
  return netted.length === 0 ? '' : `; netted of other periods: ${netted.join(', ')}`;
}

/** What a message that was sent says, by the claims that name its line. */
export function sumsOfSent(
  line: Line,
  kind: SendingKind,
  deltas: readonly KnownDelta[],
  name: string,
): Sums {
  const id = lineId(name, line.agentKey);
  const claims = deltas
    .flatMap((delta) => (delta.unit === line.payUnit ? delta.claims : []))
    .filter((claim) => claim.line === id);
  const sum = (sign: 1n | -1n): bigint =>
    claims.reduce((all, { amount }) => (amount * sign > 0n ? all + amount * sign : all), 0n);
  const [adjustment, clawback] = [sum(1n), sum(-1n)];
  if (kind === 'FIRST') return { pay: BigInt(line.payAmount), clawback, adjustment };
  const net = adjustment - clawback;
  return { pay: net > 0n ? net : 0n, clawback: net < 0n ? -net : 0n, adjustment: 0n };
}
