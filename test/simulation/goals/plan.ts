/**
 * What goals draw for a history: teams with dated members, weekly goals over them, and metric events
 * in several revisions, some of which come when the week is over.
 */
import type { OracleMembership, OracleMetric } from '../../oracle/goals';
import { Chance, unitOf } from '../chance';
import { drawHabits, type Habits, UNKNOWN } from '../delivery/hris';
import type { Operation, PlannedEvent, PlannedPerson, SourceId, Timed } from '../plan';
import type { Drawn, Frame } from '../system';
import { UTC } from '../zones';
import { causesOfGoals, isPaidSoon, metricsThatReach, payerOf } from './causes';
import { type Week, weekAt } from './week';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const METRIC = 'acd.handle.time';

export interface PlannedTeam {
  readonly teamId: string;
  readonly members: readonly OracleMembership[];
  readonly inboundOnly: boolean;
}

export interface PlannedMetric extends OracleMetric {
  readonly key: string;
}

/** Its week is the one that the history is about; goals go on for the weeks after it. */
export interface GoalsPart extends Week {
  /** Of the organisation: its midnights bound the weeks. */
  readonly zone: string;
  readonly teams: readonly PlannedTeam[];
  readonly distribution: 'EQUITY' | 'PROPORTIONAL';
  readonly stabilizationHours: number;
  readonly whenDrifted: 'REVIEW' | 'ADJUST';
  readonly whenFallen: 'REVIEW' | 'REVERSE';
  /** One goal a team, of the same number; those not listed here come late. */
  readonly early: readonly number[];
  readonly metrics: readonly PlannedMetric[];
  /** The HRIS that pays, or null: the ledger alone says what was earned. */
  readonly paidBy: { readonly habits: Habits; readonly concurrency: number } | null;
  /** What a person does with reviews that wait and with deliveries; null: nobody comes by. */
  readonly operator: { readonly approves: number; readonly abandons: number } | null;
}

export type GoalsOperation =
  | { readonly system: 'goals'; readonly kind: 'late-goal'; readonly team: number }
  | {
      readonly system: 'goals';
      readonly kind: 'mend-team';
      readonly team: number;
      readonly members: readonly OracleMembership[];
    }
  | { readonly system: 'goals'; readonly kind: 'close'; readonly team: number }
  /** Every goal, in the instant in which the week ends. */
  | { readonly system: 'goals'; readonly kind: 'close at once'; readonly by: 'people' | 'alarms' }
  | { readonly system: 'goals'; readonly kind: 'cron at close'; readonly times: number }
  | { readonly system: 'goals'; readonly kind: 'attend' };

function drawMembers(chance: Chance, agents: readonly string[], from: number): OracleMembership[] {
  return agents
    .filter(() => chance.happens(0.7))
    .map((agent) => ({
      agent,
      from: chance.happens(0.25) ? from + chance.between(1, 5) * DAY : null,
      until: chance.happens(0.25) ? from + 6 * DAY : null,
    }));
}

const VALUES = ['0', '1', '5.99', '12.5', '120', '285.01', '300', '450', '0.000001'];
const SENDERS: readonly SourceId[] = ['platform', 'quality', 'lms'];

/** Where a zone is not UTC some things happen at its midnights, between which a week lies. */
function momentOf({ seed, zone }: Frame, week: Week, number: number, drawn: number): number {
  if (zone === UTC || unitOf(`${seed} metric ${number} at midnight`) >= 0.4) return drawn;
  const edges = [week.from, week.until - SECOND, week.until];
  return edges[Math.floor(unitOf(`${seed} which midnight of ${number}`) * edges.length)] ?? drawn;
}

/** One thing that happened, in one or more revisions. */
function drawMetric(
  { chance }: Frame,
  number: number,
  agents: readonly string[],
  at: number,
): PlannedMetric[] {
  const alone = chance.happens(0.3);
  const revisions = alone ? 1 : chance.pick([1, 1, 2, 3]);
  const agent = chance.pick(agents);
  const attributes = { callType: chance.happens(0.75) ? 'INBOUND' : 'OUTBOUND' };
  return Array.from({ length: revisions }, (_, revision) => ({
    key: `g${number}r${revision}`,
    id: `metric-${number}-${revision}`,
    agent,
    at: at + revision * chance.pick([MINUTE, HOUR, 2 * DAY, 5 * DAY]),
    value: chance.pick(VALUES),
    interaction: alone ? null : `interaction-${number}`,
    revision,
    attributes,
  }));
}

function printed(chance: Chance, metric: PlannedMetric): PlannedEvent {
  const { key, id, agent, at, value, interaction, revision, attributes } = metric;
  const body = {
    eventType: 'metric.recorded',
    eventId: id,
    occurredAt: new Date(at).toISOString(),
    metricId: METRIC,
    agentId: agent,
    value: Number(value),
    ...(interaction !== null && { interactionId: interaction, revision }),
    attributes,
  };
  return {
    key,
    // Revisions may come by different ways; who speaks of what is the same everywhere.
    source: chance.pick(SENDERS),
    eventId: id,
    type: body.eventType,
    subject: `metric ${interaction ?? id}`,
    occurredAt: at,
    text: JSON.stringify(body),
    contradiction: JSON.stringify({ ...body, value: 77 }),
    usable: true,
  };
}

/** In so many histories a goal is reached by one thing that is corrected when the week is over. */
const FALLS = 0.4;
/** About the threshold of 300 and its tolerance of 2 %. */
const FALLEN = ['0', '120', '290', '293.9', '294', '299'];

/** By draws of its own, so that what else happens in a history stays what it was. */
function drawFall(
  { seed }: Pick<Frame, 'seed'>,
  agents: readonly string[],
  [from, until]: readonly [number, number],
): { readonly metrics: PlannedMetric[]; readonly approves: number } | null {
  if (unitOf(`${seed} a goal falls`) >= FALLS) return null;
  const chance = new Chance(seed + 1_000_003);
  const last = Math.max(from, until - DAY);
  const at = chance.between(from / SECOND, last / SECOND) * SECOND;
  const agent = chance.pick(agents);
  const metrics = ['450', chance.pick(FALLEN)].map((value, revision) => ({
    key: `fall-r${revision}`,
    id: `metric-fall-${revision}`,
    agent,
    at: revision === 0 ? at : until + chance.pick([HOUR, 12 * HOUR, 2 * DAY, 6 * DAY]),
    value,
    interaction: 'interaction-fall',
    revision,
    attributes: { callType: 'INBOUND' },
  }));
  return { metrics, approves: chance.pick([0.2, 0.5, 0.8]) };
}

export function drawGoals(frame: Frame): Drawn<GoalsPart> {
  const { seed, chance, startAt, endAt, zone } = frame;
  const week = weekAt(startAt, zone);
  const { from, until } = week;
  const agents = Array.from({ length: chance.between(2, 4) }, (_, index) => `member-${index + 1}`);
  const numbers = Array.from({ length: chance.between(1, 2) }, (_, index) => index);
  const teams = numbers.map((number) => ({
    teamId: `team-${number}`,
    members: drawMembers(chance, agents, from),
    inboundOnly: chance.happens(0.6),
  }));
  const span = [Math.max(from, startAt - DAY), Math.min(until + HOUR, endAt)] as const;
  const fall = drawFall({ seed }, agents, [span[0], until]);
  const drawn = Array.from({ length: chance.between(3, 12) }, (_, number) => {
    const at = chance.between(span[0] / SECOND, span[1] / SECOND) * SECOND;
    return drawMetric(frame, number, agents, momentOf(frame, week, number, at));
  }).flat();
  const reached = metricsThatReach(frame, teams, span[0]);
  const metrics = [...drawn, ...(fall?.metrics ?? []), ...reached];
  const early = numbers.filter(() => chance.happens(0.75));
  const beforeEnd = (): number => chance.between(startAt, until - MINUTE);
  const operations: Timed[] = numbers
    .filter((number) => !early.includes(number))
    .map((team) => ({ at: beforeEnd(), operation: of('late-goal', team) }));
  for (const team of numbers) {
    if (chance.happens(0.3)) {
      const members = drawMembers(chance, agents, from);
      operations.push({ at: beforeEnd(), operation: mending(team, members) });
    }
    if (chance.happens(0.4)) {
      operations.push({ at: until + MINUTE, operation: of('close', team) });
    }
  }
  operations.push(...drawClose(chance, numbers, until, endAt));
  const drawnPayer = chance.happens(0.6)
    ? { habits: drawHabits(chance), concurrency: chance.between(1, 6) }
    : null;
  const paidBy = drawnPayer ?? (isPaidSoon(frame) ? payerOf(seed) : null);
  // The HRIS refuses whom it does not know.
  const stranger = chance.happens(0.2) ? agents[0] : null;
  const people: PlannedPerson[] = agents.map((agentId) => ({
    agentId,
    ...(paidBy !== null && {
      employeeId: agentId === stranger ? UNKNOWN : `employee-${agentId}`,
    }),
    groups: ['Everyone'],
    attributes: {},
    queues: numbers
      .filter(() => chance.happens(0.7))
      .map((number) => ({
        queueId: `queue-${number}`,
        weight: chance.pick([0, 0.5, 1, 1]),
        primary: false,
      })),
  }));
  const part: GoalsPart = {
    ...week,
    zone,
    distribution: chance.pick(['EQUITY', 'PROPORTIONAL']),
    stabilizationHours: Math.min(chance.pick([24, 72]), isPaidSoon(frame) ? 24 : 72),
    whenDrifted: chance.pick(['REVIEW', 'ADJUST']),
    whenFallen: chance.pick(['REVIEW', 'REVERSE']),
    teams,
    early,
    metrics,
    paidBy,
    operator: chance.happens(0.5)
      ? { approves: chance.pick([0.2, 0.5, 0.8]), abandons: chance.pick([0, 0, 0.3]) }
      : null,
  };
  const operator = part.operator ?? { approves: fall?.approves ?? 0, abandons: 0 };
  return {
    part: fall === null ? part : { ...part, operator },
    people,
    events: metrics.map((one) => printed(chance, one)),
    operations,
    causes: causesOfGoals(frame, until),
  };
}

/** What happens around the end of the week: everything at once, cron twice, a person. */
function drawClose(
  chance: Chance,
  numbers: readonly number[],
  until: number,
  endAt: number,
): Timed[] {
  const timed: Timed[] = [];
  const system = 'goals';
  if (numbers.length > 1 && chance.happens(0.4)) {
    const by = chance.pick(['people', 'alarms']);
    timed.push({ at: until - 1, operation: { system, kind: 'close at once', by } as Operation });
  }
  if (chance.happens(0.3)) {
    const at = until + chance.pick([0, SECOND, MINUTE]);
    timed.push({ at, operation: { system, kind: 'cron at close', times: 2 } as Operation });
  }
  if (chance.happens(0.3) && endAt > until) {
    timed.push({ at: chance.between(until, endAt), operation: { system, kind: 'attend' } });
  }
  return timed;
}

const mending = (team: number, members: readonly OracleMembership[]) => ({
  ...of('mend-team', team),
  members,
});

const of = (kind: string, team: number) => ({ system: 'goals', kind, team });
