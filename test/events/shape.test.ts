import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, type EventType, type JsonObject } from '../../src/events/event';
import { bytesOfBody, keptBody, quarantineIdOf, quarantineRow } from '../../src/events/quarantine';
import { EVENT_SHAPES, keepsBody, shapeEvent } from '../../src/events/shape';

const GOOD: Readonly<Record<EventType, JsonObject>> = {
  'performance.coaching.completed': {
    coachingSessionId: 'c',
    mentorId: 'm',
    menteeId: 'n',
    sessionDurationSeconds: 900,
  },
  'performance.coaching.created': { coachingSessionId: 'c' },
  'qa.score.updated': { coachingSessionId: 'c', currentScore: 79.5, scoreSource: 'MANUAL' },
  'performance.result.updated': {
    id: 'r',
    user_id: 'u',
    result_status: 'COMPLETED',
    score: { total: 85.5 },
  },
  'wfm.actuals.updated': {
    user_id: 'u',
    actuals: [
      {
        bucket_start: '2023-10-01T00:00:00Z',
        bucket_end: '2023-10-01T23:59:59Z',
        status_codes: [{ status_code_id: 'talk', duration: 14400 }],
      },
    ],
  },
  'metric.recorded': { metricId: 'aht', agentId: 'a', value: -1.5, revision: 2 },
  'agent.utilization': { agentId: 'a', concurrent: 2, targetConcurrent: 3 },
  'goal.status.changed': {
    goalId: 'g',
    previousStatus: 'ON_TRACK',
    currentStatus: 'ACHIEVED',
    evaluationPeriod: '2024-Q3',
  },
  SEASONAL_RESET_TRIGGER: {},
};

const pointers = (type: EventType, change: JsonObject): string[] => {
  const shaped = shapeEvent(type, { ...GOOD[type], ...change });
  return shaped.ok ? [] : shaped.failure.faults.map(({ pointer }) => pointer);
};

describe('the schema of each type', () => {
  it('takes what the type must say and hands on nothing undefined', () => {
    for (const type of EVENT_TYPES) {
      const shaped = shapeEvent(type, GOOD[type]);
      expect(shaped, type).toEqual({ ok: true, value: GOOD[type] });
      expect(EVENT_SHAPES[type]).toBeDefined();
    }
  });

  it('refuses a missing field with a pointer to it', () => {
    for (const type of EVENT_TYPES)
      for (const name of Object.keys(GOOD[type])) {
        if (['scoreSource', 'revision'].includes(name)) continue;
        const { [name]: _, ...rest } = GOOD[type];
        const shaped = shapeEvent(type, rest);
        expect(shaped.ok, `${type} ${name}`).toBe(false);
        expect(!shaped.ok && shaped.failure.faults[0]?.pointer).toBe(`#/${name}`);
      }
  });

  it('takes scores of 0 to 100 in plain decimals', () => {
    const score = (currentScore: unknown): boolean =>
      pointers('qa.score.updated', { currentScore } as JsonObject).length === 0;
    for (const good of [0, 100, '80', '99.999999', 79.5])
      expect(score(good), String(good)).toBe(true);
    for (const bad of [-0.1, 100.000001, 101, '1e2', '', ' 80', '+80', 'NaN', true, null, [], {}])
      expect(score(bad), String(bad)).toBe(false);
  });

  it('takes durations in whole seconds', () => {
    const duration = (sessionDurationSeconds: unknown): boolean =>
      pointers('performance.coaching.completed', { sessionDurationSeconds } as JsonObject)
        .length === 0;
    for (const good of [0, 900]) expect(duration(good)).toBe(true);
    for (const bad of [-1, 0.5, '900', 1e12, null]) expect(duration(bad), String(bad)).toBe(false);
  });

  it('takes ids of 1 to 200 printable characters', () => {
    const id = (mentorId: unknown): boolean =>
      pointers('performance.coaching.completed', { mentorId } as JsonObject).length === 0;
    for (const good of ['a', 'a b', 'ü-1', 'x'.repeat(200), 42])
      expect(id(good), String(good)).toBe(true);
    for (const bad of ['', ' a', 'a\n', 'a\u0000b', 'a\u200bb', 'x'.repeat(201), 1.5, {}, null])
      expect(id(bad), String(bad)).toBe(false);
  });

  it('keeps no body of events that come in numbers', () => {
    expect(EVENT_TYPES.filter((type) => !keepsBody(type))).toEqual([
      'wfm.actuals.updated',
      'metric.recorded',
      'agent.utilization',
    ]);
  });
});

describe('a body in quarantine', () => {
  it('comes back byte for byte, whatever it was', () => {
    const bodies = [
      new TextEncoder().encode('{"a":"ü"}'),
      Uint8Array.of(0xff, 0xfe, 0x00),
      Uint8Array.of(0x61, 0x00, 0x62),
      new TextEncoder().encode('\uFEFFx'),
      new Uint8Array(),
      new TextEncoder().encode('"'.repeat(200_000)),
    ];
    for (const bytes of bodies) expect(bytesOfBody(keptBody(bytes))).toEqual(bytes);
    expect(bodies.map((bytes) => keptBody(bytes).encoding)).toEqual([
      'utf8',
      'base64',
      'base64',
      'utf8',
      'utf8',
      'base64',
    ]);
  });

  it('has one id for the same bytes of the same source, whatever was wrong with it', () => {
    const item = {
      source: 's',
      reason: 'SCHEMA',
      faults: [],
      eventId: null,
      messageId: null,
      signature: 'hmac-hex:1',
      body: keptBody(new Uint8Array()),
      bodyHash: 'h',
    };
    const id = quarantineIdOf(item);
    expect(quarantineRow({ ...item, reason: 'OTHER' }, { receivedAt: 1, salt: 'x' }).id).toBe(id);
    expect(quarantineIdOf({ ...item, source: 't' })).not.toBe(id);
    expect(quarantineIdOf({ ...item, messageId: 'msg' })).not.toBe(id);
  });
});
