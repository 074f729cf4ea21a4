import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../src/intake/normalise/normalise';
import { parseJson } from '../../src/kernel/json';
import { COMPLETED, eventsOf, failureOf, genesys, only, READING } from './reading';

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
