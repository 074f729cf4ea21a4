/**
 * What a person sees who must decide about a goal's reward, and what each answer leads to. Decides
 * evidence and both outcomes: before anything was promised, after the stabilisation window, and
 * after a correction of what was settled. Refuses nothing; the review room keeps out who caused it.
 */
import { noticeRow } from '../../../delivery/notice';
import type { Guard, Row } from '../../../kernel/change-set';
import { keyedSalt } from '../../../kernel/hash';
import { printAmount } from '../../../kernel/units';
import { entryRow } from '../../../ledger/entry';
import {
  type Foreseen,
  type FrozenSet,
  type HandledKind,
  type ReviewContent,
  reviewIdOf,
  reviewRows,
} from '../../../reviews/review';
import { notBelowZero } from '../../../rewards/pool';
import { printScaled } from '../../goal';
import { paymentBy } from '../judging';
import { entryOf, foreseen, type Move, timingOfClose, timingOfSettlement } from '../posting';
import type { Case, SettlementFacts } from '../settlement';
import { type Judged, type Opened, type Step, stepId, stepRow } from '../step';

const GOAL_REVIEW = 'GOAL';

/** What compose registers; `look` has the goal go on with a period of which a person has decided. */
export const goalReviews = <E>(
  look: (env: E, goalId: string, period: string, now: number) => Promise<unknown>,
): HandledKind<E> => ({
  kind: GOAL_REVIEW,
  permission: 'compliance',
  overdueAfterDays: 5,
  async decided(env, subject, now) {
    const [, goalId, period] = SUBJECT.exec(subject) ?? [];
    if (goalId !== undefined && period !== undefined) await look(env, goalId, period, now);
  },
});

const subjectOf = ({ goalId, period }: Pick<Step, 'goalId' | 'period'>): string =>
  `goal:${goalId}.${period}`;
const SUBJECT = /^goal:([^.]+)\.(.+)$/;

export interface Opens {
  readonly id: string;
  readonly rows: readonly Row[];
}

/**
 * Members whose figures are listed; a larger team's stand in its evidence file. Of the largest only
 * a few: a review holds everybody's part, and must fit into one change set with them.
 */
export const listedOf = (members: number): number => (members > 1_000 ? 50 : 300);

interface Asked {
  readonly cause: string;
  readonly about: Pick<Step, 'goalId' | 'period'>;
  readonly why: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly parties: readonly string[];
  /** True: corrections caused it. */
  readonly isCorrected?: boolean;
  readonly outcomes: ReviewContent['outcomes'];
}

/** The rows of a review and of the notice that it waits. */
export function reviewOpened(asked: Asked, facts: SettlementFacts): Opens {
  const { now, secretsKey, causers } = facts;
  const { cause, about, why, evidence, parties, isCorrected = false, outcomes } = asked;
  const { goalId, period } = about;
  const id = reviewIdOf(GOAL_REVIEW, cause);
  const salt = keyedSalt(secretsKey, 'goal-review-salt', cause);
  const review = {
    kind: GOAL_REVIEW,
    cause,
    subject: subjectOf(about),
    openedAt: now,
    person: null,
    persons: [...causers.writers, ...(isCorrected ? causers.menders : [])],
    actor: 'goal',
    reason: why,
    salt,
    evidence,
    parties,
    outcomes,
  };
  const told = { reviewId: id, kind: GOAL_REVIEW, goalId, period, reason: why };
  const notice = {
    kind: 'review.opened',
    subject: `goal:${goalId}`,
    cause,
    at: now,
    content: told,
    salt,
  };
  return { id, rows: [...reviewRows(review, secretsKey), noticeRow(notice)] };
}

/** Figures of the case that every review shows, members by key. */
export function evidenceOf(
  { goal, snapshot, restated }: Case,
  { goalId, period, key, content }: Step<'OPENED'>,
): Readonly<Record<string, unknown>> {
  const now = new Map(
    restated.members.map(({ agentKey, contribution }) => [agentKey, contribution]),
  );
  const parts = new Map(content.parts);
  const listed = snapshot.members.slice(0, listedOf(snapshot.members.length));
  return {
    goalId,
    period,
    key,
    snapshot: printScaled(snapshot.metricValue),
    restated: printScaled(restated.metricValue),
    delta: printScaled(restated.metricValue - snapshot.metricValue),
    snapshotStatus: snapshot.status,
    restatedStatus: restated.status,
    tolerancePercent: goal.tolerancePercent,
    thresholds: goal.thresholds,
    pool: content.poolId,
    total: printAmount(content.total, content.unit),
    unit: content.unit,
    distribution: content.distribution,
    members: snapshot.members.length,
    contributions: listed.map(({ agentKey, contribution }) => ({
      agent: `agent:${agentKey}`,
      snapshot: printScaled(contribution),
      restated: printScaled(now.get(agentKey) ?? 0n),
      delta: printScaled((now.get(agentKey) ?? 0n) - contribution),
      part: printAmount(parts.get(agentKey) ?? 0, content.unit),
    })),
  };
}

const partiesOf = ({ parts }: Opened): string[] => parts.map(([agentKey]) => agentKey);

const allOf = (opened: Step<'OPENED'>, move: Move['move']): Foreseen[] =>
  opened.content.parts
    .slice(0, listedOf(opened.content.parts.length))
    .map(([agentKey, amount]) => foreseen(opened.content, { move, agentKey, amount }));

/** Why an opening waits for a person. */
const WAITS: Readonly<Record<string, string>> = {
  UNFUNDED: 'the pool does not hold this award; it can be approved once it was funded',
  NO_CONTRIBUTIONS: 'nobody contributed; an approval shares the award equally',
  ENDED_BEFORE: 'the period had ended before the goal was written',
};

/** Before anything is promised. */
export function openingReview(
  about: Pick<Case, 'goal' | 'snapshot'>,
  opened: Step<'OPENED'>,
  facts: SettlementFacts,
): Opens {
  const { content } = opened;
  const isUnfunded = content.reason === 'UNFUNDED';
  const aside = { agentKey: null, amount: content.total } as const;
  const timing = timingOfClose(opened, facts.now);
  const admit = stepRow(opened, 'ADMITTED', { decision: 'GO_ON' }, { at: facts.now });
  const refuse = stepRow(opened, 'ADMITTED', { decision: 'GIVE_BACK' }, { at: facts.now });
  const reserve = entryRow(entryOf(content, timing, { move: 'reserved', ...aside }));
  const release = entryRow(entryOf(content, timing, { move: 'released', ...aside }));
  const guards: Guard[] = isUnfunded ? [notBelowZero(content.poolId, content.unit)] : [];
  const APPROVED: FrozenSet = {
    rows: isUnfunded ? [admit, reserve] : [admit],
    guards,
    later: allOf(opened, 'provisional'),
  };
  const why = WAITS[content.reason ?? ''] ?? 'a person must look';
  const asCase: Case = { ...about, team: null, restated: about.snapshot, floorMet: true };
  return reviewOpened(
    {
      cause: opened.id,
      about: opened,
      why,
      evidence: { ...evidenceOf(asCase, opened), reason: content.reason },
      parties: partiesOf(content),
      outcomes: { APPROVED, REJECTED: { rows: isUnfunded ? [refuse] : [refuse, release] } },
    },
    facts,
  );
}

/** After the stabilisation window: confirm what was promised, or take it back. */
export function settlingReview(
  about: Case,
  opened: Step<'OPENED'>,
  judged: Omit<Judged, 'reviewId'>,
  facts: SettlementFacts,
): Opens {
  const { content, goalId } = opened;
  const goOn = stepRow(opened, 'DECIDED', { decision: 'GO_ON' }, { at: facts.now });
  const giveBack = stepRow(opened, 'DECIDED', { decision: 'GIVE_BACK' }, { at: facts.now });
  const told = (kind: string, decision: string): Row =>
    noticeRow({
      kind,
      subject: `goal:${goalId}`,
      cause: `${stepId(opened, 'DECIDED')}.${decision}`,
      at: facts.now,
      content: {
        goalId,
        period: opened.period,
        key: opened.key,
        total: printAmount(content.total, content.unit),
        unit: content.unit,
        by: 'REVIEW',
        payment: decision === 'GO_ON' ? paymentBy(judged.paidBy) : null,
      },
      salt: keyedSalt(facts.secretsKey, 'goal-decided-salt', opened.id, decision),
    });
  return reviewOpened(
    {
      cause: stepId(opened, 'JUDGED'),
      about: opened,
      why: WHY[judged.branch],
      isCorrected: true,
      evidence: {
        ...evidenceOf(about, opened),
        branch: judged.branch,
        policies: { whenDrifted: about.goal.whenDrifted, whenFallen: about.goal.whenFallen },
      },
      parties: partiesOf(content),
      outcomes: {
        APPROVED: {
          rows: [goOn, told('reward.confirmed', 'GO_ON')],
          later: allOf(opened, 'confirmed'),
        },
        REJECTED: {
          rows: [giveBack, told('reward.reversed', 'GIVE_BACK')],
          later: allOf(opened, 'reversed'),
        },
      },
    },
    facts,
  );
}

const WHY: Readonly<Record<Judged['branch'], string>> = {
  WITHIN_TOLERANCE: 'within the tolerance',
  STATUS_STANDS: 'the restated metric is beyond the tolerance; the status still stands',
  WITHIN_TOLERANCE_OF_THRESHOLD: 'within the tolerance of the threshold',
  STATUS_FELL: 'the restated metric misses the threshold by more than the tolerance',
  NO_VALUE: 'the restated metric has no value any more',
  NO_CONTRIBUTIONS: 'nobody has contributed by the restated figures',
};

/** What a later epoch gives and takes, and what a person must know of it. */
export function lateReview(
  about: Case,
  opened: Step<'OPENED'>,
  next: Step<'OPENED'>,
  late: { readonly cause: string; readonly declined: Row },
  facts: SettlementFacts,
): Opens {
  const { content } = next;
  const reserve = { move: 'reserved', agentKey: null, amount: content.total } as const;
  const timing = timingOfSettlement(content, next.id, facts.now);
  const gives = content.total > 0;
  const moves = content.parts
    .slice(0, listedOf(content.parts.length))
    .map(([agentKey, amount]) =>
      foreseen(
        content,
        amount > 0
          ? { move: 'confirmed', agentKey, amount }
          : { move: 'reversed', agentKey, amount: -amount, takes: true },
      ),
    );
  return reviewOpened(
    {
      cause: late.cause,
      about: opened,
      why: 'the metric was corrected after the reward was settled',
      isCorrected: true,
      evidence: { ...evidenceOf(about, opened), epoch: next.epoch, nextKey: next.key },
      parties: [...new Set([...partiesOf(opened.content), ...partiesOf(content)])],
      outcomes: {
        APPROVED: {
          rows: [
            stepRow(next, 'OPENED', content, { at: facts.now }),
            ...(gives ? [entryRow(entryOf(content, timing, reserve))] : []),
          ],
          guards: gives ? [notBelowZero(content.poolId, content.unit)] : [],
          later: moves,
        },
        REJECTED: { rows: [late.declined] },
      },
    },
    facts,
  );
}
