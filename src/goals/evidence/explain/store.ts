/**
 * What stands behind an entry of a goal's reward: goal and period, the key, the step that decided
 * it, the verdict and where everything else can be read. Tells an agent in one sentence where the
 * part stands and when it becomes final. Reads only.
 */
import { printInstant } from '../../../kernel/instant';
import { printAmount } from '../../../kernel/units';
import { agentOf } from '../../../ledger/account';
import type { Entry } from '../../../ledger/entry';
import type { Explainer, Told } from '../../../ledger/explain';
import { poolExplainer } from '../../../rewards/explain/store';
import { REWARD_KINDS } from '../../settlement/posting';
import { STEP_CAUSE, type Step, stepOf } from '../../settlement/step';
import { readSteps } from '../../settlement/store';
import { readLock } from '../../store';
import {
  type Delivered,
  type Life,
  type LifeState,
  lifeOf,
  memberState,
  paymentsOf,
} from '../life';
import { readDelivered } from '../store';
import { showLife } from '../view';

/** Who explains the entries of goals' rewards and of their pools. */
export const rewardExplainers = (): readonly Explainer<ReadsD1>[] => [
  goalRewardExplainer,
  poolExplainer,
];

interface ReadsD1 {
  readonly DB: D1Database;
}

interface Period {
  readonly goalId: string;
  readonly period: string;
}

/** A cause is `<goal>.<period>.<epoch>.<step>`; neither goal ids nor periods have dots. */
function periodOf(cause: string): Period {
  const [goalId = '', period = ''] = cause.split('.');
  return { goalId, period };
}

const epochOf = (cause: string): number => Number(cause.split('.')[2] ?? 1);

interface Read {
  readonly steps: readonly Step[];
  readonly delivered: ReadonlyMap<string, Delivered>;
  readonly life: Life;
}

async function readPeriod(db: D1Database, { goalId, period }: Period): Promise<Read> {
  const [steps, snapshot] = await Promise.all([
    readSteps(db, goalId, period),
    readLock(db, goalId, period),
  ]);
  const delivered = await readDelivered(db, steps);
  return { steps, delivered, life: lifeOf(snapshot, steps, delivered) };
}

const goalRewardExplainer: Explainer<ReadsD1> = {
  kind: 'goal-reward',
  matches: (cause) => STEP_CAUSE.test(cause),
  async explain({ DB: db }, cause, entries) {
    const { goalId, period } = periodOf(cause);
    const { steps, life, delivered } = await readPeriod(db, { goalId, period });
    const step = steps.find(({ id }) => id === cause);
    const opened = stepOf(steps, epochOf(cause), 'OPENED');
    if (step === undefined || opened === null) return null;
    const judged = stepOf(steps, epochOf(cause), 'JUDGED');
    const holder = entries.flatMap(({ from, to }) => agentOf(to) ?? agentOf(from) ?? [])[0];
    const payment = paymentsOf(steps, epochOf(cause)).find(({ agentKey }) => agentKey === holder);
    return {
      goalId,
      period,
      epoch: opened.epoch,
      key: opened.key,
      step: step.name,
      decidedAt: printInstant(step.at),
      poolId: opened.content.poolId,
      distribution: opened.content.distribution,
      total: printAmount(opened.content.total, opened.content.unit),
      unit: opened.content.unit,
      verdict: judged?.content.verdict ?? null,
      snapshot: judged?.content.snapshot ?? null,
      restated: judged?.content.restated ?? null,
      reviewId: judged?.content.reviewId ?? opened.content.reviewId,
      state: memberState(life, payment, delivered),
      deliveryId: payment?.deliveryId ?? null,
      life: showLife(life, steps),
      evidence: `/v1/goals/${goalId}/evidence?period=${period}`,
    };
  },
  async tell({ DB: db }, entries) {
    const periods = new Map<string, Read>();
    for (const { cause } of entries) {
      const { goalId, period } = periodOf(cause);
      const name = `${goalId}.${period}`;
      if (!periods.has(name)) periods.set(name, await readPeriod(db, { goalId, period }));
    }
    return new Map(
      entries.flatMap((entry): [string, Told][] => {
        const { goalId, period } = periodOf(entry.cause);
        const read = periods.get(`${goalId}.${period}`);
        return read === undefined ? [] : [[entry.id, toldOf(entry, read)]];
      }),
    );
  },
};

function toldOf(entry: Entry, { steps, delivered, life }: Read): Told {
  const { goalId, period } = periodOf(entry.cause);
  const epoch = epochOf(entry.cause);
  const holder = agentOf(entry.to) ?? agentOf(entry.from);
  const payment = paymentsOf(steps, epoch).find(({ agentKey }) => agentKey === holder);
  const state = memberState(life, payment, delivered);
  const finalAt = life.finalAt ?? life.stabilisesAt;
  const said = finalAt === null ? null : printInstant(finalAt);
  return {
    about: { goalId, period, state, finalAt: said },
    why: `${whatOf(entry.kind)} goal ${goalId} for ${period}; ${inWords(state, said)}.`,
  };
}

const WHAT: Readonly<Record<string, string>> = {
  [REWARD_KINDS.provisional]: 'A part of the reward of',
  [REWARD_KINDS.adjusted]: 'A part adjusted to the restated figures of',
  [REWARD_KINDS.confirmed]: 'A confirmed part of the reward of',
  [REWARD_KINDS.reversed]: 'A part taken back of the reward of',
  [REWARD_KINDS.returned]: 'A part that the destination refused of the reward of',
};

const whatOf = (kind: string): string => WHAT[kind] ?? 'The reward of';

function inWords(state: LifeState, finalAt: string | null): string {
  switch (state) {
    case 'PROVISIONAL':
      return `provisional until ${finalAt}`;
    case 'HELD':
    case 'WAITING':
      return 'held until a person has looked at it';
    case 'CONFIRMING':
      return 'confirmed and on its way';
    case 'CONFIRMED':
      return `confirmed for good on ${finalAt}`;
    case 'REVERSED':
      return 'taken back';
    default:
      return 'nothing is paid';
  }
}
