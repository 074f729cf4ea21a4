import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/events/event';
import { type Mapping, mappingSchema } from '../../src/intake/normalise/mapping';
import { normalise } from '../../src/intake/normalise/normalise';
import { COMPLETED, failureOf, mapped, only, READING } from './reading';

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

  it('takes a time counted from 1970 within the bounds of one that is written out', () => {
    const at = (ended: number) => ({ ...body, session: { ...body.session, ended } });
    expect(only(mapped(lms), at(86_400)).occurredAt).toBe(86_400_000);
    expect(only(mapped(lms), at(253_370_764_799)).occurredAt).toBe(253_370_764_799_000);
    for (const beyond of [-86_400, 0, 86_399, 253_370_764_800, 253_402_300_799]) {
      const { faults } = failureOf(mapped(lms), at(beyond));
      expect(
        faults.map(({ pointer }) => pointer),
        String(beyond),
      ).toEqual(['#/session/ended']);
    }
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
