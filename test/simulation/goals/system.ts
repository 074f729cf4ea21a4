/**
 * Goals in the simulation: metric storms, corrections when the week is over, memberships mended and
 * goals written late. Holds snapshot and restated value against the oracle of contributions.
 */
import type { OracleMembership } from '../../oracle/goals';
import type { Books } from '../books';
import { unitOf } from '../chance';
import { Hris } from '../delivery/hris';
import { DeliveryOperator } from '../delivery/operator';
import { OBJECT_MODES } from '../faults';
import type { History } from '../history';
import type { Operation, PlannedEvent } from '../plan';
import { type Player, system } from '../system';
import { HRIS_OF_GOALS } from './payments';
import { drawGoals, type GoalsOperation, type GoalsPart, METRIC } from './plan';
import { AWARD, FUNDED, stepsOf } from './rewards';
import { brokenGoals, countsOfLocks, locksOf, type Shown, type TeamAsItStands } from './truth';

class GoalsPlayer implements Player {
  readonly history: History;
  readonly part: GoalsPart;
  /** Teams as they stand by now, and whether their goals were written. */
  readonly teams: TeamAsItStands[];
  /** What the API says of each goal's week, where it says anything. */
  shown = new Map<string, Shown>();

  /** What the operator said of reviews, by id. */
  readonly decisions = new Map<string, 'APPROVE' | 'REJECT'>();
  readonly deliveries: DeliveryOperator;
  readonly hris: Hris | null;

  constructor(history: History, part: GoalsPart, hris: Hris | null) {
    this.history = history;
    this.part = part;
    this.hris = hris;
    this.deliveries = new DeliveryOperator(history, HRIS_OF_GOALS);
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
    switch (own.kind) {
      case 'close at once':
        return this.#closeAtOnce(own.by);
      case 'cron at close':
        this.history.trouble(own.kind);
        for (let nth = 0; nth < own.times; nth += 1) {
          await this.history.machine.cron('7 * * * *');
        }
        return;
      case 'attend':
        return this.#attend();
      case 'close':
        this.history.trouble(own.kind);
        await this.history.world.operator('POST', this.#closing(own.team), {});
        return;
      default:
        // Mended when the week is over is another thing: then the snapshot stands.
        if (this.history.world.now >= this.part.until) return;
        this.history.trouble(own.kind);
        if (own.kind === 'late-goal') return this.writeGoal(own.team);
        return this.writeTeam(own.team, own.members);
    }
  }

  #closing(number: number): string {
    return `/v1/goals/goal-${number}/close?period=${this.part.week}`;
  }

  /** In the instant in which the week ends, before any alarm had its turn. */
  async #closeAtOnce(by: 'people' | 'alarms'): Promise<void> {
    const { world, machine } = this.history;
    if (world.now >= this.part.until) return;
    world.advanceTo(this.part.until);
    const numbers = this.teams.flatMap(({ hasGoal }, number) => (hasGoal ? [number] : []));
    if (numbers.length > 1) this.history.trouble(`${by} close two goals at once`);
    if (by === 'people') {
      return world.atOnce(
        'POST',
        numbers.map((number) => this.#closing(number)),
      );
    }
    await Promise.all(numbers.map((number) => machine.fire('goal', `goal-${number}`)));
  }

  /** The HRIS fails for five days more; then somebody sees to what waits. */
  async attend(day: number): Promise<void> {
    if (day >= LAST_FAULTS && this.hris !== null) this.hris.calm = true;
    await this.#attend();
    if (day >= LAST_FAULTS && this.hris !== null) await this.deliveries.seeTo();
  }

  async #attend(): Promise<void> {
    const { operator } = this.part;
    if (operator === null) return;
    const path = '/v1/reviews?kind=GOAL&state=OPEN&limit=100';
    const { items } = (await this.history.world.must('GET', path)) as { items: { id: string }[] };
    for (const { id } of items) await this.#decide(id, operator.approves);
    if (this.hris === null || this.hris.calm) return;
    const { seed } = this.history.plan;
    if (unitOf(`${seed} abandons ${this.history.world.now}`) < operator.abandons) {
      await this.deliveries.act('abandon', seed);
    }
  }

  /** Most are decided; some are left for another day. */
  async #decide(id: string, approves: number): Promise<void> {
    const { seed } = this.history.plan;
    if (unitOf(`${seed} ${this.history.world.now} looks at ${id}`) > 0.8) return;
    const decision = unitOf(`${seed} decides ${id}`) < approves ? 'APPROVE' : 'REJECT';
    const body = { decision, reason: 'compared with the roster' };
    const answer = await this.history.world.reviewer('POST', `/v1/reviews/${id}/decision`, body);
    this.history.trouble(`review ${decision} ${answer.status}`);
    if (answer.status === 200) this.decisions.set(id, decision);
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
    locksOf(books, this.part)
      .map(({ id, status }) => `lock ${id}${this.isSure ? ` ${status}` : ''}`)
      .sort();

  /** Only without faults is it the same in every run what came before the lock. */
  get isSure(): boolean {
    return this.history.world.board.fired.size === 0;
  }

  transitions = (books: Books): string[] => [
    ...locksOf(books, this.part).map(({ status }) => `OPEN > LOCKED ${status}`),
    ...stepsOf(books).map(({ name, content }) =>
      [`LOCKED > ${name}`, content.outcome ?? content.verdict ?? ''].join(' ').trim(),
    ),
  ];

  counts = (books: Books) => countsOfLocks(this, books);
}

export type { GoalsPlayer };

/** The day from which on the HRIS of a history fails no more. */
const LAST_FAULTS = 15;

const filterOf = ({ inboundOnly }: TeamAsItStands): object => ({
  type: 'AND',
  clauses: inboundOnly ? [{ field: 'callType', operator: 'EQ', values: ['INBOUND'] }] : [],
});

async function openHris(
  { world, plan }: History,
  { habits, concurrency }: NonNullable<GoalsPart['paidBy']>,
): Promise<Hris> {
  const secret = `canary-hris-of-goals-${plan.seed}-0123`;
  const hris = new Hris(
    plan.seed,
    habits,
    secret,
    () => world.now,
    () => world.board.states.get(`destination ${HRIS_OF_GOALS}`),
  );
  world.board.outside = (_, request) => hris.answer(request);
  await world.must('PUT', `/v1/destinations/${HRIS_OF_GOALS}`, {
    preset: 'hris',
    url: `https://${HRIS_OF_GOALS}.example.com`,
    auth: { type: 'bearer', token: secret },
    concurrency,
    honoursKeys: habits.honoursKeys,
    keyLifeHours: habits.keyLifeHours,
  });
  return hris;
}

export const goals = system<GoalsPart>({
  name: 'goals',
  partakes: (seed) => seed % 3 === 1,
  places: { goal: OBJECT_MODES, destination: OBJECT_MODES },
  troubles: [
    'late-goal',
    'mend-team',
    'close',
    'people close two goals at once',
    'alarms close two goals at once',
    'cron at close',
    'correction after close',
    'metric revised',
    'review APPROVE 200',
    'review REJECT 200',
    'late correction APPROVE',
    'late correction REJECT',
  ],
  transitions: [
    'OPEN > LOCKED ACHIEVED',
    'OPEN > LOCKED BEHIND',
    'LOCKED > OPENED PROVISIONAL',
    'LOCKED > JUDGED CONFIRMED',
    'LOCKED > JUDGED REVIEW',
    'LOCKED > JUDGED ADJUST',
    'LOCKED > JUDGED REVERSE',
    'LOCKED > DECIDED',
    'LOCKED > LATE',
    'LOCKED > SETTLED',
  ],
  draw: drawGoals,
  open: async (history, part) => {
    const hris = part.paidBy === null ? null : await openHris(history, part.paidBy);
    const player = new GoalsPlayer(history, part, hris);
    for (const [number, { members }] of part.teams.entries()) {
      await history.world.must('PUT', `/v1/reward-pools/pool-${number}`, {
        unit: 'USD',
        funded: String(FUNDED / 100),
        perAward: String(AWARD / 100),
        destinationId: hris === null ? null : HRIS_OF_GOALS,
      });
      await player.writeTeam(number, members);
    }
    for (const number of part.early) await player.writeGoal(number);
    return player;
  },
});
