import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IntakeEvent, JsonObject } from '../../src/events/event';
import { type Mapping, mappingSchema } from '../../src/intake/normalise/mapping';
import { normalise, type Reading, type Unusable } from '../../src/intake/normalise/normalise';
import { parseJson } from '../../src/kernel/json';

const READING: Reading = {
  source: 'src',
  platform: 'custom',
  namespace: 'default',
  events: [],
  mapping: null,
};

const genesys: Reading = { ...READING, platform: 'genesys-cloud' };
const mapped = (mapping: unknown): Reading => ({
  ...READING,
  mapping: mappingSchema.parse(mapping),
});

function eventsOf(reading: Reading, body: unknown, messageId: string | null = null): IntakeEvent[] {
  const read = normalise(reading, body, messageId);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return [...read.value];
}

const only = (reading: Reading, body: unknown): IntakeEvent => {
  const [event, ...more] = eventsOf(reading, body);
  if (event === undefined || more.length > 0) throw new Error('not one event');
  return event;
};

function failureOf(reading: Reading, body: unknown): Unusable {
  const read = normalise(reading, body, null);
  if (read.ok) throw new Error('it was usable');
  return read.failure;
}

const COMPLETED = {
  eventType: 'performance.coaching.completed',
  eventId: 'e1',
  occurredAt: '2024-09-02T14:30:00Z',
  coachingSessionId: 'cs-1',
  mentorId: 'm',
  menteeId: 'n',
  sessionDurationSeconds: 1800,
  qaCalibrationScore: 85,
};

describe('our own names', () => {
  it('are read in every spelling the seeds use', () => {
    const { eventType: _, eventId: __, occurredAt: ___, ...fields } = COMPLETED;
    for (const type of ['eventType', 'type', 'event_type'])
      for (const id of ['eventId', 'id', 'event_id', 'idempotency_key'])
        for (const time of ['occurredAt', 'timestamp']) {
          const body = {
            ...fields,
            [type]: COMPLETED.eventType,
            [id]: 'e1',
            [time]: COMPLETED.occurredAt,
          };
          expect(only(READING, body)).toEqual(only(READING, COMPLETED));
        }
  });

  it('are one event whether durations and scores have the long or the short name', () => {
    const {
      sessionDurationSeconds: sessionDuration,
      qaCalibrationScore: qaScore,
      ...rest
    } = COMPLETED;
    expect(only(READING, { ...rest, sessionDuration, qaScore })).toEqual(only(READING, COMPLETED));
  });

  it('take the id that was signed with the message, else one made of source and content', () => {
    const { eventId: _, ...body } = COMPLETED;
    const [signed] = eventsOf(READING, body, 'msg_1');
    expect(signed?.eventId).toBe('msg_1');
    const hashed = only(READING, body).eventId;
    expect(only(READING, Object.fromEntries(Object.entries(body).toReversed())).eventId).toBe(
      hashed,
    );
    expect(only({ ...READING, source: 'other' }, body).eventId).not.toBe(hashed);
  });

  it('keep every digit of a score that a double would lose', () => {
    const body = parseJson(
      '{"eventType":"qa.score.updated","eventId":"e","coachingSessionId":"c","currentScore":79.999999,"previousScore":80.10}',
    );
    expect(body.ok && only(READING, body.value).data).toEqual({
      coachingSessionId: 'c',
      currentScore: 79.999999,
      previousScore: 80.1,
    });
    const longer = parseJson(
      '{"eventType":"qa.score.updated","eventId":"e","coachingSessionId":"c","currentScore":79.99999999999999999}',
    );
    expect(longer.ok && failureOf(READING, longer.value).reason).toBe('SCHEMA');
  });

  it('know a goal’s status change, a result and a reset by the bodies the seeds print', () => {
    const goal = {
      goalId: 'goal_uuid_q3',
      teamId: 'team_uuid_east',
      previousStatus: 'ON_TRACK',
      currentStatus: 'ACHIEVED',
      evaluationPeriod: '2024-09',
      metricValue: 278.4,
      timestamp: '2024-10-01T00:00:00Z',
    };
    expect(only(READING, goal)).toMatchObject({
      type: 'goal.status.changed',
      occurredAt: Date.UTC(2024, 9, 1),
    });
    const same = { ...goal, previousStatus: 'ACHIEVED' };
    expect(failureOf(READING, same).faults[0]?.pointer).toBe('#/currentStatus');
    const result = {
      id: 'result-uuid-123',
      user_id: 'agent-uuid-456',
      scorecard_version_id: 'sc-version-789',
      result_status: 'COMPLETED',
      score: { total: 85.5, weighted: true, questions: [{ id: 'q-1', score: 90, weight: 0.5 }] },
      created_date: '2023-10-15T14:30:00Z',
    };
    const event = only(READING, result);
    expect(event).toMatchObject({ type: 'performance.result.updated', data: result });
    expect(event.eventId).toMatch(/^[0-9a-f]{64}$/);
    const reset = {
      event_type: 'SEASONAL_RESET_TRIGGER',
      timestamp: '2024-10-01T02:00:00Z',
      target_groups: ['group_12345', 'group_67890'],
      idempotency_key: 'reset_2024q4_001',
    };
    expect(only(READING, reset)).toMatchObject({
      type: 'SEASONAL_RESET_TRIGGER',
      eventId: 'reset_2024q4_001',
      data: { target_groups: reset.target_groups },
    });
  });

  it('keep a field no schema names while the event stays small', () => {
    expect(only(READING, { ...COMPLETED, skillGap: 'billing' }).data.skillGap).toBe('billing');
    const large = only(READING, { ...COMPLETED, transcript: 'x'.repeat(2000) });
    expect(large).toEqual(only(READING, COMPLETED));
    const person = { ...COMPLETED, mentee: { scoreBefore: 70, note: 'x'.repeat(2000) } };
    expect(failureOf(READING, person).reason).toBe('TOO_LARGE');
  });

  it('of types a source does not list are not subscribed', () => {
    const listed = { ...READING, events: ['qa.score.updated'] };
    expect(failureOf(listed, COMPLETED).reason).toBe('NOT_SUBSCRIBED');
  });
});

describe('an evaluation of Genesys Cloud', () => {
  const evaluation = {
    id: 'ev-1',
    conversationId: 'conv-1',
    agent: { id: 'agent-1' },
    evaluator: { id: 'eval-1' },
    eventTime: '2026-03-01T10:00:00.000Z',
    evaluationFormId: 'form-v3',
    formName: 'Coaching',
    scoringSet: { totalScore: 87.5, totalCriticalScore: 90 },
    contextId: 'form-family',
    status: 'Finished',
    previousStatus: 'InProgress',
    changedDate: '2026-03-01T09:59:58.000Z',
    eventType: 'Update',
    rescore: false,
    version: 2,
    calibration: false,
    evaluationSource: { type: 'Program' },
  };
  const message = { topicName: 'v2.quality.evaluations', version: '2', eventBody: evaluation };

  it('becomes a result, the same in a notification, an EventBridge message or bare', () => {
    const event = only(genesys, message);
    expect(event).toMatchObject({
      type: 'performance.result.updated',
      occurredAt: Date.parse('2026-03-01T09:59:58Z'),
      data: {
        id: 'ev-1',
        user_id: 'agent-1',
        scorecard_version_id: 'form-v3',
        scorecard_family_id: 'form-family',
        result_status: 'COMPLETED',
        score: { total: 87.5, weighted: true },
      },
    });
    expect(only(genesys, { 'detail-type': 'x', detail: message })).toEqual(event);
    expect(only(genesys, evaluation)).toEqual(event);
  });

  it('has an id of its own for each revision', () => {
    const revised = { ...evaluation, changedDate: '2026-03-02T09:00:00Z', eventTime: 'x' };
    const ids = [evaluation, evaluation, revised].map((one) => only(genesys, one).eventId);
    expect(new Set(ids).size).toBe(2);
  });

  it('is a draft, retracted or a calibration where it says so, and published once released', () => {
    const statusOf = (more: JsonObject) =>
      only(genesys, { ...evaluation, ...more }).data.result_status;
    expect(statusOf({ status: 'InProgress' })).toBe('DRAFT');
    expect(statusOf({ status: 'FINISHED' })).toBe('COMPLETED');
    expect(statusOf({ releaseDate: '2026-03-03T00:00:00Z' })).toBe('PUBLISHED');
    expect(statusOf({ status: 'Retracted' })).toBe('RETRACTED');
    expect(statusOf({ calibration: { id: 'c' } })).toBe('CALIBRATION');
    expect(statusOf({ neverRelease: true })).toBe('CALIBRATION');
    const pending = { ...evaluation, status: 'Pending', scoringSet: {} };
    expect(only(genesys, pending).data.result_status).toBe('DRAFT');
  });

  it('also scores a coaching session where the source says which', () => {
    const mapping = mappingSchema.parse({
      evaluations: { coachingSessionId: 'conversationId', sessionType: 'Mentorship_Pairing' },
    });
    const [result, score] = eventsOf({ ...genesys, mapping }, message);
    expect(result?.type).toBe('performance.result.updated');
    expect(score).toMatchObject({
      type: 'qa.score.updated',
      data: {
        coachingSessionId: 'conv-1',
        currentScore: 87.5,
        sessionType: 'Mentorship_Pairing',
        scoreSource: 'AUTOMATED',
      },
    });
    expect(score?.eventId).not.toBe(result?.eventId);
    const draft = { ...evaluation, status: 'InProgress' };
    expect(eventsOf({ ...genesys, mapping }, draft)).toHaveLength(1);
  });

  it('that says too little is kept, with every field it lacks named', () => {
    const { faults, reason } = failureOf(genesys, {
      topicName: 'v2.quality.evaluations',
      eventBody: {},
    });
    expect(reason).toBe('SCHEMA');
    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '#/id',
      '#/agent/id',
      '#/status',
      '#/changedDate',
    ]);
  });
});

describe('a coaching notification of Genesys Cloud', () => {
  const about = (user: string, more: JsonObject, topic = 'notifications') => ({
    topicName: `v2.users.${user}.wem.coaching.${topic}`,
    eventBody: {
      id: `note-${user}`,
      name: 'Coaching',
      markedAsRead: false,
      actionType: 'StatusChange',
      appointment: { id: 'appt-1' },
      dateStart: '2026-03-01T10:00:00.000Z',
      lengthInMinutes: 30,
      status: 'Completed',
      ...more,
    },
  });

  it('of facilitator and attendee are one completion when both name the appointment’s people', () => {
    const people = { facilitatorId: 'coach', attendeeIds: ['pupil'] };
    const one = only(genesys, about('coach', { relationship: 'Facilitator', ...people }));
    const other = only(
      genesys,
      about('pupil', { relationship: 'Attendee', markedAsRead: true, ...people }, 'notification'),
    );
    expect(other).toEqual(one);
    expect(one).toMatchObject({
      type: 'performance.coaching.completed',
      eventId: 'coaching:appt-1:Completed',
      occurredAt: Date.parse('2026-03-01T10:30:00Z'),
      data: {
        coachingSessionId: 'appt-1',
        mentorId: 'coach',
        menteeId: 'pupil',
        sessionDurationSeconds: 1800,
      },
    });
  });

  it('takes the one it is about from the topic and the other from the appointment', () => {
    const coach = about('coach', { relationship: 'Facilitator', attendeeIds: ['pupil'] });
    expect(only(genesys, coach).data).toMatchObject({ mentorId: 'coach', menteeId: 'pupil' });
    const pupil = about('pupil', { relationship: 'Attendee', facilitatorId: 'coach' });
    expect(only(genesys, pupil)).toEqual(only(genesys, coach));
  });

  it('that names one person only is kept, and says what to add', () => {
    const coach = failureOf(genesys, about('coach', { relationship: 'Facilitator' }));
    expect(coach.reason).toBe('MISSING_PARTICIPANTS');
    expect(coach.faults[0]?.pointer).toBe('#/attendeeIds');
    const creator = failureOf(genesys, about('boss', { relationship: 'Creator' }));
    expect(creator.faults[0]?.pointer).toBe('#/facilitatorId');
    const group = { facilitatorId: 'coach', attendeeIds: ['a', 'b'] };
    expect(failureOf(genesys, about('coach', group)).faults[0]?.detail).toContain('2 attendees');
  });

  it('of anything but a completion is logged as created', () => {
    for (const more of [
      { actionType: 'Create', status: 'Scheduled' },
      { actionType: 'StatusChange', status: 'InProgress' },
      { actionType: 'Update', status: 'Completed' },
      { actionType: 'Delete', status: 'Scheduled' },
    ])
      expect(only(genesys, about('coach', more)).type).toBe('performance.coaching.created');
  });

  it('is nothing special from another platform', () => {
    expect(failureOf(READING, about('coach', {})).reason).toBe('UNKNOWN_TYPE');
  });
});

describe('a mapping', () => {
  const lms = {
    rules: [
      {
        when: [
          { path: '/event/name', equals: 'session.closed' },
          { path: 'event.version', equals: 2 },
        ],
        eventType: 'performance.coaching.completed',
        eventId: ['event.id', 'session.id'],
        occurredAt: { path: 'session.ended', format: 'epoch-seconds' },
        fields: {
          coachingSessionId: 'session.id',
          mentorId: 'session.people.0',
          menteeId: '/session/people/1',
          sessionDurationSeconds: { path: 'session.minutes', scale: 60 },
          qaCalibrationScore: { path: 'session.stars', scale: '20', optional: true },
          sessionType: { path: 'session.kind', map: { P: 'Mentorship_Pairing' } },
          'mentee.scoreBefore': { const: 70 },
        },
      },
      { eventType: 'performance.coaching.created', fields: { coachingSessionId: 'session.id' } },
    ],
  };
  const body = {
    event: { name: 'session.closed', version: 2, id: 9 },
    session: {
      id: 's-1',
      people: ['m', 'n'],
      minutes: 31.5,
      stars: 4.25,
      kind: 'P',
      ended: 1_725_287_400,
    },
  };

  it('makes an event of a sender’s own body', () => {
    expect(only(mapped(lms), body)).toMatchObject({
      type: 'performance.coaching.completed',
      eventId: '9:s-1',
      occurredAt: 1_725_287_400_000,
      data: {
        coachingSessionId: 's-1',
        mentorId: 'm',
        menteeId: 'n',
        sessionDurationSeconds: 1890,
        qaCalibrationScore: 85,
        sessionType: 'Mentorship_Pairing',
        mentee: { scoreBefore: 70 },
      },
    });
  });

  it('takes the first rule whose conditions hold; a rule without any takes the rest', () => {
    const open = { ...body, event: { ...body.event, name: 'session.opened' } };
    expect(only(mapped(lms), open).type).toBe('performance.coaching.created');
  });

  it('names the path that leads nowhere', () => {
    const faults = (change: JsonObject): string[] =>
      failureOf(mapped(lms), { ...body, session: { ...body.session, ...change } }).faults.map(
        ({ pointer }) => pointer,
      );
    expect(faults({ people: ['m'] })).toEqual(['#/session/people/1']);
    expect(faults({ minutes: 'many' })).toEqual(['#/session/minutes']);
    expect(faults({ kind: 'Q' })).toEqual(['#/session/kind']);
    expect(faults({ ended: 'soon' })).toEqual(['#/session/ended']);
    expect(faults({ id: null })).toEqual(['#/session/id', '#/session/id']);
  });

  it('leaves bodies in our own names alone when no rule fits', () => {
    const narrow = { rules: [{ ...lms.rules[0] }] };
    expect(only(mapped(narrow), COMPLETED)).toEqual(only(READING, COMPLETED));
  });

  it('that says nothing sensible is refused when it is written', () => {
    for (const rules of [
      [{ eventType: 'no.such.type', fields: {} }],
      [{ eventType: 'qa.score.updated' }],
      [{ eventType: 'qa.score.updated', fields: { a: { path: 'b', scale: 'many' } } }],
      [{ eventType: 'qa.score.updated', fields: { a: { path: '' } } }],
      [{ eventType: 'qa.score.updated', fields: { a: { code: 'alert(1)' } } }],
    ])
      expect(mappingSchema.safeParse({ rules }).success).toBe(false);
  });

  it('is total: no body and no path makes it throw, and no prototype is reached', () => {
    const path = fc.constantFrom('a', 'a.b', '/a/0', '__proto__.x', 'constructor.name', 'length');
    const rules = fc.record({
      eventType: fc.constant('qa.score.updated' as const),
      eventId: path,
      occurredAt: path,
      fields: fc.dictionary(
        fc.constantFrom('currentScore', '__proto__', 'coachingSessionId', 'a.b', 'toString'),
        fc.oneof(path, fc.record({ path, scale: fc.constantFrom('2', '0.5') })),
      ),
    });
    fc.assert(
      fc.property(rules, fc.jsonValue({ maxDepth: 4 }), (rule, value) => {
        const mapping = { rules: [rule] } as unknown as Mapping;
        const read = normalise({ ...READING, mapping }, value, null);
        expect(typeof read.ok).toBe('boolean');
        expect(({} as Record<string, unknown>).x).toBeUndefined();
      }),
      { numRuns: 1_000, seed: 11 },
    );
  });
});

describe('any JSON at all', () => {
  it('is an event or has a reason, the same each time', () => {
    const keys = fc.constantFrom('eventType', 'type', 'eventId', 'id', 'score', 'topicName', 'x');
    const value = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(keys, fc.oneof(fc.jsonValue(), fc.constantFrom('qa.score.updated'))),
    );
    fc.assert(
      fc.property(value, fc.constantFrom(READING, genesys), (body, reading) => {
        expect(normalise(reading, body, null)).toEqual(normalise(reading, body, null));
      }),
      { numRuns: 2_000, seed: 12 },
    );
  });
});
