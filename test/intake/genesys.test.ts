import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/events/event';
import { mappingSchema } from '../../src/intake/normalise/mapping';
import { eventsOf, failureOf, genesys, only, READING } from './reading';

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

  it('that names one person only is half of a completion, an event of its own', () => {
    const coach = only(genesys, about('coach', { relationship: 'Facilitator' }));
    const pupil = only(genesys, about('pupil', { relationship: 'Attendee' }));
    expect([coach, pupil]).toMatchObject([
      {
        type: 'performance.coaching.completed',
        eventId: 'coaching:appt-1:Completed:mentor:coach',
        data: { coachingSessionId: 'appt-1', participantsPending: true, mentorId: 'coach' },
      },
      {
        type: 'performance.coaching.completed',
        eventId: 'coaching:appt-1:Completed:mentee:pupil',
        data: { coachingSessionId: 'appt-1', participantsPending: true, menteeId: 'pupil' },
      },
    ]);
    expect(coach.data).not.toHaveProperty('menteeId');
  });

  it('to whoever made the appointment is logged and awards nothing', () => {
    const creator = only(genesys, about('boss', { relationship: 'Creator' }));
    expect(creator.type).toBe('performance.coaching.created');
  });

  it('of several attendees, or of nobody, is kept and says what to send', () => {
    const group = { facilitatorId: 'coach', attendeeIds: ['a', 'b'] };
    expect(failureOf(genesys, about('coach', group)).faults[0]?.detail).toContain('2 attendees');
    const nobody = failureOf(genesys, about('coach', {}));
    expect(nobody.reason).toBe('MISSING_PARTICIPANTS');
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
