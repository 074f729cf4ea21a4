/**
 * The sample month: September 2024 with two coaching sessions on every workday, and among them the
 * cases that matter, each with what must become of it. Data alone; the same every time.
 */
import {
  type Coaching,
  completion,
  JUNIORS,
  lmsBody,
  MENTORS,
  type SourceId,
  scoreUpdate,
} from './setting.ts';

/** One signed request. */
export interface Delivery {
  /** The instant at which it is sent, RFC 3339. */
  readonly at: string;
  readonly source: SourceId;
  readonly body: string;
  /** Signed with a secret that nobody gave out. */
  readonly forged?: true;
}

export interface SampleCase {
  readonly title: string;
  readonly coachingSessionId: string | null;
  readonly deliveries: readonly Delivery[];
  /** What each delivery must be answered, in order: the verdict, or the status of a refusal. */
  readonly heard: readonly string[];
  /** What must become of the coaching session; null where none may come of it. */
  readonly outcome: string | null;
  /** Points the mentor must hold for it in the end. */
  readonly points: string;
}

export const BEGIN = '2024-09-01T00:00:00Z';
export const END = '2024-10-01T00:00:00Z';

const at = (day: number, time: string): string =>
  `2024-09-${String(day).padStart(2, '0')}T${time}Z`;

const sent = (source: SourceId, body: string, ...instants: readonly string[]): Delivery[] =>
  instants.map((instant) => ({ at: instant, source, body }));

/** A good coaching session of half an hour that ended at ten o'clock. */
const good = (id: string, day: number, mentor: number, over: Partial<Coaching> = {}): Coaching => ({
  id,
  occurredAt: at(day, '10:00:00'),
  mentor,
  mentee: mentor,
  seconds: 1800,
  score: 85,
  ...over,
});

const repeated = completion(good('cs-repeated', 3, 0));
const regraded = completion(good('cs-regraded', 5, 2));
const lowered = completion(good('cs-lowered', 6, 3));
const raised = completion(good('cs-raised', 9, 4));
const both = good('cs-told-twice', 12, 6, { score: 88 });
const improved = completion(good('cs-improved', 13, 7, { change: [70, 82] }));
const short = completion(good('cs-short', 16, 8, { seconds: 600 }));
const stranger = completion(good('cs-stranger', 17, 9)).replace(
  JUNIORS[9]?.agentId ?? '',
  'nobody-we-know',
);
const first = completion(good('cs-rewritten', 18, 10));
const forged: Delivery = {
  at: at(19, '10:00:05'),
  source: 'platform',
  body: completion(good('cs-forged', 19, 11)),
  forged: true,
};

export const CASES: readonly SampleCase[] = [
  {
    title: 'sent four times, the last a week later',
    coachingSessionId: 'cs-repeated',
    deliveries: sent(
      'platform',
      repeated,
      at(3, '10:00:05'),
      at(3, '10:00:06'),
      at(3, '11:00:00'),
      at(10, '10:00:00'),
    ),
    heard: ['accepted', 'duplicate', 'duplicate', 'duplicate'],
    outcome: 'AWARDED',
    points: '50',
  },
  {
    title: 'the score arrived before the completion',
    coachingSessionId: 'cs-reordered',
    deliveries: [
      ...sent('quality', scoreUpdate('cs-reordered', at(4, '10:05:00'), 78, 90), at(4, '10:06:00')),
      ...sent('platform', completion(good('cs-reordered', 4, 1, { score: 78 })), at(4, '13:00:00')),
    ],
    heard: ['accepted', 'accepted'],
    outcome: 'AWARDED',
    points: '50',
  },
  {
    title: 'graded again while the lock was on',
    coachingSessionId: 'cs-regraded',
    deliveries: [
      ...sent('platform', regraded, at(5, '10:00:05')),
      ...sent('quality', scoreUpdate('cs-regraded', at(5, '10:00:20'), 85, 75), at(5, '10:00:25')),
    ],
    heard: ['accepted', 'accepted'],
    outcome: 'RULE_EVALUATION_FAILED',
    points: '0',
  },
  {
    title: 'the score was lowered after the award',
    coachingSessionId: 'cs-lowered',
    deliveries: [
      ...sent('platform', lowered, at(6, '10:00:05')),
      ...sent('quality', scoreUpdate('cs-lowered', at(6, '15:00:00'), 85, 75), at(6, '15:00:05')),
    ],
    heard: ['accepted', 'accepted'],
    outcome: 'REVOKED',
    points: '0',
  },
  {
    title: 'lowered, and raised again two days later',
    coachingSessionId: 'cs-raised',
    deliveries: [
      ...sent('platform', raised, at(9, '10:00:05')),
      ...sent('quality', scoreUpdate('cs-raised', at(9, '15:00:00'), 85, 74), at(9, '15:00:05')),
      ...sent('quality', scoreUpdate('cs-raised', at(11, '09:00:00'), 74, 88), at(11, '09:00:05')),
    ],
    heard: ['accepted', 'accepted', 'accepted'],
    outcome: 'AWARDED',
    points: '50',
  },
  {
    title: 'came from the LMS in its own words',
    coachingSessionId: 'lms-sidebar-17',
    deliveries: sent(
      'lms',
      lmsBody(good('lms-sidebar-17', 10, 5, { seconds: 1500, score: 91 })),
      at(10, '10:20:00'),
    ),
    heard: ['accepted'],
    outcome: 'AWARDED',
    points: '50',
  },
  {
    title: 'told by the platform and by the LMS',
    coachingSessionId: 'cs-told-twice',
    deliveries: [
      ...sent('platform', completion(both), at(12, '10:00:05')),
      ...sent('lms', lmsBody(both), at(12, '10:30:00')),
    ],
    heard: ['accepted', 'accepted'],
    outcome: 'AWARDED',
    points: '50',
  },
  {
    title: 'the mentee improved by twelve',
    coachingSessionId: 'cs-improved',
    deliveries: sent('platform', improved, at(13, '10:00:05')),
    heard: ['accepted'],
    outcome: 'AWARDED',
    points: '75',
  },
  {
    title: 'ten minutes are too short',
    coachingSessionId: 'cs-short',
    deliveries: sent('platform', short, at(16, '10:00:05')),
    heard: ['accepted'],
    outcome: 'RULE_EVALUATION_FAILED',
    points: '0',
  },
  {
    title: 'the mentee is nobody we know',
    coachingSessionId: null,
    deliveries: sent('platform', stranger, at(17, '10:00:05')),
    heard: ['quarantined'],
    outcome: null,
    points: '0',
  },
  {
    title: 'the same id came again with other content',
    coachingSessionId: 'cs-rewritten',
    deliveries: [
      ...sent('platform', first, at(18, '10:00:05')),
      ...sent(
        'platform',
        first.replace('"qaCalibrationScore":85', '"qaCalibrationScore":99'),
        at(18, '12:00:00'),
      ),
    ],
    heard: ['accepted', 'conflict'],
    outcome: 'AWARDED',
    points: '50',
  },
  {
    title: 'the signature was not the platform’s',
    coachingSessionId: null,
    deliveries: [forged],
    heard: ['401'],
    outcome: null,
    points: '0',
  },
  {
    title: 'the body was cut off on its way',
    coachingSessionId: null,
    deliveries: sent(
      'platform',
      completion(good('cs-cut', 20, 11)).slice(0, 120),
      at(20, '10:00:05'),
    ),
    heard: ['quarantined'],
    outcome: null,
    points: '0',
  },
];

const DAYS = 30;
/** 1 September 2024 was a Sunday. */
const isWorkday = (day: number): boolean => day % 7 !== 1 && day % 7 !== 0;

/** Two coaching sessions a workday, spread over everybody; some too short, some scored too low. */
export const EVERYDAY: readonly Delivery[] = Array.from({ length: DAYS }, (_, index) => index + 1)
  .filter(isWorkday)
  .flatMap((day) => [
    { day, time: '11:30:00' },
    { day, time: '16:00:00' },
  ])
  .flatMap(({ day, time }, index) =>
    sent(
      'platform',
      completion({
        id: `cs-${String(index + 1).padStart(3, '0')}`,
        occurredAt: at(day, time),
        mentor: (index * 5) % MENTORS.length,
        mentee: (index * 7) % JUNIORS.length,
        seconds: 780 + ((index * 13) % 9) * 180,
        score: 72 + ((index * 11) % 28),
        ...(index % 4 === 0 && { change: [72, index % 8 === 0 ? 84 : 72] as const }),
      }),
      at(day, time.replace(':00:00', ':04:00').replace(':30:00', ':41:00')),
    ),
  );
