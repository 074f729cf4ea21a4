/**
 * How a rank's reward reaches the agent: a delivery to the destination that the board names. Decides
 * what the HRIS is told and what each outcome posts: earned when it has it, back to where
 * it came from when it refuses. Refuses a destination whose preset knows no rewards.
 */
import { renderRequest } from '../../delivery/connectors/connector';
import type { Destination } from '../../delivery/destination';
import { deliveryRow, type Intent } from '../../delivery/intent';
import type { Row } from '../../kernel/change-set';
import { keyedSalt } from '../../kernel/hash';
import { causeId } from '../../kernel/ids';
import { dashedDay } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import { printAmount } from '../../kernel/units';
import { agentReward } from '../../ledger/account';
import { type Entry, entryRow, transaction } from '../../ledger/entry';
import { type Reward, type RunStart, rewardEntry, runId } from './reward';

const OPERATION = 'reward';
const EARNED = 'BOARD_REWARD_EARNED';
const RETURNED = 'BOARD_REWARD_RETURNED';

/** Who pays: a destination as the run found it. */
export interface Payer {
  readonly id: string;
  readonly destination: Destination;
}

/** What the directory calls an agent. */
export interface Payee {
  readonly agentId: string;
  readonly employeeId: string | null;
}

/** The row that orders the payment of a reward; the failure says what the destination lacks. */
export function paymentRow(
  start: RunStart,
  reward: Reward,
  by: {
    readonly at: number;
    readonly payer: Payer;
    readonly payee: Payee;
    readonly secretsKey: string;
  },
): Result<Row, string> {
  const { at, payer, payee } = by;
  const { agentKey } = reward.winner;
  const entry = rewardEntry(start, reward, at);
  const key = `BOARD_${causeId('board-payment', entry.id)}`;
  const fields = fieldsOf(start, reward, payee, key);
  const rendered = renderRequest(payer.destination, OPERATION, fields, key);
  if (!rendered.ok) return fail(rendered.failure);
  const intent: Intent = {
    destination: payer.id,
    operation: OPERATION,
    cause: key,
    subject: `board:${start.boardId}`,
    at,
    idempotencyKey: key,
    request: rendered.value.request,
    expect: rendered.value.expect,
    agents: [agentKey],
    outcomes: {
      CONFIRMED: { rows: [settledRow(start, entry, EARNED)] },
      REJECTED: { rows: [settledRow(start, entry, RETURNED)] },
    },
  };
  return ok(deliveryRow(intent, keyedSalt(by.secretsKey, 'board-payment-salt', entry.id)));
}

const fieldsOf = (
  { boardId, period }: RunStart,
  { winner, unit, amount }: Reward,
  { agentId, employeeId }: Payee,
  key: string,
) => ({
  idempotency_key: key,
  employee_id: employeeId ?? agentId,
  agent_id: agentId,
  leaderboard_id: boardId,
  period,
  rank: winner.rank,
  amount: printAmount(amount, unit),
  unit,
  reason: `Rank ${winner.rank} of leaderboard ${boardId} for ${period}`,
});

/** Out of pending: to the agent for good, or back to where it came from. */
function settledRow(start: RunStart, entry: Entry, kind: typeof EARNED | typeof RETURNED): Row {
  const [holder = '', day = ''] = entry.id.split('.');
  const cause = {
    kind,
    cause: runId(start),
    occurredAt: start.instant,
    recordedAt: entry.recordedAt,
    reverses: kind === RETURNED ? entry.tx : null,
  };
  const [settled] = transaction(cause, [
    {
      unit: entry.unit,
      from: entry.to,
      to: kind === EARNED ? agentReward(holder, 'earned') : entry.from,
      amount: entry.amount,
      day: dashedDay(day),
      rule: null,
    },
  ]);
  if (settled === undefined) throw new Error('a transaction has an entry');
  return entryRow(settled);
}
