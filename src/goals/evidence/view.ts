/**
 * A period's reward as the API shows it: its life line, its steps, who decided, what was posted.
 * Agents are shown by their own id; who was erased stays a key. Decides nothing and refuses nothing.
 */
import * as z from 'zod';
import { printInstant } from '../../kernel/instant';
import { printAmount } from '../../kernel/units';
import { agentOf } from '../../ledger/account';
import type { StoredEntry } from '../../ledger/entries/store';
import { type StoredReview, stateOf } from '../../reviews/review';
import type { Opened, Step } from '../settlement/step';
import { stepOf } from '../settlement/step';
import { type Delivered, LIFE_STATES, type Life, memberState, paymentsOf } from './life';

const instant = z.string().nullable();

export const lifeShape = z
  .object({
    state: z.enum(LIFE_STATES),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why nothing is paid, or what it waits for.' }),
    epoch: z.int().meta({ description: '0 while nothing was opened.' }),
    key: z.string().nullable(),
    lockedAt: instant,
    provisionalAt: instant,
    stabilisesAt: instant.meta({ description: 'Until then what was promised may change.' }),
    judgedAt: instant,
    finalAt: instant,
  })
  .meta({ id: 'GoalLifeLine' });

const print = (at: number | null): string | null => (at === null ? null : printInstant(at));

export function showLife(life: Life, steps: readonly Step[]): z.output<typeof lifeShape> {
  const opened = stepOf(steps, life.epoch, 'OPENED');
  return {
    state: life.state,
    reason: (opened ?? stepOf(steps, 1, 'WAITING'))?.content.reason ?? null,
    epoch: life.epoch,
    key: opened?.key ?? null,
    lockedAt: print(life.lockedAt),
    provisionalAt: print(life.openedAt),
    stabilisesAt: print(life.stabilisesAt),
    judgedAt: print(life.judgedAt),
    finalAt: print(life.finalAt),
  };
}

const member = z.object({
  agentId: z.string(),
  agentKey: z.string(),
  amount: z.string(),
  state: z.enum(LIFE_STATES),
  deliveryId: z.string().nullable(),
});

const epochShape = z.object({
  epoch: z.int(),
  key: z.string(),
  openedAt: z.string(),
  poolId: z.string(),
  unit: z.string(),
  total: z.string(),
  distribution: z.string(),
  members: z.array(member),
  exclusions: z.array(
    z.object({ agentId: z.string(), keptBy: z.string().nullable(), weight: z.string() }),
  ),
});

const verdictShape = z.object({
  verdict: z.string(),
  branch: z.string(),
  note: z.string().nullable(),
  snapshot: z.string(),
  restated: z.string().nullable(),
  restatedStatus: z.string(),
  tolerancePercent: z.string(),
  at: z.string(),
});

const decisionShape = z.object({
  reviewId: z.string(),
  state: z.string(),
  openedAt: z.string(),
  reason: z.string().nullable().meta({ description: 'Why a person must look.' }),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  because: z.string().nullable().meta({ description: 'What the person said.' }),
});

const entryShape = z.object({
  entry: z.string(),
  transaction: z.string(),
  kind: z.string(),
  from: z.string(),
  to: z.string(),
  amount: z.string(),
  unit: z.string(),
  occurredAt: z.string(),
  recordedAt: z.string(),
  reverses: z.string().nullable(),
  seal: z.int(),
});

/** What an epoch of a reward says in an evidence file. */
export const rewardShape = z.object({
  life: lifeShape,
  verdict: verdictShape.nullable(),
  epochs: z.array(epochShape),
  decisions: z.array(decisionShape),
  steps: z.array(z.object({ id: z.string(), step: z.string(), at: z.string(), seal: z.int() })),
  entries: z.array(entryShape),
  seals: z.array(z.int()).meta({ description: 'Every seal that holds a step or an entry.' }),
});

export interface Told {
  readonly life: Life;
  readonly steps: readonly Step[];
  readonly delivered: ReadonlyMap<string, Delivered>;
  readonly entries: readonly StoredEntry[];
  readonly reviews: readonly StoredReview[];
  readonly names: ReadonlyMap<string, string>;
}

export function showReward(told: Told): z.output<typeof rewardShape> {
  const { life, steps, entries, reviews, names } = told;
  const opened = steps.filter((step): step is Step<'OPENED'> => step.name === 'OPENED');
  const judged = stepOf(steps, 1, 'JUDGED');
  const seals = [...steps, ...entries].map(({ seal }) => seal);
  return {
    life: showLife(life, steps),
    verdict: judged === null ? null : { ...verdictOf(judged.content), at: printInstant(judged.at) },
    epochs: opened.map((one) => showEpoch(one, told)),
    decisions: reviews.map(showDecision),
    steps: steps.map(({ id, name, at, seal }) => ({ id, step: name, at: printInstant(at), seal })),
    entries: entries.map((entry) => showPosted(entry, names)),
    seals: [...new Set(seals)].sort((a, b) => a - b),
  };
}

const verdictOf = ({
  verdict,
  branch,
  note,
  snapshot,
  restated,
  restatedStatus,
  tolerancePercent,
}: Step<'JUDGED'>['content']) => ({
  verdict,
  branch,
  note,
  snapshot,
  restated,
  restatedStatus,
  tolerancePercent,
});

function showEpoch(
  { epoch, key, at, content }: Step<'OPENED'>,
  { life, steps, delivered, names }: Told,
): z.output<typeof epochShape> {
  const { poolId, unit, total, distribution, exclusions } = content;
  const payments = new Map(paymentsOf(steps, epoch).map((one) => [one.agentKey, one]));
  const idOf = (agentKey: string): string => names.get(agentKey) ?? agentKey;
  return {
    epoch,
    key,
    openedAt: printInstant(at),
    poolId,
    unit,
    total: printAmount(total, unit),
    distribution,
    members: partsNow(content, steps, epoch).map(([agentKey, amount]) => ({
      agentId: idOf(agentKey),
      agentKey,
      amount: printAmount(amount, unit),
      state: memberState(life, payments.get(agentKey), delivered),
      deliveryId: payments.get(agentKey)?.deliveryId ?? null,
    })),
    exclusions: exclusions.map(({ agentKey, keptBy, weight }) => ({
      agentId: idOf(agentKey),
      keptBy,
      weight,
    })),
  };
}

const partsNow = ({ parts }: Opened, steps: readonly Step[], epoch: number): Opened['parts'] =>
  stepOf(steps, epoch, 'JUDGED')?.content.parts ?? parts;

const showDecision = (review: StoredReview): z.output<typeof decisionShape> => ({
  reviewId: review.id,
  state: stateOf(review),
  openedAt: printInstant(review.openedAt),
  reason: review.opened?.reason ?? null,
  decidedBy: review.decided?.actor ?? null,
  decidedAt: review.decided === null ? null : printInstant(review.decided.at),
  because: review.decided?.reason ?? null,
});

function showPosted(
  entry: StoredEntry,
  names: ReadonlyMap<string, string>,
): z.output<typeof entryShape> {
  const { id, tx, kind, from, to, amount, unit, occurredAt, recordedAt, reverses, seal } = entry;
  return {
    entry: id,
    transaction: tx,
    kind,
    from: showAccount(from, names),
    to: showAccount(to, names),
    amount: printAmount(amount, unit),
    unit,
    occurredAt: printInstant(occurredAt),
    recordedAt: printInstant(recordedAt),
    reverses,
    seal,
  };
}

function showAccount(account: string, names: ReadonlyMap<string, string>): string {
  const agentKey = agentOf(account);
  const name = agentKey === null ? undefined : names.get(agentKey);
  return name === undefined ? account : account.replace(`agent:${agentKey}`, `agent:${name}`);
}
