/**
 * Draws what happens in the coaching sessions of a history: completions (sometimes two, from the
 * platform and from an LMS), scores lowered, raised, tied, misstated or missing. Decides only what
 * senders say and when; ties are drawn so that DEC-7 leaves no two readings of them.
 */
import type { Chance } from '../chance';
import type { PlannedPerson, SourceId } from '../plan';
import type { CoachingEvent } from './plan';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const SCORES = [60, 70, 75, 79, 79.99, 80, 80.01, 82.5, 85, 90, 100];
const DURATIONS = [900, 901, 1200, 1800, 3600];
const SHORT = [0, 300, 899];

export interface Casting {
  readonly mentors: readonly PlannedPerson[];
  readonly mentees: readonly PlannedPerson[];
}

interface Scene {
  readonly chance: Chance;
  readonly session: number;
  readonly sessionId: string;
  readonly coachedAt: number;
  readonly casting: Casting;
  readonly count: { events: number };
}

function eventOf(
  scene: Scene,
  source: SourceId,
  type: CoachingEvent['type'],
  occurredAt: number,
  data: Readonly<Record<string, unknown>>,
): CoachingEvent {
  scene.count.events += 1;
  const key = `s${scene.session}e${scene.count.events}`;
  return {
    key,
    source,
    eventId: `evt-${key}`,
    type,
    session: scene.session,
    occurredAt,
    data: { coachingSessionId: scene.sessionId, ...data },
    usable: true,
  };
}

/** What both sides of a coaching say about it, the same in every completion of one session. */
function coachingFacts({ chance, casting }: Scene): Record<string, unknown> {
  const mentor = chance.pick(casting.mentors).agentId;
  const mentee = chance.happens(0.03) ? mentor : chance.pick(casting.mentees).agentId;
  const change = chance.pick([null, null, null, -5, 0, 5, 9.99, 10, 20]);
  return {
    sessionType: chance.happens(0.92) ? 'Mentorship_Pairing' : 'Side_By_Side',
    mentorId: mentor,
    menteeId: mentee,
    sessionDurationSeconds: chance.happens(0.88) ? chance.pick(DURATIONS) : chance.pick(SHORT),
    ...(change === null ? {} : { mentee: { scoreBefore: 70, scoreAfter: 70 + change } }),
  };
}

function completions(scene: Scene): CoachingEvent[] {
  const { chance, coachedAt } = scene;
  const facts = coachingFacts(scene);
  const scored = (): Record<string, unknown> =>
    chance.happens(0.85) ? { ...facts, qaCalibrationScore: chance.pick(SCORES) } : facts;
  const type = 'performance.coaching.completed';
  const made: CoachingEvent[] = [];
  if (chance.happens(0.3)) {
    made.push(
      eventOf(scene, 'platform', 'performance.coaching.created', coachedAt - 30 * MINUTE, facts),
    );
  }
  if (chance.happens(0.95)) made.push(eventOf(scene, 'platform', type, coachedAt, scored()));
  if (chance.happens(0.25)) {
    const later = chance.pick([0, SECOND, 20 * SECOND]);
    made.push(eventOf(scene, 'lms', type, coachedAt + later, scored()));
  }
  return made;
}

const DELAYS = [
  SECOND,
  20 * SECOND,
  59 * SECOND,
  61 * SECOND,
  5 * MINUTE,
  2 * HOUR,
  30 * HOUR,
  80 * HOUR,
];

function update(
  scene: Scene,
  occurredAt: number,
  previous: number,
  current: number,
  scoreSource: 'AUTOMATED' | 'MANUAL',
  sessionType: unknown,
): CoachingEvent {
  const source = scene.chance.pick<SourceId>(['quality', 'quality', 'platform']);
  return eventOf(scene, source, 'qa.score.updated', occurredAt, {
    previousScore: previous,
    currentScore: current,
    sessionType,
    scoreSource,
  });
}

/** Two updates of one instant whose order DEC-7 settles: by the chain, by who scored, or by id. */
function tie(scene: Scene, occurredAt: number, running: number, type: unknown): CoachingEvent[] {
  const { chance } = scene;
  const middle = chance.pick(SCORES.filter((score) => score !== running));
  const last = chance.pick(SCORES.filter((score) => score !== running && score !== middle));
  const first = (by: 'AUTOMATED' | 'MANUAL') =>
    update(scene, occurredAt, running, middle, by, type);
  switch (chance.pick(['chain', 'source', 'id'])) {
    case 'chain':
      return [
        first(chance.pick(['AUTOMATED', 'MANUAL'])),
        update(scene, occurredAt, middle, last, chance.pick(['AUTOMATED', 'MANUAL']), type),
      ];
    case 'source':
      return [first('AUTOMATED'), update(scene, occurredAt, running, last, 'MANUAL', type)];
    default:
      return [first('AUTOMATED'), update(scene, occurredAt, running, last, 'AUTOMATED', type)];
  }
}

function updates(scene: Scene, initial: unknown, type: unknown): CoachingEvent[] {
  const { chance, coachedAt } = scene;
  const made: CoachingEvent[] = [];
  const instants = DELAYS.filter(() => chance.happens(0.22));
  let running = typeof initial === 'number' ? initial : 0;
  for (const [index, delay] of instants.entries()) {
    const occurredAt = coachedAt + delay;
    if (index > 0 && chance.happens(0.25)) {
      made.push(...tie(scene, occurredAt, running, type));
      break;
    }
    const next = chance.pick(SCORES.filter((score) => score !== running));
    const stated = chance.happens(0.9) ? running : chance.pick(SCORES);
    const by = chance.happens(0.7) ? 'AUTOMATED' : 'MANUAL';
    made.push(update(scene, occurredAt, stated, next, by, type));
    running = next;
  }
  return made;
}

/** The events of one coaching session, in no particular order of arrival. */
export function drawSession(
  chance: Chance,
  session: number,
  sessionId: string,
  coachedAt: number,
  casting: Casting,
): CoachingEvent[] {
  const scene: Scene = { chance, session, sessionId, coachedAt, casting, count: { events: 0 } };
  const made = completions(scene);
  const said = made.findLast((event) => event.type === 'performance.coaching.completed');
  const type = said?.data.sessionType ?? 'Mentorship_Pairing';
  return [...made, ...updates(scene, said?.data.qaCalibrationScore, type)];
}

/** A completion that names somebody the directory has never heard of. */
export function drawStranger(chance: Chance, coachedAt: number, casting: Casting): CoachingEvent {
  return {
    key: 'stranger',
    source: 'platform',
    eventId: 'evt-stranger',
    type: 'performance.coaching.completed',
    session: -1,
    occurredAt: coachedAt,
    data: {
      coachingSessionId: 'session-of-a-stranger',
      sessionType: 'Mentorship_Pairing',
      mentorId: 'nobody-we-know',
      menteeId: chance.pick(casting.mentees).agentId,
      sessionDurationSeconds: 1200,
      qaCalibrationScore: 90,
    },
    usable: false,
  };
}
