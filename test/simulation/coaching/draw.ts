/**
 * Draws what coaching brings to a history: who is there, under which rules and caps, what happens
 * in each coaching session, which rules change while it goes on.
 */
import type { CapLength, OracleCaps } from '../../oracle/caps';
import { Chance } from '../chance';
import type { PlannedPerson, Timed } from '../plan';
import { drawTroubles } from '../platform';
import {
  AWARD_RULE,
  BY_ATTRIBUTE,
  JUNIOR_GROUP,
  MENTEE_REVOKE,
  MENTEE_RULE,
  REVOKE_RULE,
} from '../rules';
import type { Drawn, Frame } from '../system';
import { causesOfCoaching, drawRivals, ONE_A_DAY } from './causes';
import { type Casting, drawSession, drawStranger } from './draw-events';
import {
  type CoachingPart,
  type PlannedProgramme,
  type PlannedResult,
  type PlannedRule,
  printed,
} from './plan';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

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

function drawAfterResults(chance: Chance, casting: Casting, startAt: number): PlannedResult[] {
  if (chance.happens(0.75)) return [];
  return casting.mentees.map(({ agentId }) => ({
    id: `after-${agentId}`,
    agentId,
    createdAt: startAt + 3 * DAY,
    score: chance.pick([60, 75, 85]),
  }));
}

const system = 'coaching';

function drawOperations(frame: Frame, after: readonly PlannedResult[]): Timed[] {
  const { chance, startAt, endAt } = frame;
  const ruleChange = () => ({
    system,
    kind: 'rule-change',
    points: chance.pick([40, 60, 62.5]),
    aheadMs: chance.pick([0, 2 * HOUR]),
  });
  return [
    ...after.map((result) => ({
      at: result.createdAt + HOUR,
      operation: { system, kind: 'quality', results: [result] },
    })),
    ...drawTroubles(chance, [ruleChange], 2, [], [startAt, endAt]),
  ];
}

/** A few sessions in most histories and many in some: most faults need two, caps need more. */
const SESSIONS = [1, 1, 2, 2, 3, 3, 4, 6];

export function drawCoaching(frame: Frame): Drawn<CoachingPart> {
  const { seed, chance, startAt } = frame;
  const casting = drawPeople(chance);
  const sessions = Array.from(
    { length: chance.pick(SESSIONS) },
    (_, index) => `coaching-${seed}-${index}`,
  );
  const events = sessions.flatMap((sessionId, index) =>
    drawSession(chance, index, sessionId, startAt + chance.between(0, 36 * 60) * MINUTE, casting),
  );
  if (chance.happens(0.3)) events.push(drawStranger(chance, startAt + HOUR, casting));
  const rivals = drawRivals(frame, sessions, casting);
  events.push(...rivals);
  const after = drawAfterResults(chance, casting, startAt);
  const qualityBefore = drawBaselines(chance, casting, startAt);
  const isRivalry = rivals.length > 0;
  const caps = isRivalry ? ONE_A_DAY : drawCaps(seed, qualityBefore.length > 0);
  const programme = withCaps(drawProgramme(chance), caps);
  const drawnRules = drawRules(chance);
  const rules = isRivalry ? [AWARD_RULE, REVOKE_RULE] : drawnRules;
  return {
    part: { programme, rules, qualityBefore, sessions, events },
    people: casting.all,
    events: events.map(printed),
    operations: drawOperations(frame, after),
    causes: causesOfCoaching(frame, events),
  };
}
