/**
 * Goals that a platform evaluates, in the simulation: it tells that they are achieved, is asked until
 * it has locked its snapshot, and changes its figures afterwards. Holds what is locked, promised and
 * paid against what the platform said, which no crash of ours reaches.
 */
import { createHmac } from 'node:crypto';
import type { Books } from '../books';
import { unitOf } from '../chance';
import { OBJECT_MODES } from '../faults';
import { stepsOf } from '../goals/rewards';
import type { History } from '../history';
import type { Operation } from '../plan';
import { type Player, system } from '../system';
import { AWARD, FUNDED } from './money';
import {
  drawReported,
  type PlannedReport,
  type ReportedOperation,
  type ReportedPart,
} from './plan';
import { type GoalPlatform, openGoalPlatform, PLATFORM, REPORTED_FATES } from './platform';
import { brokenReported, reportedLocks } from './truth';

const SOURCE = 'reported-platform';
const SECRET = 'canary-reported-platform-0123456789';

interface Decision {
  readonly goal: string;
  readonly decision: 'APPROVE' | 'REJECT';
}

class ReportedPlayer implements Player {
  readonly history: History;
  readonly part: ReportedPart;
  readonly platform: GoalPlatform;
  /** What a person said, by id of the review. */
  readonly decisions = new Map<string, Decision>();
  /** Goals of which a review waits, as of the last look. */
  open: readonly string[] = [];
  /** Goals of which a fall was told. */
  readonly fallen = new Set<string>();

  constructor(history: History, part: ReportedPart, platform: GoalPlatform) {
    this.history = history;
    this.part = part;
    this.platform = platform;
  }

  /** True once the source was told that the achievement was taken. */
  isTold({ told }: PlannedReport): boolean {
    return this.history.mail.deliveries.some(
      ({ message, heard }) => heard.status === 200 && message.keys.includes(told),
    );
  }

  async perform(operation: Operation): Promise<void> {
    if (this.history.postpone(operation)) return;
    const own = operation as ReportedOperation;
    if (own.kind === 'attend') return this.attend();
    const report = this.part.reports[own.goal];
    if (report !== undefined && this.isTold(report)) await this.#fall(report);
  }

  /** As a source that nothing happens to; whether what it was not answered was taken is not known. */
  async #fall({ goal, team, later }: PlannedReport): Promise<void> {
    const { world } = this.history;
    const body = {
      eventType: 'goal.status.changed',
      eventId: `fall-of-${goal}`,
      occurredAt: new Date(world.now).toISOString(),
      goalId: goal,
      teamId: team,
      previousStatus: 'ACHIEVED',
      currentStatus: 'ON_TRACK',
      evaluationPeriod: this.part.week,
      metricValue: Number(later),
    };
    const signature = createHmac('sha256', SECRET).update(JSON.stringify(body)).digest('hex');
    this.fallen.add(goal);
    const path = `/v1/webhooks/${SOURCE}`;
    const answer = await world.operator('POST', path, body, { 'X-Webhook-Signature': signature });
    const { status } = answer.body as { readonly status?: string };
    if (status === 'accepted') this.history.trouble('goal platform tells a fall');
    else if (answer.status !== 503) this.history.complaints.push(`G6 fall of ${goal}: ${status}`);
  }

  async attend(): Promise<void> {
    const { plan, world } = this.history;
    for (const { id, subject } of await this.#reviews()) {
      const goal = this.part.reports.find((one) => subject.startsWith(`goal:${one.goal}.`))?.goal;
      if (goal === undefined || unitOf(`${plan.seed} ${world.now} sees ${id}`) > 0.8) continue;
      const approves = unitOf(`${plan.seed} says of ${id}`) < this.part.approves;
      const decision = approves ? 'APPROVE' : 'REJECT';
      const body = { decision, reason: 'compared with the platform' };
      const answer = await world.reviewer('POST', `/v1/reviews/${id}/decision`, body);
      if (answer.status === 200) this.decisions.set(id, { goal, decision });
    }
  }

  async #reviews(): Promise<readonly { readonly id: string; readonly subject: string }[]> {
    const path = '/v1/reviews?kind=GOAL&state=OPEN&limit=100';
    const { items } = (await this.history.world.must('GET', path)) as {
      items: { id: string; subject: string }[];
    };
    return items;
  }

  async look(): Promise<void> {
    this.open = (await this.#reviews()).map(({ subject }) => subject);
  }

  broken = (books: Books): string[] => brokenReported(this, books);

  /** When the platform is asked, and so what it says, is not the same in every run with faults. */
  state = (books: Books): string[] =>
    reportedLocks(books, this.part)
      .map(({ goal, period }) => `lock ${goal} ${period}`)
      .sort();

  transitions = (books: Books): string[] => [
    ...reportedLocks(books, this.part).map(({ goal, status }) => {
      const isSilent = !this.platform.given.some(
        (one) => one.goal === goal && one.what === 'status',
      );
      return `${isSilent ? 'SILENT' : 'TOLD'} > LOCKED ${status}`;
    }),
    ...stepsOf(books).map(({ name, content }) =>
      [`REPORTED > ${name}`, content.outcome ?? content.verdict ?? ''].join(' ').trim(),
    ),
  ];
}

export type { ReportedPlayer };

export const reported = system<ReportedPart>({
  name: 'reported',
  partakes: (seed) => seed % 12 === 8,
  places: { 'platform-goal': OBJECT_MODES, destination: OBJECT_MODES },
  troubles: [...REPORTED_FATES, 'goal platform tells a fall'],
  transitions: [
    'TOLD > LOCKED ACHIEVED',
    'TOLD > LOCKED ON_TRACK',
    'SILENT > LOCKED ACHIEVED',
    'SILENT > LOCKED BEHIND',
    'REPORTED > OPENED PROVISIONAL',
    'REPORTED > OPENED REVIEW',
    'REPORTED > ADMITTED',
    'REPORTED > JUDGED CONFIRMED',
    'REPORTED > JUDGED REVIEW',
    'REPORTED > JUDGED ADJUST',
    'REPORTED > JUDGED REVERSE',
    'REPORTED > DECIDED',
    'REPORTED > SETTLED',
  ],
  draw: drawReported,
  open: async (history, part) => {
    const { world } = history;
    const platform = await openGoalPlatform(history, part);
    await world.must('PUT', `/v1/sources/${SOURCE}`, {
      platform: SOURCE,
      signature: { header: 'X-Webhook-Signature', scheme: 'hmac-hex' },
      secrets: [SECRET],
    });
    for (const report of part.reports) await writeGoal(history, part, report);
    return new ReportedPlayer(history, part, platform);
  },
});

async function writeGoal(
  { world }: History,
  part: ReportedPart,
  report: PlannedReport,
): Promise<void> {
  const { goal, team, agents, distribution } = report;
  const effectiveFrom = new Date(part.from).toISOString();
  await world.must('PUT', `/v1/reward-pools/${goal}`, {
    unit: 'USD',
    funded: String(FUNDED / 100),
    perAward: String(AWARD / 100),
    destinationId: null,
  });
  await world.must('PUT', `/v1/teams/${team}`, {
    name: team,
    teamScope: 'EXPLICIT',
    memberIds: agents,
    aggregationType: 'SUM',
    metricDefinitions: [
      { metricId: 'acd.handle.time', aggregation: 'SUM', filter: { type: 'AND', clauses: [] } },
    ],
    primaryQueueId: `queue-of-${team}`,
    effectiveFrom,
  });
  await world.must('PUT', `/v1/goals/${goal}`, {
    name: goal,
    teamId: team,
    metricId: 'acd.handle.time.sum',
    evaluationFrequency: 'WEEKLY',
    thresholds: [{ status: 'ACHIEVED', operator: 'GTE', value: 300 }],
    snapshotEvaluation: true,
    evaluatedBy: 'PLATFORM',
    customFields: {
      rewardPoolId: goal,
      distributionType: distribution,
      platformDestinationId: PLATFORM,
    },
    stabilizationHours: report.stabilizationHours,
    whenDrifted: report.whenDrifted,
    whenFallen: report.whenFallen,
    effectiveFrom,
  });
}
