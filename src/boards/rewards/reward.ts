/**
 * What the ranks of a period bring, and when. A run is named by board and period; its first row
 * says nothing else, so two starters write the same bytes, and everything after is a function of
 * the books as of the seal of that row. Decides which periods are due, what a run posts and what is
 * told of it. Refuses amounts that are finer than their unit.
 */
import { noticeRow } from '../../delivery/notice';
import type { ChangeSet, Row } from '../../kernel/change-set';
import { causeId, configId } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import { dayAfter, type Period, periodEnd, periodOf } from '../../kernel/period';
import { parseAmount, type Unit } from '../../kernel/units';
import { localDay } from '../../kernel/zone';
import { agentReward, fundingAccount, poolAccount } from '../../ledger/account';
import { auditRow } from '../../ledger/audit';
import { type ConfigVersion, configRow, inForce } from '../../ledger/config';
import { type Entry, entryRow, transaction } from '../../ledger/entry';
import { type BoardVersion, type Calendar, type Leaderboard, rewardUnit, tierOf } from '../board';

export const RUN_KIND = 'board-run';
const REWARD_ENTRY = 'BOARD_REWARD';
const ACTOR = 'cron';

/** What the first row of a run says. */
export interface RunStart {
  readonly boardId: string;
  readonly period: string;
  /** Last day of the period, and its last instant, UTC ms: the standings are those of then. */
  readonly lastDay: string;
  readonly instant: number;
}

/** The second version of the row, written when everything is posted. */
export interface Run extends RunStart {
  readonly issued?: {
    /** Seal of the first row. */
    readonly seal: number;
    readonly rewards: number;
    /** Smallest parts posted by unit. */
    readonly totals: Readonly<Record<string, number>>;
    /** Rank ranges whose value the organisation's present currency cannot express. */
    readonly unpayable: readonly string[];
  };
}

export const runName = ({ boardId, lastDay }: RunStart): string => `${boardId}.${lastDay}`;
export const runId = (start: RunStart): string => configId(RUN_KIND, runName(start), 1);
export const runSubject = (start: RunStart): string => `config:${RUN_KIND}/${runName(start)}`;

/** Periods of one firing: whoever was away for longer catches up in the next. */
const MOST_PERIODS = 24;

/**
 * The periods of a board that have ended, have had `settleMs` for their last coachings to be
 * settled and have no run yet, oldest first. A board owes nothing for periods that ended before it
 * was written, was disabled or had no tiers at their end.
 */
export function duePeriods(
  versions: readonly BoardVersion[],
  lastRunDay: string | null,
  calendar: Calendar,
  clock: { readonly now: number; readonly settleMs: number },
): RunStart[] {
  const [first] = versions;
  if (first === undefined) return [];
  const born = Math.max(first.writtenAt, first.effectiveFrom ?? 0);
  let day = localDay(born, calendar.timeZone);
  if (lastRunDay !== null && lastRunDay >= day) day = dayAfter(oneDay(lastRunDay));
  const due: RunStart[] = [];
  while (due.length < MOST_PERIODS) {
    const period = periodAt(versions, calendar, day);
    const instant = periodEnd(period, calendar.timeZone) - 1;
    if (instant + clock.settleMs >= clock.now) break;
    const board = inForce(versions, instant)?.content;
    if (board?.enabled && board.rewardTiers.length > 0) {
      const { label, lastDay } = period;
      due.push({ boardId: first.name, period: label, lastDay, instant });
    }
    day = dayAfter(period);
  }
  return due;
}

const oneDay = (day: string): Pick<Period, 'firstDay' | 'lastDay'> => ({
  firstDay: day,
  lastDay: day,
});

/** The period that holds a day, in the cadence of the version in force as the day ends. */
function periodAt(versions: readonly BoardVersion[], calendar: Calendar, day: string): Period {
  const version = inForce(versions, periodEnd(oneDay(day), calendar.timeZone) - 1) ?? versions[0];
  return periodOf(version?.content.rewardPeriod ?? 'MONTHLY', day, calendar.weekStart);
}

/** The first row of a run: the same bytes whoever starts it, whenever. */
export const startRow = (start: RunStart): Row =>
  configRow<Run>(runVersion(start, 1, start), causeId('board-run-salt', runName(start), 1));

/** The last row of a run, with its audit entry. `at` is the time of the run's seal. */
export function finishSet(
  start: RunStart,
  issued: NonNullable<Run['issued']>,
  at: number,
): ChangeSet {
  const salt = causeId('board-run-salt', runName(start), 2);
  return {
    rows: [
      configRow<Run>(runVersion(start, 2, { ...start, issued }), salt),
      auditRow({
        action: 'BOARD_REWARDS_ISSUED',
        subject: runSubject(start),
        at,
        actor: ACTOR,
        detail: { ...issued },
        cause: runId(start),
        salt,
      }),
    ],
  };
}

const runVersion = (start: RunStart, version: number, content: Run): ConfigVersion<Run> => ({
  kind: RUN_KIND,
  name: runName(start),
  version,
  effectiveFrom: null,
  writtenAt: start.instant + 1,
  author: ACTOR,
  content,
});

/** Where a run stands in the books: its seal and the time of that seal. */
export interface RunSeal {
  readonly seal: number;
  readonly at: number;
}

export interface Winner {
  readonly agentKey: string;
  readonly rank: number;
  readonly exactScore: string;
}

export interface Reward {
  readonly winner: Winner;
  readonly unit: Unit;
  /** In the unit's smallest part. */
  readonly amount: number;
  /** The pool it comes out of; null: the board's own funding. */
  readonly poolId: string | null;
}

/** What each winner gets; ranks without a tier and tiers that cannot be paid bring nothing. */
export function rewardsOf(
  board: Leaderboard,
  currency: string,
  winners: readonly Winner[],
): Reward[] {
  return winners.flatMap((winner): Reward[] => {
    const tier = tierOf(board, winner.rank);
    if (tier === null) return [];
    const unit = rewardUnit(tier, currency);
    const amount = parseAmount(tier.value, unit);
    if (amount === null || amount <= 0n) return [];
    return [{ winner, unit, amount: Number(amount), poolId: board.rewardPoolId ?? null }];
  });
}

export const unpayable = (board: Leaderboard, currency: string): string[] =>
  board.rewardTiers
    .filter((tier) => parseAmount(tier.value, rewardUnit(tier, currency)) === null)
    .map(({ rankRange }) => rankRange);

/** The transaction of one reward. Its id comes from board, period and agent alone. */
export function rewardEntry(start: RunStart, reward: Reward, at: number): Entry {
  const { winner, unit, amount, poolId } = reward;
  const cause = {
    kind: REWARD_ENTRY,
    cause: runId(start),
    occurredAt: start.instant,
    recordedAt: at,
  };
  const [entry] = transaction(cause, [
    {
      unit,
      from: poolId === null ? fundingAccount(`board:${start.boardId}`) : poolAccount(poolId),
      to: agentReward(winner.agentKey, 'pending'),
      amount,
      day: start.lastDay,
      rule: null,
    },
  ]);
  if (entry === undefined) throw new Error('a transaction has an entry');
  return entry;
}

/** Id of the entry by which an agent was or would be rewarded. */
export const rewardEntryId = (start: RunStart, agentKey: string): string =>
  rewardEntry(
    start,
    { winner: { agentKey, rank: 1, exactScore: '0' }, unit: 'HOURS', amount: 1, poolId: null },
    0,
  ).id;

/** The rows of a reward beside its payment: the entry, and the frozen notice that tells of it. */
export const rewardRows = (start: RunStart, reward: Reward, at: number): Row[] => {
  const entry = rewardEntry(start, reward, at);
  const { agentKey, rank, exactScore } = reward.winner;
  const { boardId, period } = start;
  return [
    entryRow(entry),
    noticeRow({
      kind: 'board.reward.issued',
      subject: `board:${boardId}`,
      cause: entry.id,
      at,
      content: {
        boardId,
        period,
        until: printInstant(start.instant + 1),
        agentKey,
        rank,
        score: exactScore,
        unit: reward.unit,
        amount: reward.amount,
        transaction: entry.tx,
      },
      salt: causeId('board-reward-salt', entry.id),
    }),
  ];
};

export interface TakenBack {
  readonly id: string;
  readonly tx: string;
  readonly amount: number;
  /** UTC ms. */
  readonly recordedAt: number;
}

/** The record of points taken back after a run had fixed its standings: what was paid stands. */
export const standsRow = (start: RunStart, taken: TakenBack): Row =>
  auditRow({
    action: 'BOARD_REWARD_STANDS',
    subject: runSubject(start),
    at: taken.recordedAt,
    actor: ACTOR,
    detail: { transaction: taken.tx, entry: taken.id, amount: taken.amount, period: start.period },
    cause: taken.id,
    salt: causeId('board-stands-salt', runName(start), taken.id),
  });
