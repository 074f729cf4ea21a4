/** A line as it goes on the wire, and as a line of CSV. Refuses nothing. */
import * as z from 'zod';
import type { Column } from '../../../http/media';
import { parseFraction } from '../../../kernel/fraction';
import { printAmount } from '../../../kernel/units';
import { printRatio } from '../../calculation/calculation';
import { payKey } from '../dispatch/payload';
import type { Sending } from '../dispatch/sending';
import { isSentOut } from '../phase';
import { LINE_STATES, type LineState } from '../run';
import type { RunSetting } from '../setting';
import type { Line } from './line';
import { NO_DESTINATION, obstacleDetail } from './obstacles';

export const lineItem = z
  .object({
    agentId: z.string().nullable().meta({ description: 'Null where the person was forgotten.' }),
    state: z.enum(LINE_STATES),
    obstacle: z.string().nullable().meta({ description: 'Why it is not sent.' }),
    obstacleDetail: z.string().nullable().meta({ description: 'What is wrong, and what to do.' }),
    reason: z.string(),
    currency: z.string(),
    earned: z.string().meta({ description: 'What the period is worth.' }),
    variablePay: z.string().nullable().meta({ description: 'What this version pays or paid.' }),
    clawback: z.string().nullable(),
    adjustment: z.string().nullable(),
    planAmount: z.string(),
    planCurrency: z.string(),
    exchangeRate: z
      .string()
      .nullable()
      .meta({
        description:
          'Exact; `earned` is `planAmount` times it, rounded half up. Both amounts are posted, so ' +
          'each is rounded to its own smallest part. P13.',
      }),
    quality: z.string().nullable(),
    multiplier: z.string().nullable(),
    productivity: z.string().nullable(),
    interactions: z.int().nullable(),
    scorecardVersionIds: z.array(z.string()),
    unlistedScorecardVersionIds: z.array(z.string()),
    wfmActualsId: z.string(),
    overlappingBuckets: z.int(),
    idempotencyKey: z.string().nullable(),
    deliveryId: z.string().nullable(),
  })
  .meta({ id: 'PayLine' });

export type LineItem = z.output<typeof lineItem>;

const ratio = (text: string | null): string | null =>
  text === null ? null : printRatio(parseFraction(text));

/**
 * `sending`: what became of it or would; null where there is no destination yet. `reason`: what the
 * books say of a line that they refuse.
 */
export function shownLine(
  setting: RunSetting,
  line: Line,
  sending: Sending | null,
  agentId: string | null,
  reason: string | null = null,
): LineItem {
  const { run, plan } = setting;
  const { payUnit, time } = line;
  const obstacle = sending === null ? NO_DESTINATION : sending.obstacle;
  const sums = sending?.sums ?? null;
  const print = (amount: bigint | undefined): string | null =>
    amount === undefined ? null : printAmount(amount, payUnit);
  return {
    agentId,
    state: shownState(setting, sending),
    obstacle,
    obstacleDetail: obstacleDetail(obstacle, reason),
    reason: line.reason,
    currency: payUnit,
    earned: printAmount(BigInt(line.payAmount), payUnit),
    variablePay: print(sums?.pay),
    clawback: print(sums?.clawback),
    adjustment: print(sums?.adjustment),
    planAmount: printAmount(BigInt(line.amount), plan.currency),
    planCurrency: plan.currency,
    exchangeRate: line.rate,
    quality: ratio(line.quality),
    multiplier: line.multiplier,
    productivity: ratio(line.productivity),
    interactions: line.interactions,
    scorecardVersionIds: [...line.scorecardVersions],
    unlistedScorecardVersionIds: [...line.unlisted],
    wfmActualsId: line.actuals,
    overlappingBuckets: time.overlaps,
    idempotencyKey: agentId === null ? null : payKey(plan.keyPrefix, run, agentId),
    deliveryId: sending?.rows.length === 0 ? sending.delivery : null,
  };
}

/** Before a run is sent out its lines are calculated, whatever would become of them. */
function shownState({ run }: RunSetting, sending: Sending | null): LineState {
  if (sending === null) return 'CALCULATED';
  if (sending.state === 'BLOCKED' || sending.state === 'NOTHING_TO_PAY') return sending.state;
  if (!isSentOut(run.phase)) return 'CALCULATED';
  return sending.state === 'SENT' && sending.rows.length > 0 ? 'HELD' : sending.state;
}

const cell = (value: LineItem[keyof LineItem]): string | number | null =>
  Array.isArray(value) ? value.join(';') : value;

export const LINE_COLUMNS: readonly Column<LineItem>[] = (
  Object.keys(lineItem.shape) as (keyof LineItem)[]
).map((name) => ({ name, cell: (item) => cell(item[name]) }));
