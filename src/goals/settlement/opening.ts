/**
 * What the closing of a period promises: who is kept by the goal's team, the key's row, what the
 * pool sets aside and the provisional parts, all in one set where it fits. Decides from the locked
 * snapshot and the books as of the cohort's seal. Refuses to promise what the pool does not hold:
 * then a person looks.
 */
import { noticeRow } from '../../delivery/notice';
import type { Guard, Row } from '../../kernel/change-set';
import { keyedSalt } from '../../kernel/hash';
import { DAY_MS } from '../../kernel/instant';
import { periodOf } from '../../kernel/period';
import { printAmount } from '../../kernel/units';
import { localDay } from '../../kernel/zone';
import { auditRow } from '../../ledger/audit';
import { entryRow } from '../../ledger/entry';
import type { Foreseen } from '../../reviews/review';
import { notBelowZero } from '../../rewards/pool';
import { cohortRow, keeperRow } from '../cohort/row';
import { type Contribution, type Goal, isRewardBearing, printScaled, type Snapshot } from '../goal';
import { openingReview } from './held/review';
import { divide, shareOf } from './parts';
import { entryOf, foreseen, timingOfClose } from './posting';
import type { Case, SettlementFacts } from './settlement';
import {
  type EpochName,
  keyOfEpoch,
  type Opened,
  PAID_STATUS,
  type Reason,
  type Step,
  stepId,
  stepRow,
  type Waiting,
} from './step';

const HOUR_MS = 3_600_000;
/** Agents claimed in the set that opens; beyond that they are claimed in sets before it. */
const CLAIMS_AT_ONCE = 200;
const CLAIMS_A_SET = 400;

export interface Opening {
  readonly rows: readonly Row[];
  readonly guards: readonly Guard[];
  /** The step that was opened; null while agents are still claimed. */
  readonly opened: Step<'OPENED'> | null;
  /** True: nothing is said, and the pool is looked for again later. */
  readonly waits?: boolean;
}

/** The next rows of a period that achieved and has no step yet. */
export function openingOf({ goal, snapshot }: Case, facts: SettlementFacts): Opening {
  const { cohort } = facts;
  const name = { cadence: goal.evaluationFrequency, period: snapshot.period };
  // The lock's own set writes it; a goal that bore no reward when it was locked did not.
  if (cohort === null) return { rows: [cohortRow(name)], guards: [], opened: null };
  const own = { teamId: goal.teamId, poolId: poolIdOf(goal) };
  const { kept, exclusions } = divide(snapshot.members, own, cohort);
  const shared = sharedAmong(kept, exclusions.length, { goal, snapshot }, facts);
  if (isWaited(shared.reason) && facts.now < waitsUntil(snapshot)) {
    return waiting({ goal, snapshot }, shared.reason, facts);
  }
  const claims = kept
    .filter(({ agentKey }) => shared.parts.length > 0 && !cohort.taken.has(agentKey))
    .map(({ agentKey }) => keeperRow(agentKey, name, own));
  if (claims.length > CLAIMS_AT_ONCE) {
    return { rows: claims.slice(0, CLAIMS_A_SET), guards: [], opened: null };
  }
  const content = contentOf({ goal, snapshot }, facts, { ...shared, exclusions });
  const rest = openingRows({ goal, snapshot }, facts, content, shared.waits);
  return { ...rest, rows: [...claims, ...rest.rows] };
}

const sharedAmong = (
  kept: readonly Contribution[],
  excluded: number,
  { goal, snapshot }: Pick<Case, 'goal' | 'snapshot'>,
  facts: SettlementFacts,
) =>
  shareOf({
    goal,
    pool: facts.pool,
    held: facts.held,
    period: periodOfSnapshot(goal, snapshot, facts),
    weekStart: facts.calendar.weekStart,
    endedBefore: snapshot.evaluatedAt <= facts.bornAt,
    kept,
    excluded,
    agentIds: new Map([...facts.people].map(([key, { agentId }]) => [key, agentId])),
  });

/**
 * What a period would promise if it were locked so, for whoever must decide whether it is (G12). Who
 * keeps whom is fixed with the lock; until then every member counts that no row gives to another.
 */
export function wouldPromise(
  about: Pick<Case, 'goal' | 'snapshot'>,
  facts: SettlementFacts,
): Foreseen[] {
  const { goal, snapshot } = about;
  const own = { teamId: goal.teamId, poolId: poolIdOf(goal) };
  const cohort = facts.cohort ?? { seal: 0, keepers: new Map(), taken: new Map() };
  const { kept, exclusions } = divide(snapshot.members, own, cohort);
  const shared = sharedAmong(kept, exclusions.length, about, facts);
  const content = contentOf(about, facts, { ...shared, exclusions });
  const reserve = { move: 'reserved', agentKey: null, amount: content.total } as const;
  return [
    ...(content.total > 0 ? [foreseen(content, reserve)] : []),
    ...content.parts.map(([agentKey, amount]) =>
      foreseen(content, { move: 'provisional', agentKey, amount }),
    ),
  ];
}

/** What a pool that is written later, or mended, puts right. */
const WAITED = ['NO_POOL', 'OUTSIDE_POOL', 'NOTHING_FUNDED'] as const;
type Waited = (typeof WAITED)[number];

const isWaited = (reason: Reason | null): reason is Waited => WAITED.some((one) => one === reason);

/** After its boundary a period waits so long for a pool; then nothing is paid for it. */
const WAITS_MS = 100 * DAY_MS;
const waitsUntil = ({ evaluatedAt }: Snapshot): number => evaluatedAt + WAITS_MS;

/** Said once for each reason, so that everybody can see what is missing. */
function waiting(
  { goal, snapshot }: Pick<Case, 'goal' | 'snapshot'>,
  reason: Waited,
  { now, steps, secretsKey }: SettlementFacts,
): Opening {
  const said = steps.filter((step): step is Step<'WAITING'> => step.name === 'WAITING');
  const nothing: Opening = { rows: [], guards: [], opened: null, waits: true };
  if (said.at(-1)?.content.reason === reason) return nothing;
  const { goalId, period } = snapshot;
  const epoch: EpochName = { goalId, period, epoch: 1 };
  const nth = said.length + 1;
  const cause = stepId(epoch, 'WAITING', nth);
  const content: Waiting = { reason, poolId: poolIdOf(goal), until: waitsUntil(snapshot) };
  const audit = auditRow({
    action: 'GOAL_REWARD_WAITING',
    subject: `goal:${goalId}`,
    at: now,
    actor: 'goal',
    detail: { goalId, period, ...content },
    cause,
    salt: keyedSalt(secretsKey, 'goal-reward-waiting-salt', cause),
  });
  return { ...nothing, rows: [stepRow(epoch, 'WAITING', content, { at: now, nth }), audit] };
}

export const poolIdOf = ({ customFields }: Goal): string => String(customFields.rewardPoolId ?? '');

const periodOfSnapshot = (
  { evaluationFrequency }: Goal,
  { evaluatedAt }: Snapshot,
  { calendar }: SettlementFacts,
) =>
  periodOf(evaluationFrequency, localDay(evaluatedAt - 1, calendar.timeZone), calendar.weekStart);

function contentOf(
  { goal, snapshot }: Pick<Case, 'goal' | 'snapshot'>,
  { calendar, pool, cohort }: SettlementFacts,
  shared: ReturnType<typeof shareOf> & Pick<Opened, 'exclusions'>,
): Opened {
  const stabilisesAt = snapshot.evaluatedAt + goal.stabilizationHours * HOUR_MS;
  const { reason, waits, total, parts, distribution, exclusions } = shared;
  return {
    outcome: waits ? 'REVIEW' : reason === null ? 'PROVISIONAL' : 'NOTHING',
    reason,
    poolId: poolIdOf(goal),
    poolVersion: pool?.version ?? 0,
    unit: pool?.content.unit ?? 'HOURS',
    distribution,
    total,
    parts,
    exclusions,
    stabilisesAt,
    occurredAt: snapshot.evaluatedAt - 1,
    day: localDay(snapshot.evaluatedAt - 1, calendar.timeZone),
    settledOn: localDay(stabilisesAt, calendar.timeZone),
    cohortSeal: cohort?.seal ?? 0,
    reviewId: null,
    paidBy: null,
  };
}

function openingRows(
  about: Pick<Case, 'goal' | 'snapshot'>,
  facts: SettlementFacts,
  bare: Opened,
  waits: boolean,
): Opening {
  const epoch: EpochName = {
    goalId: about.snapshot.goalId,
    period: about.snapshot.period,
    epoch: 1,
  };
  const unreviewed = openedStep(epoch, bare, facts.now);
  const review = waits ? openingReview(about, unreviewed, facts) : null;
  const content = review === null ? bare : { ...bare, reviewId: review.id };
  const opened = openedStep(epoch, content, facts.now);
  const reserves = content.total > 0 && content.reason !== 'UNFUNDED';
  const reserve = { move: 'reserved', agentKey: null, amount: content.total } as const;
  return {
    opened,
    guards: reserves ? [notBelowZero(content.poolId, content.unit)] : [],
    rows: [
      stepRow(epoch, 'OPENED', content, { at: facts.now }),
      ...(reserves ? [entryRow(entryOf(content, timingOfClose(opened, facts.now), reserve))] : []),
      ...toldRows(about.snapshot, opened, facts),
      ...(review?.rows ?? []),
    ],
  };
}

/** A step as it will be read back; its seal is not known yet and nothing decides by it. */
export const openedStep = (epoch: EpochName, content: Opened, at: number): Step<'OPENED'> => ({
  ...epoch,
  id: stepId(epoch, 'OPENED'),
  name: 'OPENED',
  key: keyOfEpoch(epoch),
  at,
  seal: 0,
  content,
});

/** What the audit log and subscribers hear of an opening. */
function toldRows(
  { metricValue }: Snapshot,
  { id, goalId, period, key, at, content }: Step<'OPENED'>,
  { secretsKey }: SettlementFacts,
): Row[] {
  const { outcome, reason, poolId, unit, total, parts, exclusions, stabilisesAt } = content;
  const salt = keyedSalt(secretsKey, 'goal-reward-opened-salt', id);
  const detail = {
    goalId,
    period,
    key,
    status: PAID_STATUS,
    metricValue: printScaled(metricValue),
    outcome,
    reason,
    poolId,
    total: printAmount(total, unit),
    unit,
    members: parts.length,
    excluded: exclusions.length,
    finalAt: stabilisesAt,
  };
  const subject = `goal:${goalId}`;
  const action = 'GOAL_REWARD_OPENED';
  const audit = auditRow({ action, subject, at, actor: 'goal', detail, cause: id, salt });
  if (outcome !== 'PROVISIONAL') return [audit];
  const kind = 'reward.provisional';
  return [audit, noticeRow({ kind, subject, cause: id, at, content: detail, salt })];
}

/** The row that is written with the lock: it fixes the seal as of which the cohort counts. */
export const rowsAtLock = ({ goal, snapshot }: Case): Row[] =>
  isRewardBearing(goal)
    ? [cohortRow({ cadence: goal.evaluationFrequency, period: snapshot.period })]
    : [];
