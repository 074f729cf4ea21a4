/**
 * Draws a whole history from a seed: who is there, under which rules, what the senders send and
 * when, what goes wrong. Swarm: every kind of trouble has a probability of its own in each seed,
 * and many of them are zero, because a mean of everything hides what only one of them shows.
 */
import type { CapLength, OracleCaps } from '../oracle/caps';
import { Chance } from './chance';
import { type Casting, drawSession, drawStranger } from './draw-events';
import type {
  FaultTable,
  Operation,
  Plan,
  PlannedEvent,
  PlannedPerson,
  PlannedProgramme,
  PlannedResult,
  PlannedRule,
  SourceId,
  Timed,
} from './plan';
import {
  AWARD_RULE,
  BY_ATTRIBUTE,
  JUNIOR_GROUP,
  MENTEE_REVOKE,
  MENTEE_RULE,
  REVOKE_RULE,
} from './rules';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Ahead of every machine's clock, so that no real alarm fires by itself. */
const EPOCH = Date.UTC(2031, 2, 3);
const MOST_OPERATIONS = 60;

function drawPeople(chance: Chance): Casting & { readonly all: PlannedPerson[] } {
  const person = (agentId: string, junior: boolean): PlannedPerson => ({
    agentId,
    groups: junior ? ['Everyone', JUNIOR_GROUP] : ['Everyone'],
    attributes: { mentorshipEligible: junior },
  });
  const mentors = Array.from({ length: chance.between(1, 3) }, (_, index) =>
    person(`mentor-${index + 1}`, false),
  );
  const mentees = Array.from({ length: chance.between(1, 4) }, (_, index) =>
    person(`mentee-${index + 1}`, index === 0 || chance.happens(0.8)),
  );
  return { mentors, mentees, all: [...mentors, ...mentees] };
}

function drawRules(chance: Chance): PlannedRule[] {
  const award = chance.happens(0.3) ? BY_ATTRIBUTE : AWARD_RULE;
  if (chance.happens(0.12)) return [award];
  if (chance.happens(0.2)) return [award, REVOKE_RULE, MENTEE_RULE, MENTEE_REVOKE];
  return [award, REVOKE_RULE];
}

function drawProgramme(chance: Chance): PlannedProgramme | null {
  if (chance.happens(0.5)) return null;
  return { pointCategory: 'Mentorship', lockSeconds: chance.pick([0, 5, 60, 600]) };
}

const CAP_LENGTHS: readonly CapLength[] = ['DAY', 'DAY', 'WEEK', 'MONTH'];

/**
 * Caps in a quarter of the histories, from a stream of their own. Points are capped only where no
 * measurement is pending: until it ends nobody can say what fits.
 */
function drawCaps(seed: number, measured: boolean): OracleCaps | null {
  const chance = new Chance(seed ^ 0x0ca9_5ca9);
  if (!chance.happens(0.25)) return null;
  const cap = () => ({ count: chance.between(1, 2), period: chance.pick(CAP_LENGTHS) });
  const [mentor, pair, points] = [0.7, 0.4, 0.3].map((odds) => chance.happens(odds));
  const caps = {
    ...(mentor && { perMentor: cap() }),
    ...(pair && { perPair: cap() }),
    ...(points &&
      !measured && {
        points: { amount: chance.pick(['50', '90', '125.5']), period: chance.pick(CAP_LENGTHS) },
      }),
  };
  return Object.keys(caps).length === 0 ? { perMentor: cap() } : caps;
}

const withCaps = (
  programme: PlannedProgramme | null,
  caps: OracleCaps | null,
): PlannedProgramme | null =>
  caps === null
    ? programme
    : { ...(programme ?? { pointCategory: 'Mentorship', lockSeconds: 60 }), caps };

function drawBaselines(chance: Chance, casting: Casting, startAt: number): PlannedResult[] {
  if (chance.happens(0.7)) return [];
  return casting.mentees.flatMap(({ agentId }) =>
    Array.from({ length: chance.between(0, 7) }, (_, index) => ({
      id: `before-${agentId}-${index}`,
      agentId,
      createdAt: startAt - 40 * DAY + index * DAY,
      score: chance.pick([60, 70, 72.5, 80]),
    })),
  );
}

/** A settlement makes a dozen calls: at a tenth each, most attempts still fail somewhere. */
const LEVELS = [0, 0, 0, 0.01, 0.03, 0.1];
const D1_MODES = ['throw', 'delay'];
const OBJECT_MODES = ['throw', 'abort', 'flush-abort', 'delay'];

function drawModes(chance: Chance, modes: readonly string[]): Record<string, number> {
  const quiet = chance.happens(0.3);
  return Object.fromEntries(modes.map((mode) => [mode, quiet ? 0 : chance.pick(LEVELS)]));
}

const drawFaults = (chance: Chance): FaultTable => ({
  worker: drawModes(chance, D1_MODES),
  session: drawModes(chance, OBJECT_MODES),
  source: drawModes(chance, OBJECT_MODES),
  journal: drawModes(chance, [...OBJECT_MODES, 'ghost', 'twice']),
  lateAlarms: chance.pick([0, 0, 0.3, 0.8]),
});

/** When a sender's message arrives after what it tells of. */
function latency(chance: Chance): number {
  const kind = chance.unit();
  if (kind < 0.6) return chance.between(0, 5) * SECOND;
  if (kind < 0.85) return chance.between(5, 90) * SECOND;
  if (kind < 0.95) return chance.between(1, 300) * MINUTE;
  return chance.between(3 * 24, 6 * 24) * HOUR;
}

interface Draft {
  readonly chance: Chance;
  readonly timed: Timed[];
}

const put = (draft: Draft, at: number, operation: Operation): void => {
  draft.timed.push({ at, operation });
};

function drawDeliveries(draft: Draft, events: readonly PlannedEvent[]): void {
  const { chance } = draft;
  const again = chance.pick([0, 0.2, 0.5]);
  const burst = chance.pick([0, 0, 0.1]);
  const array = chance.pick([0, 0, 0.3]);
  const contradict = chance.pick([0, 0, 0.15]);
  const left = events.map((event) => ({ event, at: event.occurredAt + latency(chance) }));
  while (left.length > 0) {
    const [first] = left.splice(0, 1);
    if (first === undefined) break;
    const keys = [first.event.key];
    const mate = left.findIndex(({ event }) => event.source === first.event.source);
    if (mate >= 0 && chance.happens(array)) {
      keys.push(...left.splice(mate, 1).map(({ event }) => event.key));
    }
    const copies = chance.happens(burst) ? 20 : 1;
    put(draft, first.at, { kind: 'deliver', keys, copies });
    if (chance.happens(again)) {
      put(draft, first.at + latency(chance), { kind: 'deliver', keys, copies: 1 });
    }
    if (chance.happens(contradict)) {
      const at = first.at + latency(chance) + SECOND;
      put(draft, at, { kind: 'contradict', key: first.event.key });
    }
  }
}

const UNUSABLE = [
  '{"eventType":"performance.coaching.completed",',
  '{"eventType":"coaching.of.another.kind","eventId":"odd-1"}',
  '{"eventType":"performance.coaching.completed","eventId":"odd-2","mentorId":"mentor-1"}',
  '{"eventType":"qa.score.updated","eventId":"odd-3","coachingSessionId":"x","currentScore":"high"}',
  '"just text"',
  '',
];
const SOURCES: readonly SourceId[] = ['platform', 'quality', 'lms'];
const CRONS = ['*/5 * * * *', '7 * * * *', '23 2 * * *'];

/** Trouble that is no message: crashes, alarms at the wrong time, D1 gone, settings changed. */
function drawTrouble(
  draft: Draft,
  plan: Pick<Plan, 'sessions' | 'events'>,
  from: number,
  to: number,
): void {
  const { chance } = draft;
  const session = (): number => chance.between(0, plan.sessions.length - 1);
  const kinds: readonly (() => Operation)[] = [
    () => ({ kind: 'evict', session: session() }),
    () => ({ kind: 'abort', session: session() }),
    () => ({ kind: 'abort-all' }),
    () => ({ kind: 'alarm-early', session: session() }),
    () => ({ kind: 'alarm-twice', session: session() }),
    () => ({ kind: 'alarms' }),
    () => ({ kind: 'cron', cron: chance.pick(CRONS), times: chance.pick([1, 1, 2]) }),
    () => ({ kind: 'd1-away', forMs: chance.pick([5 * SECOND, 2 * MINUTE, 40 * MINUTE]) }),
    () => ({ kind: 'unusable', source: chance.pick(SOURCES), text: chance.pick(UNUSABLE) }),
    () => ({ kind: 'bad-signature', key: chance.pick(plan.events).key }),
    () => ({ kind: 'rotate', source: chance.pick(SOURCES) }),
    () => ({
      kind: 'rule-change',
      points: chance.pick([40, 60, 62.5]),
      aheadMs: chance.pick([0, 2 * HOUR]),
    }),
  ];
  const chosen = kinds.filter(() => chance.happens(0.35));
  if (chosen.length === 0) return;
  const room = MOST_OPERATIONS - draft.timed.length;
  const many = Math.min(Math.max(0, room), chance.between(0, 20));
  const moments = draft.timed.map(({ at }) => at);
  for (let index = 0; index < many; index += 1) {
    const near = moments.length > 0 && chance.happens(0.6);
    const at = near
      ? chance.pick(moments) + chance.between(0, 70) * SECOND
      : chance.between(from, to);
    put(draft, at, chance.pick(chosen)());
  }
}

function drawAfterResults(draft: Draft, casting: Casting, startAt: number): void {
  const { chance } = draft;
  if (chance.happens(0.75)) return;
  for (const { agentId } of casting.mentees) {
    const createdAt = startAt + 3 * DAY;
    const result = { id: `after-${agentId}`, agentId, createdAt, score: chance.pick([60, 75, 85]) };
    put(draft, createdAt + HOUR, { kind: 'quality', results: [result] });
  }
}

/** The history of a seed. */
export function draw(seed: number): Plan {
  const chance = new Chance(seed);
  const startAt = EPOCH + chance.between(0, 300) * DAY + chance.between(0, 86_399) * SECOND;
  const casting = drawPeople(chance);
  const sessions = Array.from(
    { length: chance.between(1, 6) },
    (_, index) => `coaching-${seed}-${index}`,
  );
  const events = sessions.flatMap((sessionId, index) =>
    drawSession(chance, index, sessionId, startAt + chance.between(0, 36 * 60) * MINUTE, casting),
  );
  if (chance.happens(0.3)) events.push(drawStranger(chance, startAt + HOUR, casting));
  const draft: Draft = { chance, timed: [] };
  drawDeliveries(draft, events);
  drawTrouble(draft, { sessions, events }, startAt, startAt + 7 * DAY);
  drawAfterResults(draft, casting, startAt);
  const programme = drawProgramme(chance);
  const rules = drawRules(chance);
  const qualityBefore = drawBaselines(chance, casting, startAt);
  return {
    seed,
    startAt,
    people: casting.all,
    programme: withCaps(programme, drawCaps(seed, qualityBefore.length > 0)),
    rules,
    qualityBefore,
    sessions,
    events,
    operations: draft.timed.toSorted((a, b) => a.at - b.at).slice(0, MOST_OPERATIONS),
    faults: drawFaults(chance),
  };
}
