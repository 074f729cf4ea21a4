/**
 * Goals in the simulation: metric storms, corrections when the week is over, memberships mended and
 * goals written late. Holds snapshot and restated value against the oracle of contributions.
 */
import type { OracleMembership } from '../../oracle/goals';
import type { Books } from '../books';
import { OBJECT_MODES } from '../faults';
import type { History } from '../history';
import type { Operation, PlannedEvent } from '../plan';
import { type Player, system } from '../system';
import { drawGoals, type GoalsOperation, type GoalsPart, METRIC } from './plan';
import { AWARD, FUNDED, stepsOf } from './rewards';
import { brokenGoals, locksOf, type Shown, type TeamAsItStands } from './truth';

class GoalsPlayer implements Player {
  readonly history: History;
  readonly part: GoalsPart;
  /** Teams as they stand by now, and whether their goals were written. */
  readonly teams: TeamAsItStands[];
  /** What the API says of each goal's week, where it says anything. */
  shown = new Map<string, Shown>();

  constructor(history: History, part: GoalsPart) {
    this.history = history;
    this.part = part;
    this.teams = part.teams.map((team) => ({ ...team, hasGoal: false }));
  }

  async writeTeam(number: number, members: readonly OracleMembership[]): Promise<void> {
    const team = this.teams[number];
    if (team === undefined) return;
    await this.history.world.must('PUT', `/v1/teams/${team.teamId}`, {
      name: team.teamId,
      teamScope: 'EXPLICIT',
      members: members.map(({ agent, from, until }) => ({
        agentId: agent,
        ...(from !== null && { from: new Date(from).toISOString() }),
        ...(until !== null && { until: new Date(until).toISOString() }),
      })),
      aggregationType: 'SUM',
      metricDefinitions: [{ metricId: METRIC, aggregation: 'SUM', filter: filterOf(team) }],
      primaryQueueId: `queue-${number}`,
      effectiveFrom: new Date(this.part.from).toISOString(),
    });
    team.members = members;
  }

  async writeGoal(number: number): Promise<void> {
    const team = this.teams[number];
    if (team === undefined) return;
    await this.history.world.must('PUT', `/v1/goals/goal-${number}`, {
      name: `Goal ${number}`,
      teamId: team.teamId,
      metricId: `${METRIC}.sum`,
      evaluationFrequency: 'WEEKLY',
      thresholds: [{ status: 'ACHIEVED', operator: 'GTE', value: 300 }],
      snapshotEvaluation: true,
      customFields: {
        rewardPoolId: `pool-${number}`,
        distributionType: this.part.distribution,
      },
      stabilizationHours: this.part.stabilizationHours,
      whenDrifted: this.part.whenDrifted,
      whenFallen: this.part.whenFallen,
      effectiveFrom: new Date(this.part.from).toISOString(),
    });
    team.hasGoal = true;
  }

  /** What an operator does waits until D1 is back: it is a cause of the end, not a fault. */
  async perform(operation: Operation): Promise<void> {
    if (this.history.postpone(operation)) return;
    const own = operation as GoalsOperation;
    // Mended when the week is over is another thing: then the snapshot stands.
    if (own.kind !== 'close' && this.history.world.now >= this.part.until) return;
    this.history.trouble(own.kind);
    if (own.kind === 'late-goal') return this.writeGoal(own.team);
    if (own.kind === 'mend-team') return this.writeTeam(own.team, own.members);
    const path = `/v1/goals/goal-${own.team}/close?period=${this.part.week}`;
    await this.history.world.operator('POST', path, {});
  }

  troublesOf({ key }: PlannedEvent): string[] {
    const metric = this.part.metrics.find((one) => one.key === key);
    if (metric === undefined) return [];
    const isLate = this.history.world.now >= this.part.until;
    return [
      ...(isLate && metric.revision > 0 ? ['correction after close'] : []),
      ...(metric.revision > 0 ? ['metric revised'] : []),
    ];
  }

  async look(): Promise<void> {
    this.shown.clear();
    for (const [number, { hasGoal }] of this.teams.entries()) {
      if (!hasGoal) continue;
      const path = `/v1/goals/goal-${number}/contributions?period=${this.part.week}`;
      const answer = await this.history.world.operator('GET', path);
      if (answer.status === 200) this.shown.set(`goal-${number}`, answer.body as Shown);
    }
  }

  broken = (books: Books): string[] => brokenGoals(this, books);

  state = (books: Books): string[] =>
    locksOf(books)
      .map(({ id, status }) => `lock ${id}${this.isSure ? ` ${status}` : ''}`)
      .sort();

  /** Only without faults is it the same in every run what came before the lock. */
  get isSure(): boolean {
    return this.history.world.board.fired.size === 0;
  }

  transitions = (books: Books): string[] => [
    ...locksOf(books).map(({ status }) => `OPEN > LOCKED ${status}`),
    ...stepsOf(books).map(({ name, content }) =>
      [`LOCKED > ${name}`, content.outcome ?? content.verdict ?? ''].join(' ').trim(),
    ),
  ];
}

export type { GoalsPlayer };

const filterOf = ({ inboundOnly }: TeamAsItStands): object => ({
  type: 'AND',
  clauses: inboundOnly ? [{ field: 'callType', operator: 'EQ', values: ['INBOUND'] }] : [],
});

export const goals = system<GoalsPart>({
  name: 'goals',
  partakes: (seed) => seed % 3 === 1,
  places: { goal: OBJECT_MODES },
  troubles: ['late-goal', 'mend-team', 'close', 'correction after close', 'metric revised'],
  transitions: [
    'OPEN > LOCKED ACHIEVED',
    'OPEN > LOCKED BEHIND',
    'LOCKED > OPENED PROVISIONAL',
    'LOCKED > JUDGED CONFIRMED',
    'LOCKED > JUDGED REVIEW',
    'LOCKED > SETTLED',
  ],
  draw: drawGoals,
  open: async (history, part) => {
    const player = new GoalsPlayer(history, part);
    for (const [number, { members }] of part.teams.entries()) {
      await history.world.must('PUT', `/v1/reward-pools/pool-${number}`, {
        unit: 'USD',
        funded: String(FUNDED / 100),
        perAward: String(AWARD / 100),
      });
      await player.writeTeam(number, members);
    }
    for (const number of part.early) await player.writeGoal(number);
    return player;
  },
});
