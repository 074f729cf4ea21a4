/**
 * How a settled part reaches the HRIS and shows on a platform: one delivery per member, frozen with
 * what its outcomes post. Decides the payload and the rows of both outcomes; the key of every
 * attempt comes from the goal's key and the member. Refuses members without any id (they were
 * erased) and destinations that cannot say it: their part stays where it is and says why.
 */
import { operationOf, renderRequest } from '../../delivery/connectors/connector';
import { type Destination, platformIdOf } from '../../delivery/destination';
import { deliveryIdOf, deliveryRow, type Intent } from '../../delivery/intent';
import { noticeRow } from '../../delivery/notice';
import type { JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { keyedSalt } from '../../kernel/hash';
import { printAmount } from '../../kernel/units';
import { auditRow } from '../../ledger/audit';
import { entryRow } from '../../ledger/entry';
import { memberKey } from '../keys/key';
import { entryOf, promiseOf, type Timing } from './posting';
import { type Opened, PAID_STATUS, type PaidBy, type Part, type Step } from './step';

/** What the directory says of a member; absent for who was erased. */
export interface Person {
  readonly agentId: string;
  readonly employeeId: string | null;
  readonly platformIds: Readonly<Record<string, string>>;
}

/** What is read of the world beside the steps. */
export interface Known {
  /** UTC ms. */
  readonly now: number;
  readonly secretsKey: string;
  /** By agent key. */
  readonly people: ReadonlyMap<string, Person>;
  /** By id. */
  readonly destinations: ReadonlyMap<string, Destination>;
  /**
   * True: the books were set back since, and what is ordered may have been sent before; it counts as
   * old as it can be, so that a destination is asked before it is sent to.
   */
  readonly isAgain?: boolean;
}

export interface Paying extends Known {
  readonly opened: Step<'OPENED'>;
  readonly timing: Timing;
  readonly paidBy: PaidBy;
}

/** Names the delivery of a member's part within its destination. */
const causeOf = (opened: Step<'OPENED'>, agentKey: string): string =>
  memberKey(opened.key, agentKey);

const REWARD = 'reward';

/** Whether a destination can be told of a reward at all: another preset may be named by mistake. */
export const takesRewards = ({ preset }: Destination): boolean =>
  operationOf(preset, REWARD) !== null;

export const rewardDeliveryId = (
  destination: string,
  opened: Step<'OPENED'>,
  agentKey: string,
): string => deliveryIdOf({ destination, operation: REWARD, cause: causeOf(opened, agentKey) });

/** The rows that pay one part: its delivery, or the entry itself where nobody is told. */
export function payingRows(paying: Paying, [agentKey, amount]: Part): Row[] {
  const { opened, paidBy, people, destinations } = paying;
  const settled = settledRow(paying, agentKey, amount);
  const { destinationId } = paidBy;
  if (destinationId === null) {
    return [settled, ...recognitionRows(paying, agentKey, amount)];
  }
  const person = people.get(agentKey);
  const destination = destinations.get(destinationId);
  if (person === undefined) return [unpaidRow(paying, agentKey, 'the person was erased')];
  if (destination === undefined) return [unpaidRow(paying, agentKey, 'no such destination')];
  const key = causeOf(opened, agentKey);
  const rendered = renderRequest(destination, REWARD, fieldsOf(paying, person, amount, key), key);
  if (!rendered.ok) return [unpaidRow(paying, agentKey, rendered.failure)];
  const intent: Intent = {
    destination: destinationId,
    operation: REWARD,
    cause: key,
    subject: `goal:${opened.goalId}`,
    at: orderedAt(paying),
    idempotencyKey: key,
    request: rendered.value.request,
    expect: [...rendered.value.expect],
    agents: [agentKey],
    outcomes: {
      CONFIRMED: { rows: [settled, ...recognitionRows(paying, agentKey, amount)] },
      REJECTED: { rows: rejectedRows(paying, agentKey, amount) },
    },
  };
  return [deliveryRow(intent, keyedSalt(paying.secretsKey, 'goal-reward-salt', key))];
}

const orderedAt = ({ opened, timing, isAgain = false }: Paying): number =>
  isAgain ? Math.min(timing.recordedAt, opened.content.stabilisesAt) : timing.recordedAt;

/** What the HRIS is told. Amounts are decimal text, signed where a later epoch takes back. */
function fieldsOf({ opened }: Paying, person: Person, amount: number, key: string): JsonObject {
  const { content, goalId, period, epoch } = opened;
  return {
    idempotency_key: key,
    goal_id: goalId,
    period,
    status: PAID_STATUS,
    epoch,
    goal_key: opened.key,
    pool_id: content.poolId,
    employee_id: person.employeeId ?? person.agentId,
    agent_id: person.agentId,
    amount: printAmount(amount, content.unit),
    unit: content.unit,
    reason: `Team goal ${goalId} achieved in ${period}`,
  };
}

/** The entry by which a part is settled: earned, or where it is negative taken back. */
const settledRow = ({ opened, timing }: Paying, agentKey: string, amount: number): Row =>
  entryRow(
    entryOf(
      opened.content,
      timing,
      amount > 0
        ? { move: 'confirmed', agentKey, amount }
        : { move: 'reversed', agentKey, amount: -amount, takes: true },
    ),
  );

/** The destination refused: what was promised goes back to the pool, and everybody can see it. */
function rejectedRows(paying: Paying, agentKey: string, amount: number): Row[] {
  const { opened, timing } = paying;
  const { goalId, period, key, content } = opened;
  const cause = causeOf(opened, agentKey);
  const salt = keyedSalt(paying.secretsKey, 'goal-reward-rejected-salt', cause);
  const detail = {
    goalId,
    period,
    key,
    agentKey,
    amount: printAmount(amount, content.unit),
    unit: content.unit,
    destination: paying.paidBy.destinationId,
  };
  const back = {
    move: 'returned',
    agentKey,
    amount,
    reverses: promiseOf(opened, agentKey),
  } as const;
  return [
    ...(amount > 0 ? [entryRow(entryOf(content, timing, back))] : []),
    auditRow({
      action: 'GOAL_REWARD_REJECTED',
      subject: `goal:${goalId}`,
      at: timing.recordedAt,
      actor: 'delivery',
      detail,
      cause,
      salt,
    }),
    noticeRow({
      kind: 'reward.reversed',
      subject: `goal:${goalId}`,
      cause,
      at: timing.recordedAt,
      content: { ...detail, reason: 'REJECTED_BY_DESTINATION' },
      salt,
    }),
  ];
}

/** A part that cannot be delivered stays pending; the audit log says why. */
function unpaidRow({ opened, timing, secretsKey }: Paying, agentKey: string, reason: string): Row {
  const cause = causeOf(opened, agentKey);
  return auditRow({
    action: 'GOAL_REWARD_UNPAID',
    subject: `goal:${opened.goalId}`,
    at: timing.recordedAt,
    actor: 'goal',
    detail: { goalId: opened.goalId, period: opened.period, agentKey, reason },
    cause,
    salt: keyedSalt(secretsKey, 'goal-reward-unpaid-salt', cause),
  });
}

/** The recognition that shows on the platform once the part is settled; none for what is taken back. */
function recognitionRows(paying: Paying, agentKey: string, amount: number): Row[] {
  const { opened, paidBy, people, destinations } = paying;
  const destination = destinations.get(paidBy.recognitionDestinationId ?? '');
  const person = people.get(agentKey);
  if (destination === undefined || person === undefined || amount < 0) return [];
  const recipientId = platformIdOf(person, destination);
  if (recipientId === null || paidBy.recognitionDestinationId === null) return [];
  const cause = causeOf(opened, agentKey);
  // The platform has no keys: the reference in the note is how it is found again.
  const reference = cause.slice(0, 16);
  const rendered = renderRequest(
    destination,
    'reward-recognition',
    {
      recipientId,
      type: 'HighPerformance',
      title: 'Team reward unlocked',
      note: `${textOf(opened.content, amount)} for ${opened.goalId}, ${opened.period}`,
    },
    `${reference}-${agentKey}`,
  );
  if (!rendered.ok) return [];
  const intent: Intent = {
    destination: paidBy.recognitionDestinationId,
    operation: 'reward-recognition',
    cause,
    subject: `goal:${opened.goalId}`,
    at: orderedAt(paying),
    idempotencyKey: `${reference}-${agentKey}`,
    request: rendered.value.request,
    expect: [...rendered.value.expect],
    agents: [agentKey],
    outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
  };
  return [deliveryRow(intent, keyedSalt(paying.secretsKey, 'goal-recognition-salt', cause))];
}

const textOf = ({ unit }: Opened, amount: number): string =>
  unit === 'HOURS' ? `${printAmount(amount, unit)} hours` : `${printAmount(amount, unit)} ${unit}`;
