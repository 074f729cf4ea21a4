/**
 * The comparison after the stabilisation window (G8, DEC-11): what the verdict is, which parts
 * follow from it, and the rows that say so. Decides from snapshot and restated figures as the goal
 * counts them. Refuses to adjust where nobody has contributed any more: then a person looks.
 */
import { noticeRow } from '../../delivery/notice';
import type { Row } from '../../kernel/change-set';
import { type Fraction, fraction, fractionOfDecimal } from '../../kernel/fraction';
import { hashJson, keyedSalt } from '../../kernel/hash';
import { printAmount } from '../../kernel/units';
import { auditRow } from '../../ledger/audit';
import { type Contribution, holds, printScaled, scaled, statusOf } from '../goal';
import { settlingReview } from './held/review';
import { reshare } from './parts';
import type { Case, SettlementFacts } from './settlement';
import { type Judged, PAID_STATUS, type PaidBy, type Step, stepId, stepRow } from './step';
import { type Decided, verdictOf } from './verdict';

const SCALE = 1_000_000n;
const exact = (amount: bigint): Fraction => fraction(amount, SCALE);

/** The verdict of the table over what a goal has counted. */
export function verdictOn({ goal, snapshot, restated, floorMet }: Case): Decided {
  const paid = goal.thresholds.filter(({ status }) => status === PAID_STATUS);
  const met = paid.find((one) => holds(one.operator, snapshot.metricValue, scaled(one.value)));
  const threshold = met ?? paid[0];
  const stands = statusOf(goal.thresholds, restated.metricValue) === PAID_STATUS;
  const decided = verdictOf({
    // A platform may know thresholds that nobody told us: then the snapshot itself is one.
    operator: threshold?.operator ?? 'EQ',
    threshold: exact(threshold === undefined ? snapshot.metricValue : scaled(threshold.value)),
    snapshot: exact(snapshot.metricValue),
    restated: floorMet ? exact(restated.metricValue) : null,
    tolerance: fractionOfDecimal(goal.tolerancePercent),
    whenDrifted: goal.whenDrifted,
    whenFallen: goal.whenFallen,
  });
  // Another threshold comes first now: the status has fallen, whatever the paid one says.
  const fell = decided.branch === 'STATUS_STANDS' && !stands;
  return fell ? { verdict: goal.whenFallen, branch: 'STATUS_FELL', note: null } : decided;
}

/** A print of everything the verdict and the parts depend on. */
export const figuresOf = ({ restated, floorMet }: Case): string =>
  hashJson([
    floorMet,
    restated.status,
    String(restated.metricValue),
    restated.members.map(({ agentKey, contribution }) => [agentKey, String(contribution)]),
  ]).slice(0, 32);

export interface Judging {
  readonly rows: readonly Row[];
  readonly judged: Step<'JUDGED'>;
}

/** The step that says the verdict, with its audit entry, and its notice or its review. */
export function judgingOf(about: Case, opened: Step<'OPENED'>, facts: SettlementFacts): Judging {
  const bare = judgedOf(about, opened, facts);
  const review = bare.verdict === 'REVIEW' ? settlingReview(about, opened, bare, facts) : null;
  const content: Judged = { ...bare, reviewId: review?.id ?? null };
  const judged: Step<'JUDGED'> = {
    ...opened,
    id: stepId(opened, 'JUDGED'),
    name: 'JUDGED',
    at: facts.now,
    content,
  };
  return {
    judged,
    rows: [
      stepRow(opened, 'JUDGED', content, { at: facts.now }),
      ...toldRows(opened, judged, facts),
      ...(review?.rows ?? []),
    ],
  };
}

function judgedOf(
  about: Case,
  opened: Step<'OPENED'>,
  { pool, people }: SettlementFacts,
): Omit<Judged, 'reviewId'> {
  const { goal, snapshot, restated, floorMet } = about;
  const { verdict, branch, note } = verdictOn(about);
  const said = {
    note,
    snapshot: printScaled(snapshot.metricValue),
    restated: floorMet ? printScaled(restated.metricValue) : null,
    restatedStatus: restated.status,
    figures: figuresOf(about),
    tolerancePercent: goal.tolerancePercent,
    paidBy: paidByOf(pool),
  };
  if (verdict !== 'ADJUST') return { ...said, verdict, branch, parts: null };
  const { distribution, total } = opened.content;
  if (distribution !== 'PROPORTIONAL') return { ...said, verdict, branch, parts: null };
  const agentIds = new Map([...people].map(([key, { agentId }]) => [key, agentId]));
  const parts = reshare(total, membersOf(about, opened), agentIds);
  return parts === null
    ? { ...said, verdict: 'REVIEW', branch: 'NO_CONTRIBUTIONS', parts: null }
    : { ...said, verdict, branch, parts };
}

export const paidByOf = (pool: SettlementFacts['pool']): PaidBy => ({
  destinationId: pool?.content.destinationId ?? null,
  recognitionDestinationId: pool?.content.recognitionDestinationId ?? null,
});

/** The members of the snapshot whom no other team keeps, with what they contributed as of now. */
export function membersOf(
  { snapshot, restated }: Case,
  { content }: Step<'OPENED'>,
): Contribution[] {
  const excluded = new Set(content.exclusions.map(({ agentKey }) => agentKey));
  const now = new Map(restated.members.map((one) => [one.agentKey, one.contribution]));
  return snapshot.members
    .filter(({ agentKey }) => !excluded.has(agentKey))
    .map(({ agentKey }) => ({ agentKey, contribution: now.get(agentKey) ?? 0n }));
}

/**
 * What is told is the verdict (G8, DEC-11): `reward.confirmed` ends the comparison. `payment` says
 * what is left: ORDERED, the destination has yet to take each part; BOOKED, nobody is told. A part
 * that it refuses is told by itself, as `reward.reversed` with REJECTED_BY_DESTINATION; the life line
 * is CONFIRMED only when every part has its outcome.
 */
export const paymentBy = ({ destinationId }: PaidBy): 'ORDERED' | 'BOOKED' =>
  destinationId === null ? 'BOOKED' : 'ORDERED';

const NOTICES: Readonly<Record<Judged['verdict'], string | null>> = {
  CONFIRMED: 'reward.confirmed',
  ADJUST: 'reward.confirmed',
  REVERSE: 'reward.reversed',
  REVIEW: null,
};

function toldRows(
  { goalId, period, key, content }: Step<'OPENED'>,
  judged: Step<'JUDGED'>,
  { secretsKey }: SettlementFacts,
): Row[] {
  const { verdict, branch, note, snapshot, restated, reviewId, parts } = judged.content;
  const salt = keyedSalt(secretsKey, 'goal-reward-judged-salt', judged.id);
  const cause = judged.id;
  const subject = `goal:${goalId}`;
  const detail = {
    goalId,
    period,
    key,
    verdict,
    branch,
    note,
    snapshot,
    restated,
    reviewId,
    total: printAmount(content.total, content.unit),
    unit: content.unit,
    adjusted: parts !== null,
    payment: verdict === 'REVERSE' ? null : paymentBy(judged.content.paidBy),
  };
  const audit = auditRow({
    action: 'GOAL_REWARD_JUDGED',
    subject,
    at: judged.at,
    actor: 'goal',
    detail,
    cause,
    salt,
  });
  const kind = NOTICES[verdict];
  if (kind === null) return [audit];
  return [audit, noticeRow({ kind, subject, cause, at: judged.at, content: detail, salt })];
}
