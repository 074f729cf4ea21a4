/** Worlds, facts and rows in memory for the pure parts of goals. */
import { type Goal, type GoalVersion, METRIC_SCALE } from '../../src/goals/goal';
import type { Team, TeamVersion } from '../../src/goals/teams/team';
import type { Found, KeptRow } from '../../src/goals/tracking/change';
import type { Rows } from '../../src/goals/tracking/count';
import type { World } from '../../src/goals/tracking/definition';
import type { Fact } from '../../src/goals/tracking/fact';

export const UNIT = 10n ** BigInt(METRIC_SCALE);

/** When the goals here were written: they owe no period that ended before. */
export const BORN = Date.UTC(2032, 6, 1);

export const goalOf = (fields: Partial<Goal> = {}): Goal => ({
  name: 'a goal',
  teamId: 'team',
  metricId: 'handled.sum',
  evaluationFrequency: 'MONTHLY',
  thresholds: [{ status: 'ACHIEVED', operator: 'GTE', value: '100' }],
  snapshotEvaluation: true,
  customFields: {},
  evaluatedBy: 'GUERDON',
  stabilizationHours: 72,
  tolerancePercent: '2',
  whenDrifted: 'REVIEW',
  whenFallen: 'REVIEW',
  ...fields,
});

export const teamOf = (fields: Partial<Team> = {}): Team => ({
  name: 'a team',
  teamScope: 'EXPLICIT',
  members: [],
  teamIds: [],
  aggregationType: 'SUM',
  metricDefinitions: [
    { metricId: 'handled', aggregation: 'SUM', filter: { type: 'AND', clauses: [] } },
  ],
  sources: [],
  primaryQueueId: null,
  ...fields,
});

export const goalVersion = (
  content: Goal,
  version = 1,
  from: number | null = null,
): GoalVersion => ({
  kind: 'goal',
  name: 'goal',
  version,
  effectiveFrom: from,
  writtenAt: from ?? BORN,
  author: 'test',
  content,
});

export const teamVersion = (
  content: Team,
  { name = 'team', version = 1, from = null as number | null } = {},
): TeamVersion => ({
  kind: 'team',
  name,
  version,
  effectiveFrom: from,
  writtenAt: from ?? 0,
  author: 'test',
  content,
});

export const worldOf = (
  goal: Goal,
  teams: readonly TeamVersion[],
  timeZone = 'Etc/UTC',
): World => ({
  goal: [goalVersion(goal)],
  teams,
  calendar: { timeZone, weekStart: 'MONDAY' },
});

export const fact = (fields: Partial<Fact> = {}): Fact => ({
  key: 'k1',
  event: 'e1',
  source: 'platform',
  agentKey: 'ann',
  metricId: 'handled',
  at: 0,
  revision: 0,
  value: UNIT,
  attributes: {},
  ...fields,
});

/** Rows as an object keeps them, in memory. */
export class RowsInMemory implements Rows {
  readonly periods = new Map<string, Map<string, KeptRow>>();

  find(labels: readonly string[], key: string): Found | null {
    for (const label of labels) {
      const row = this.periods.get(label)?.get(key);
      if (row !== undefined) return { label, row };
    }
    return null;
  }

  all(label: string): Iterable<KeptRow> {
    return [...(this.periods.get(label)?.values() ?? [])];
  }

  put({ label, row }: Found): void {
    const rows = this.periods.get(label) ?? new Map<string, KeptRow>();
    this.periods.set(label, rows.set(row.key, row));
  }

  remove({ label, row }: Found): void {
    this.periods.get(label)?.delete(row.key);
  }
}
