/**
 * What goals that a platform evaluates draw for a history: one team a goal, what the platform comes to
 * say of its week and when, how it changes its mind, and how badly it answers meanwhile.
 */
import { type Week, weekAt } from '../goals/week';
import type { Operation, PlannedEvent, PlannedPerson, SourceId, Timed } from '../plan';
import type { Drawn, Frame } from '../system';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * What becomes of a week: as it was told; the metric moves, and the goal still stands or has fallen;
 * the platform locks another status than it told; it never locks any.
 */
const COURSES = ['steady', 'drifts', 'falls', 'other', 'silent'] as const;
/** Of those that say what is compared there must be most. */
const DRAWN = [...COURSES, 'drifts', 'falls'] as const;
const LATER: Readonly<Record<(typeof COURSES)[number], readonly string[]>> = {
  steady: ['450', '451.5', '441', '459'],
  drifts: ['320', '440.9', '600'],
  falls: ['0', '120', '290', '293.9', '294', '299'],
  other: ['290'],
  silent: ['450', '120'],
};

export interface PlannedReport {
  readonly goal: string;
  readonly team: string;
  readonly agents: readonly string[];
  readonly course: (typeof COURSES)[number];
  readonly distribution: 'EQUITY' | 'PROPORTIONAL';
  readonly stabilizationHours: number;
  readonly whenDrifted: 'REVIEW' | 'ADJUST';
  readonly whenFallen: 'REVIEW' | 'REVERSE';
  /** Decimal text: what was told and is true at first, and what is true from `changesAt`. */
  readonly value: string;
  readonly later: string;
  readonly changesAt: number;
  /** From when the platform says that its snapshot is locked. */
  readonly locksAt: number;
  /** Key of the event that tells of the achievement. */
  readonly told: string;
}

export interface ReportedPart extends Week {
  readonly zone: string;
  readonly reports: readonly PlannedReport[];
  /** Share of the platform's answers that fail. */
  readonly odds: number;
  /** While it answers nobody; null: it is there all along. */
  readonly down: { readonly from: number; readonly until: number } | null;
  /** What a person says to most reviews; the others wait. */
  readonly approves: number;
}

export type ReportedOperation =
  | { readonly system: 'reported'; readonly kind: 'attend' }
  /** The platform tells that a goal has fallen after it achieved. */
  | { readonly system: 'reported'; readonly kind: 'fall'; readonly goal: number };

const GOALS = 3;
const SENDERS: readonly SourceId[] = ['platform', 'quality', 'lms'];

function drawReport({ chance, seed }: Frame, number: number, until: number): PlannedReport {
  const course = chance.pick(DRAWN);
  const locksAt = until + chance.pick([0, 0, 10 * MINUTE, 5 * HOUR, 20 * HOUR]);
  return {
    goal: `reported-${number}`,
    team: `reported-team-${number}`,
    agents: Array.from({ length: chance.between(1, 3) }, (_, nth) => `reported-${number}-${nth}`),
    course,
    distribution: chance.pick(['EQUITY', 'PROPORTIONAL']),
    stabilizationHours: chance.pick([24, 24, 72]),
    whenDrifted: chance.pick(['REVIEW', 'ADJUST', 'ADJUST']),
    whenFallen: chance.pick(['REVIEW', 'REVERSE']),
    value: '450',
    later: chance.pick(LATER[course]),
    changesAt: locksAt + chance.pick([-MINUTE, MINUTE, HOUR, 10 * HOUR, 10 * HOUR]),
    locksAt: course === 'silent' ? Number.MAX_SAFE_INTEGER : locksAt,
    told: `reported-${seed}-${number}`,
  };
}

function told(
  { chance }: Frame,
  { goal, team, value, told: key }: PlannedReport,
  week: string,
  at: number,
): PlannedEvent {
  const body = {
    eventType: 'goal.status.changed',
    eventId: key,
    occurredAt: new Date(at).toISOString(),
    goalId: goal,
    teamId: team,
    previousStatus: 'ON_TRACK',
    currentStatus: 'ACHIEVED',
    evaluationPeriod: week,
    metricValue: Number(value),
  };
  return {
    key,
    source: chance.pick(SENDERS),
    eventId: key,
    type: body.eventType,
    subject: `goal ${goal}`,
    occurredAt: at,
    text: JSON.stringify(body),
    contradiction: null,
    usable: true,
  };
}

export function drawReported(frame: Frame): Drawn<ReportedPart> {
  const { chance, startAt, zone } = frame;
  const own = weekAt(startAt, zone);
  const { until, week } = own;
  const reports = Array.from({ length: GOALS }, (_, number) => drawReport(frame, number, until));
  const events: PlannedEvent[] = [];
  const causes: Timed[] = [];
  for (const [number, report] of reports.entries()) {
    const early = chance.pick([HOUR, SECOND, -SECOND, -2 * HOUR]);
    const at = Math.ceil(Math.max(startAt, until - early) / SECOND) * SECOND;
    events.push(told(frame, report, week, at));
    // Whatever else the senders' luck makes of it: it is said at least once while faults are on.
    const say = { system: 'mail', kind: 'deliver', keys: [report.told], copies: 1 } as Operation;
    causes.push({ at: Math.max(at, until) + chance.pick([MINUTE, 3 * HOUR]), operation: say });
    if (['falls', 'drifts'].includes(report.course) && chance.happens(0.5)) {
      const operation = { system: 'reported', kind: 'fall', goal: number } as Operation;
      const later = chance.pick([10 * MINUTE, 5 * HOUR, 4 * DAY]);
      causes.push({ at: report.changesAt + later, operation });
    }
  }
  const attend: Operation = { system: 'reported', kind: 'attend' };
  for (const later of [30 * HOUR, 3 * DAY]) causes.push({ at: until + later, operation: attend });
  const people = reports
    .flatMap(({ agents }) => agents)
    .map((agentId): PlannedPerson => ({ agentId, groups: [], attributes: {} }));
  const hours = chance.pick([null, null, 3, 40]);
  const part: ReportedPart = {
    ...own,
    zone,
    reports,
    odds: chance.pick([0, 0.2, 0.5]),
    down: hours === null ? null : { from: until - HOUR, until: until + hours * HOUR },
    approves: chance.pick([0.3, 0.5, 0.7]),
  };
  return { part, people, events, operations: [], causes };
}
