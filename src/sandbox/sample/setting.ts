/**
 * Where the sample month takes place: 24 agents in three groups, the two rules of the mentorship
 * guide as it prints them, and three senders, each with its own way of signing. Data alone; the
 * same every time.
 */

const MENTEES = 'Junior_Agent_Group_ID';
const SENIORS = 'Senior_Agent_Group_ID';
const CERTIFIED = 'Mentor_Certified_Group_ID';

const MENTOR_NAMES = 'Ada Ines Jonas Mira Noor Olek Petra Quentin Rosa Samir Tove Uma'.split(' ');
const MENTEE_NAMES = 'Aino Ben Carla Dev Elif Femi Gita Hugo Iris Jin Kaja Leo'.split(' ');

export interface SampleAgent {
  readonly agentId: string;
  readonly name: string;
  readonly groups: readonly string[];
}

const SENIOR_COUNT = 6;

const idOf = (kind: string, index: number): string =>
  `${kind}-${String(index + 1).padStart(2, '0')}`;

/** Six senior agents, then six certified mentors. */
export const MENTORS: readonly SampleAgent[] = MENTOR_NAMES.map((name, index) => ({
  agentId: index < SENIOR_COUNT ? idOf('senior', index) : idOf('certified', index - SENIOR_COUNT),
  name,
  groups: [index < SENIOR_COUNT ? SENIORS : CERTIFIED],
}));

export const JUNIORS: readonly SampleAgent[] = MENTEE_NAMES.map((name, index) => ({
  agentId: idOf('junior', index),
  name,
  groups: [MENTEES],
}));

export const CATEGORY = 'Mentorship';
const SESSION_TYPE = 'Mentorship_Pairing';

/** The bodies of `POST /v1/rules`. */
export const RULES: readonly unknown[] = [
  {
    name: 'Mentorship Coaching Points Allocation',
    description:
      'Awards 50 points for validated coaching sessions exceeding 15 minutes with QA >= 80',
    enabled: true,
    evaluationOrder: 10,
    conditions: [
      { field: 'eventType', operator: 'EQUALS', value: 'performance.coaching.completed' },
      { field: 'mentee.userGroup.id', operator: 'EQUALS', value: MENTEES },
      { field: 'sessionDurationSeconds', operator: 'GREATER_THAN_OR_EQUALS', value: 900 },
      { field: 'qaCalibrationScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 },
    ],
    actions: [
      { type: 'AWARD_POINTS', points: 50, pointCategory: CATEGORY, recipientType: 'MENTOR' },
    ],
    deduplicationKey: 'coachingSessionId',
  },
  {
    name: 'Mentorship QA Score Reversal',
    description: 'Revokes points if QA score drops below 80 after initial award',
    enabled: true,
    evaluationOrder: 20,
    conditions: [
      { field: 'eventType', operator: 'EQUALS', value: 'qa.score.updated' },
      { field: 'previousScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 },
      { field: 'currentScore', operator: 'LESS_THAN', value: 80 },
      { field: 'sessionType', operator: 'EQUALS', value: SESSION_TYPE },
    ],
    actions: [
      { type: 'REVOKE_POINTS', points: 50, pointCategory: CATEGORY, recipientType: 'MENTOR' },
    ],
    deduplicationKey: 'coachingSessionId',
  },
];

export type SourceId = 'platform' | 'quality' | 'lms';

export interface SampleSource {
  readonly secret: string;
  readonly header: string;
  readonly scheme: 'hmac-hex' | 'sha256-hex' | 'hmac-base64';
  /** The rest of the body of `PUT /v1/sources/{id}`. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** How the LMS says what happened: its own field names, minutes, a grade. */
const LMS_MAPPING = {
  rules: [
    {
      when: { path: 'status', equals: 'finished' },
      eventType: 'performance.coaching.completed',
      eventId: 'session.id',
      occurredAt: 'finished_at',
      fields: {
        coachingSessionId: 'session.id',
        sessionType: { path: 'session.kind', map: { sidebar: SESSION_TYPE } },
        mentorId: 'coach',
        menteeId: 'learner',
        sessionDurationSeconds: { path: 'minutes', scale: 60 },
        qaCalibrationScore: 'grade',
      },
    },
  ],
};

export const SOURCES: Readonly<Record<SourceId, SampleSource>> = {
  platform: {
    secret: 'sample-secret-of-the-platform',
    header: 'X-Webhook-Signature',
    scheme: 'hmac-hex',
    more: { platform: 'custom' },
  },
  quality: {
    secret: 'sample-secret-of-the-quality-system',
    header: 'X-Hub-Signature-256',
    scheme: 'sha256-hex',
    more: { platform: 'custom', events: ['qa.score.updated', 'performance.result.updated'] },
  },
  lms: {
    secret: 'sample-secret-of-the-lms',
    header: 'X-Webhook-Signature',
    scheme: 'hmac-base64',
    more: { platform: 'lms', mapping: LMS_MAPPING },
  },
};

export interface Coaching {
  readonly id: string;
  /** When it ended, RFC 3339. */
  readonly occurredAt: string;
  /** Indexes into `MENTORS` and `JUNIORS`. */
  readonly mentor: number;
  readonly mentee: number;
  readonly seconds: number;
  readonly score: number | null;
  /** The mentee's score before and after. */
  readonly change?: readonly [before: number, after: number];
}

const personAt = (people: readonly SampleAgent[], index: number): string =>
  people[index % people.length]?.agentId ?? '';

/** The completion as the platform sends it. */
export function completion(coaching: Coaching): string {
  const { id, occurredAt, mentor, mentee, seconds, score, change } = coaching;
  return JSON.stringify({
    eventType: 'performance.coaching.completed',
    eventId: `completed-${id}`,
    occurredAt,
    coachingSessionId: id,
    sessionType: SESSION_TYPE,
    mentorId: personAt(MENTORS, mentor),
    menteeId: personAt(JUNIORS, mentee),
    sessionDurationSeconds: seconds,
    ...(score !== null && { qaCalibrationScore: score }),
    ...(change && { mentee: { scoreBefore: change[0], scoreAfter: change[1] } }),
  });
}

/** A changed score as the quality system sends it. */
export const scoreUpdate = (
  id: string,
  occurredAt: string,
  previousScore: number,
  currentScore: number,
): string =>
  JSON.stringify({
    eventType: 'qa.score.updated',
    eventId: `score-${id}-${currentScore}`,
    occurredAt,
    coachingSessionId: id,
    previousScore,
    currentScore,
    sessionType: SESSION_TYPE,
    scoreSource: 'MANUAL',
  });

/** A finished coaching session as the LMS says it. */
export const lmsBody = (coaching: Coaching): string =>
  JSON.stringify({
    status: 'finished',
    session: { id: coaching.id, kind: 'sidebar' },
    coach: personAt(MENTORS, coaching.mentor),
    learner: personAt(JUNIORS, coaching.mentee),
    minutes: coaching.seconds / 60,
    grade: coaching.score,
    finished_at: coaching.occurredAt,
  });
