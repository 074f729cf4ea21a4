/**
 * Corrections after everything was settled: what was paid stands until a person has looked. Decides
 * whether the restated figures go beyond the tolerance, what an approval would give and take as the
 * next epoch under its own key (DEC-12), and that one review is open at a time. Refuses to move
 * anything by itself.
 */

import { DAY_MS } from '../../../kernel/instant';
import { printScaled } from '../../goal';
import { figuresOf, membersOf, paidByOf, verdictOn } from '../judging';
import { openedStep } from '../opening';
import { reshare } from '../parts';
import type { Case, Effects, SettlementFacts } from '../settlement';
import { type Late, type Part, type Step, stepId, stepOf, stepRow } from '../step';
import { lateReview } from './review';

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
  if ((latest ?? judged).content.figures === figuresOf(about)) return SILENT;
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

/** What each member has of all epochs that were settled. */
function standing(steps: readonly Step[]): Map<string, number> {
  const sums = new Map<string, number>();
  const add = ([agentKey, amount]: Part): void => {
    sums.set(agentKey, (sums.get(agentKey) ?? 0) + amount);
  };
  for (const step of steps) {
    if (step.name !== 'OPENED') continue;
    const opened = step as Step<'OPENED'>;
    const judged = stepOf(steps, opened.epoch, 'JUDGED');
    const decided = stepOf(steps, opened.epoch, 'DECIDED');
    const isBack =
      judged?.content.verdict === 'REVERSE' || decided?.content.decision === 'GIVE_BACK';
    if (!isBack) for (const part of judged?.content.parts ?? opened.content.parts) add(part);
  }
  return sums;
}

/** What the restated figures would give each member beyond what they have; signed. */
function changesOf(about: Case, first: Step<'OPENED'>, facts: SettlementFacts): Part[] {
  const has = standing(facts.steps);
  const should = new Map(partsByNow(about, first, facts, has));
  return [...new Set([...has.keys(), ...should.keys()])].sort().flatMap((agentKey): Part[] => {
    const amount = (should.get(agentKey) ?? 0) - (has.get(agentKey) ?? 0);
    return amount === 0 ? [] : [[agentKey, amount]];
  });
}

/** The parts as they would be if the period were settled now. Within the tolerance: as they are. */
function partsByNow(
  about: Case,
  first: Step<'OPENED'>,
  { people }: SettlementFacts,
  has: ReadonlyMap<string, number>,
): readonly Part[] {
  const { branch } = verdictOn(about);
  const isFallen = branch === 'STATUS_FELL' || branch === 'NO_VALUE';
  if (isFallen) return [];
  const wasReversed = [...has.values()].every((amount) => amount === 0);
  const { distribution, total, parts } = first.content;
  if (branch !== 'STATUS_STANDS') return wasReversed ? parts : [...has];
  if (distribution !== 'PROPORTIONAL') return parts;
  const agentIds = new Map([...people].map(([key, { agentId }]) => [key, agentId]));
  return reshare(distribution, total, membersOf(about, first), agentIds) ?? [];
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
