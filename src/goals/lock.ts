/**
 * The rows by which a period is locked: the snapshot, its audit entry and the notice. All are named
 * by goal and period, and their time is the boundary, so whoever locks writes the same bytes.
 */
import { noticeRow } from '../delivery/notice';
import type { Row } from '../kernel/change-set';
import { causeId } from '../kernel/ids';
import { auditRow } from '../ledger/audit';
import type { JournalTable } from '../ledger/journal';
import { COHORT_KEEPERS_TABLE } from './cohort/row';
import { GOAL_KIND, printScaled, type Snapshot } from './goal';
import { GOAL_REWARDS_TABLE } from './settlement/step';

const GOAL_LOCKS_TABLE: JournalTable = {
  name: 'goal_locks',
  values: [
    'goal',
    'period',
    'status',
    'metric_value',
    'evaluated_at',
    'goal_version',
    'team_version',
    'covered',
    'members',
  ],
  side: [],
};

export const GOAL_TABLES: readonly JournalTable[] = [
  GOAL_LOCKS_TABLE,
  GOAL_REWARDS_TABLE,
  COHORT_KEEPERS_TABLE,
];

export const lockIdOf = (goalId: string, period: string): string => `${goalId}.${period}`;

const lockRow = (snapshot: Snapshot): Row => ({
  table: GOAL_LOCKS_TABLE.name,
  id: lockIdOf(snapshot.goalId, snapshot.period),
  values: {
    goal: snapshot.goalId,
    period: snapshot.period,
    status: snapshot.status,
    metric_value: String(snapshot.metricValue),
    evaluated_at: snapshot.evaluatedAt,
    goal_version: snapshot.goalVersion,
    team_version: snapshot.teamVersion,
    covered: snapshot.covered,
    members: JSON.stringify(
      snapshot.members.map(({ agentKey, contribution }) => [agentKey, String(contribution)]),
    ),
  },
});

export function lockRows(snapshot: Snapshot): Row[] {
  const { goalId, period, status, metricValue, evaluatedAt } = snapshot;
  const cause = causeId('goal-lock', goalId, period);
  const said = { goalId, period, status, metricValue: printScaled(metricValue) };
  const salt = causeId('goal-lock-salt', goalId, period);
  return [
    lockRow(snapshot),
    auditRow({
      action: 'GOAL_LOCKED',
      subject: `config:${GOAL_KIND}/${goalId}`,
      at: evaluatedAt,
      actor: 'goal',
      detail: { ...said, members: snapshot.members.length, covered: snapshot.covered },
      cause,
      salt,
    }),
    noticeRow({
      kind: 'goal.locked',
      subject: `goal:${goalId}`,
      cause,
      at: evaluatedAt,
      content: { ...said, evaluatedAt },
      salt,
    }),
  ];
}
