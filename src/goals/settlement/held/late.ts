/**
 * Corrections after everything was settled: what was paid stands until a person has looked. Decides
 * whether the restated figures go beyond the tolerance, what an approval would give and take as the
 * next epoch under its own key (DEC-12), and that one review is open at a time. Refuses to move
 * anything by itself.
 */
import { DAY_MS } from '../../../kernel/instant';
import { type Payment, paymentsOf } from '../../evidence/life';
import { printScaled } from '../../goal';
import { figuresOf, membersOf, paidByOf, verdictOn } from '../judging';
import { openedStep } from '../opening';
import { reshare } from '../parts';
import type { Case, Effects, SettlementFacts } from '../settlement';
import { type Late, type Part, type Step, stepId, stepOf, stepRow } from '../step';
import { lateReview } from './review';

const HOUR_MS = 3_600_000;
const SILENT: Effects = { rows: [], dueAt: null };

/** Asked whenever everything that was decided is written. */
export function lateLook(about: Case, last: Step<'OPENED'>, facts: SettlementFacts): Effects {
  const { steps, now } = facts;
  const first = stepOf(steps, 1, 'OPENED');
  const judged = stepOf(steps, 1, 'JUDGED');
  if (first === null || judged === null) return SILENT;
  const looked = steps.filter((step): step is Step<'LATE'> => step.name === 'LATE');
  const latest = looked.at(-1) ?? null;
  if (latest !== null && !isDecided(steps, first, latest, looked.length)) {
    return { rows: [], dueAt: now + DAY_MS };
  }
  if (about.isSilent === true) return SILENT;
  if ((latest ?? judged).content.figures === figuresOf(about)) return SILENT;
  // What was paid is not known before every delivery has its outcome.
  if ([...facts.delivered.values()].includes('OPEN')) return { rows: [], dueAt: now + HOUR_MS };
  const changes = changesOf(about, first, facts);
  const isSmall = verdictOn(about).verdict === 'CONFIRMED';
  if (isSmall && changes.length === 0) return SILENT;
  return looking(about, { first, last, changes, nth: looked.length + 1 }, facts);
}

/** An approval opened the next epoch, a rejection said that everything stands. */
const isDecided = (
  steps: readonly Step[],
  first: Step<'OPENED'>,
  { content }: Step<'LATE'>,
  nth: number,
): boolean =>
  stepOf(steps, content.epoch, 'OPENED') !== null ||
  steps.some(({ id }) => id === stepId(first, 'LATE_DECLINED', nth));

/** Every part that was to be paid, in any epoch. */
const promised = (steps: readonly Step[]): Payment[] =>
  steps.flatMap(({ name, epoch }) => (name === 'OPENED' ? paymentsOf(steps, epoch) : []));

/** What a member really has of a part: what a destination refused went back to the pool. */
const wasPaid = ({ deliveryId }: Payment, { delivered }: SettlementFacts): boolean =>
  deliveryId === null || delivered.get(deliveryId) === 'CONFIRMED';

/** Ordered nowhere, because the member was erased: it stays pending and nothing moves it. */
const isPending = ({ deliveryId }: Payment, { delivered }: SettlementFacts): boolean =>
  deliveryId !== null && !delivered.has(deliveryId);

function sumOf(payments: readonly Payment[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { agentKey, amount } of payments) {
    sums.set(agentKey, (sums.get(agentKey) ?? 0) + amount);
  }
  return sums;
}

/** What the restated figures would give each member beyond what they have; signed. */
function changesOf(about: Case, first: Step<'OPENED'>, facts: SettlementFacts): Part[] {
  const payments = promised(facts.steps);
  const has = sumOf(payments.filter((one) => wasPaid(one, facts)));
  const resting = new Set(
    payments.filter((one) => isPending(one, facts)).map(({ agentKey }) => agentKey),
  );
  const parts = partsByNow(about, first, facts, sumOf(payments));
  if (parts === null) return [];
  const should = new Map(parts);
  return [...new Set([...has.keys(), ...should.keys()])].sort().flatMap((agentKey): Part[] => {
    const amount = (should.get(agentKey) ?? 0) - (has.get(agentKey) ?? 0);
    const isErased = !facts.people.has(agentKey);
    return amount === 0 || isErased || resting.has(agentKey) ? [] : [[agentKey, amount]];
  });
}

/** The parts as they would be if the period were settled now; null: within the tolerance, as they are. */
function partsByNow(
  about: Case,
  first: Step<'OPENED'>,
  { people }: SettlementFacts,
  promisedTo: ReadonlyMap<string, number>,
): readonly Part[] | null {
  const { branch } = verdictOn(about);
  const isFallen = branch === 'STATUS_FELL' || branch === 'NO_VALUE';
  if (isFallen) return [];
  const wasReversed = [...promisedTo.values()].every((amount) => amount === 0);
  const { distribution, total, parts } = first.content;
  if (branch !== 'STATUS_STANDS') return wasReversed ? parts : null;
  if (distribution !== 'PROPORTIONAL') return parts;
  const agentIds = new Map([...people].map(([key, { agentId }]) => [key, agentId]));
  return reshare(total, membersOf(about, first), agentIds) ?? [];
}

interface Looking {
  readonly first: Step<'OPENED'>;
  readonly last: Step<'OPENED'>;
  readonly changes: readonly Part[];
  /** Counts looks from 1. */
  readonly nth: number;
}

function looking(
  about: Case,
  { first, last, changes, nth }: Looking,
  facts: SettlementFacts,
): Effects {
  const { now, pool } = facts;
  const { restated } = about;
  const epoch = { goalId: last.goalId, period: last.period, epoch: last.epoch + 1 };
  const gains = changes.reduce((sum, [, amount]) => sum + Math.max(0, amount), 0);
  const next = openedStep(
    epoch,
    {
      ...first.content,
      outcome: 'PROVISIONAL',
      reason: null,
      total: gains,
      parts: changes,
      reviewId: null,
      paidBy: paidByOf(pool),
    },
    now,
  );
  const cause = stepId(first, 'LATE', nth);
  const declined = stepRow(first, 'LATE_DECLINED', { reviewId: cause }, { at: now, nth });
  const review = lateReview(about, first, next, { cause, declined }, facts);
  const content: Late = {
    restated: about.floorMet ? printScaled(restated.metricValue) : null,
    restatedStatus: restated.status,
    figures: figuresOf(about),
    reviewId: review.id,
    epoch: epoch.epoch,
  };
  return {
    rows: [stepRow(first, 'LATE', content, { at: now, nth }), ...review.rows],
    dueAt: now + DAY_MS,
  };
}
