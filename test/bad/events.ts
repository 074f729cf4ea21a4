/**
 * Events of every type as a sender might say them: what their schema takes, with the names of
 * agents and things that there are, and what stands beside it. Made from the schemas themselves.
 */
import fc from 'fast-check';
import * as z from 'zod';
import { EVENT_TYPES, type EventType } from '../../src/events/event';
import { EVENT_SHAPES } from '../../src/events/shape';
import { beside, type JsonSchema, takenBy } from './arbitrary';

const schemaOf = (type: EventType): JsonSchema =>
  z.toJSONSchema(EVENT_SHAPES[type], { io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** One in ten is none; an event has several fields, and some of them are to be usable. */
const mostly = <T>(good: readonly T[], bad: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );

const agent = mostly(['known', 'agent-1'], ['nobody', '']);
const score = mostly<unknown>([0, 79.9, '80', 85, 100], [100.5, '1e2', null, -1]);
const decimal = mostly<unknown>([0, 1, '2.5', 285], [-3, '0.0000001', 'many']);
const person = mostly<unknown>([{}, { scoreBefore: 70, scoreAfter: 85 }], [{ scoreAfter: 'x' }]);
const id = mostly(['known', 'x-1'], ['', ' known', 'a\nb']);
const instant = mostly(['2024-09-02T14:30:00Z', '2024-09-02T14:30:00+02:00'], ['2024-09-02']);

/** What a schema cannot say of these: which names there are, what a decimal is. */
const FIELDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  mentorId: agent,
  menteeId: agent,
  agentId: agent,
  user_id: agent,
  mentor: person,
  mentee: person,
  teamId: id,
  queueId: id,
  interactionId: id,
  goalId: mostly(['platform'], ['known', 'nobody']),
  coachingSessionId: fc.nat(200).map((number) => `session-${number}`),
  id: fc.nat(20).map((number) => `result-${number}`),
  metricId: mostly(['acd.handle.time', 'inbound.volume'], ['']),
  evaluationPeriod: mostly(['2024-09', '2024-Q3', '2024-W37'], ['2024-13', '2024-09-01']),
  sessionDurationSeconds: mostly<unknown>([0, 1, 1800], [-1, 0.5]),
  qaCalibrationScore: score,
  currentScore: score,
  previousScore: score,
  value: decimal,
  metricValue: decimal,
  concurrent: decimal,
  targetConcurrent: decimal,
  ahtSeconds: decimal,
  targetAhtSeconds: decimal,
  queueWaitSeconds: decimal,
  created_date: instant,
  modified_date: instant,
  result_status: mostly(['COMPLETED', 'DRAFT'], ['half-done']),
  score: mostly<unknown>([{ total: 90 }], [{ total: '101' }, {}]),
  actuals: mostly<unknown>(
    [[bucket('2024-09-02T00:00:00Z', '2024-09-02T01:00:00Z', 60)]],
    [
      [bucket('2024-09-02T01:00:00Z', '2024-09-02T00:00:00Z', 60)],
      [bucket('2024-09-02T00:00:00Z', '2024-09-02T01:00:00Z', 3_601)],
      [],
    ],
  ),
};

function bucket(bucket_start: string, bucket_end: string, duration: number) {
  return { bucket_start, bucket_end, status_codes: [{ status_code_id: 'talk', duration }] };
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields that a schema names, with the values that mean something in place of most. */
function fieldsOf(type: EventType): fc.Arbitrary<Fields> {
  const schema = schemaOf(type);
  const required = new Set(schema.required ?? []);
  const meant = Object.entries(FIELDS).filter(([name]) => name in (schema.properties ?? {}));
  const own = fc.record(Object.fromEntries(meant), {
    requiredKeys: meant.map(([name]) => name).filter((name) => required.has(name) || always(name)),
  });
  const drawn = takenBy(schema) as fc.Arbitrary<Fields>;
  return fc.tuple(drawn, own).map(([free, known]) => ({ ...free, ...known }));
}

/** Not required by every message, and seldom usable without. */
const SELDOM_LEFT_OUT = ['mentorId', 'menteeId', 'agentId', 'concurrent', 'targetConcurrent'];
const always = (name: string): boolean => SELDOM_LEFT_OUT.includes(name);

/** One event of a type; ids repeat now and then, with other content. */
export const eventOf = (type: EventType): fc.Arbitrary<Fields> =>
  fc
    .tuple(fieldsOf(type), fc.nat(10_000), fc.option(instant, { nil: undefined }))
    .map(([fields, number, occurredAt]) => ({
      ...fields,
      eventType: type,
      eventId: `event-${number}`,
      occurredAt,
    }));

const EVALUATION = {
  topicName: 'v2.quality.evaluations',
  eventBody: {
    id: 'ev-1',
    agent: { id: 'user-1' },
    scoringSet: { totalScore: 87.5 },
    status: 'Finished',
    changedDate: '2026-03-01T09:59:58.000Z',
    version: 2,
  },
};
const APPOINTMENT = {
  topicName: 'v2.users.user-1.wem.coaching.notifications',
  eventBody: {
    actionType: 'StatusChange',
    relationship: 'Attendee',
    appointment: { id: 'a-1', facilitatorId: 'user-1', attendeeIds: ['user-1'] },
    status: 'Completed',
  },
};

/** The bodies of platforms, of which only what stands beside them is of interest. */
export const platformBody: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  EVALUATION,
  APPOINTMENT,
  { detail: EVALUATION },
  EVALUATION.eventBody,
);

/** Several in one list, or one alone; a list may hold what is no event. */
const some = (one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: one },
    fc.array(fc.oneof({ weight: 4, arbitrary: one }, fc.jsonValue({ maxDepth: 1 })), {
      maxLength: 4,
    }),
  );

/** What is sent, as text: now and then cut short, said twice or with a field twice. */
export const bodyOf = (one: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.tuple(some(one), fc.nat(40)).map(([body, odd]) => {
    const text = JSON.stringify(body) ?? '';
    if (odd === 0) return text.slice(0, -1);
    if (odd === 1) return text + text;
    return odd === 2 ? text.replace('{', '{"eventId":"twice",') : text;
  });

export const KINDS: readonly (readonly [what: string, one: fc.Arbitrary<unknown>])[] = [
  ...EVENT_TYPES.flatMap((type) => [
    [`${type} as its schema takes it`, eventOf(type)] as const,
    [`${type} beside its schema`, beside(eventOf(type))] as const,
  ]),
  ['platforms’ own, and beside them', beside(platformBody)],
];
