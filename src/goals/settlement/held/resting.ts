/**
 * Parts of members who were erased before their part was paid: nobody can be told of them, so they
 * rest as pending. Decides which those are and the review that has a person say whether they were
 * paid by hand or go back to the pool. Refuses to move anything by itself.
 */
import type { Row } from '../../../kernel/change-set';
import { printAmount } from '../../../kernel/units';
import { entryRow } from '../../../ledger/entry';
import { paymentsOf } from '../../evidence/life';
import { entryOf, timingOfSettlement } from '../posting';
import type { Effects, SettlementFacts } from '../settlement';
import { type Step, stepId, stepOf, stepRow } from '../step';
import { reviewOpened } from './review';

/** A part that was to be paid and was not. */
export interface Resting {
  readonly epoch: number;
  readonly agentKey: string;
  /** Positive, smallest part. */
  readonly amount: number;
}

/** Parts of one review; what is left is in the next. */
const PARTS_A_REVIEW = 100;

/** The step that decided the payments of an epoch; it names their entries. */
function payingStep(steps: readonly Step[], { id, epoch }: Step<'OPENED'>): string {
  if (epoch > 1) return id;
  const judged = stepOf(steps, epoch, 'JUDGED');
  const decided = stepOf(steps, epoch, 'DECIDED');
  return (judged?.content.verdict === 'REVIEW' ? decided?.id : judged?.id) ?? id;
}

/** The entry by which a resting part is settled one way or the other. */
const settling = (
  steps: readonly Step[],
  opened: Step<'OPENED'>,
  { agentKey, amount }: Resting,
  move: 'confirmed' | 'returned',
  now: number,
) => {
  const timing = timingOfSettlement(opened.content, payingStep(steps, opened), now);
  return entryOf(opened.content, timing, { move, agentKey, amount });
};

/** Parts that may rest: whose the directory does not know any more, never ordered or given up. */
export function mayRest({
  steps,
  people,
  delivered,
}: Pick<SettlementFacts, 'steps' | 'people' | 'delivered'>): Resting[] {
  const listed = new Set(
    steps.flatMap((step) =>
      step.name === 'RESTING'
        ? (step as Step<'RESTING'>).content.agents.map((agentKey) => `${step.epoch} ${agentKey}`)
        : [],
    ),
  );
  const epochs = steps.filter(({ name }) => name === 'OPENED').map(({ epoch }) => epoch);
  return epochs.flatMap((epoch) =>
    paymentsOf(steps, epoch).flatMap(({ agentKey, amount, deliveryId }): Resting[] => {
      if (amount <= 0 || deliveryId === null || people.has(agentKey)) return [];
      const outcome = delivered.get(deliveryId);
      const isOver = outcome === undefined || outcome === 'ABANDONED';
      return isOver && !listed.has(`${epoch} ${agentKey}`) ? [{ epoch, agentKey, amount }] : [];
    }),
  );
}

/** Ids of the entries of which one is there where a part rests no more. */
export function endsOf(steps: readonly Step[], resting: Resting): string[] {
  const opened = stepOf(steps, resting.epoch, 'OPENED');
  if (opened === null) return [];
  return (['confirmed', 'returned'] as const).map(
    (move) => settling(steps, opened, resting, move, opened.at).id,
  );
}

/** The review of what rests in one epoch, or null: nothing does. */
export function restingLook(facts: SettlementFacts): Effects | null {
  const { steps, now } = facts;
  const [first] = facts.resting;
  const opened = first === undefined ? null : stepOf(steps, first.epoch, 'OPENED');
  if (first === undefined || opened === null) return null;
  const own = facts.resting.filter(({ epoch }) => epoch === first.epoch).slice(0, PARTS_A_REVIEW);
  const before = steps.filter(({ name, epoch }) => name === 'RESTING' && epoch === first.epoch);
  const nth = before.length + 1;
  const cause = stepId(opened, 'RESTING', nth);
  const { content, goalId, period, key } = opened;
  const rowsOf = (move: 'confirmed' | 'returned'): Row[] =>
    own.map((part) => entryRow(settling(steps, opened, part, move, now)));
  const review = reviewOpened(
    {
      cause,
      about: opened,
      why: 'members were erased before their part was paid: approve what was paid by hand, reject what goes back to the pool',
      evidence: {
        goalId,
        period,
        key,
        epoch: opened.epoch,
        parts: own.map(({ agentKey, amount }) => ({
          agent: `agent:${agentKey}`,
          amount: printAmount(amount, content.unit),
          unit: content.unit,
        })),
      },
      parties: own.map(({ agentKey }) => agentKey),
      outcomes: {
        APPROVED: { rows: rowsOf('confirmed') },
        REJECTED: { rows: rowsOf('returned') },
      },
    },
    facts,
  );
  const said = { reviewId: review.id, agents: own.map(({ agentKey }) => agentKey) };
  const step = stepRow(opened, 'RESTING', said, { at: now, nth });
  return { rows: [step, ...review.rows], dueAt: now };
}
