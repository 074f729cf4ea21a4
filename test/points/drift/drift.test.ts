import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SealedDecision } from '../../../src/points/coaching/decision';
import { driftRows, driftsOf, judgedOf } from '../../../src/points/drift/drift';
import { programmeSchema } from '../../../src/points/programmes/programme';
import { MONDAY, seedAward, versionOf } from '../build';

const rules = [versionOf(seedAward)];
const programmes = (drift: object = {}) => [
  {
    kind: 'program',
    name: 'Mentorship',
    version: 1,
    effectiveFrom: null,
    writtenAt: 0,
    author: '',
    content: programmeSchema.parse({ drift }),
  },
];
const settings = (drift: object = {}) => ({ rules, programmes: programmes(drift) });

const HOUR = 3_600_000;

interface Scored {
  readonly seal: number;
  readonly session?: string;
  readonly number?: number;
  readonly score: number | null;
  readonly evaluator?: string;
  readonly hour?: number;
}

function decided({ seal, score, evaluator, ...more }: Scored): SealedDecision {
  const { session = `s${String(seal).padStart(3, '0')}`, number = 1, hour = seal } = more;
  const until = MONDAY + hour * HOUR;
  const condition = {
    field: 'qaCalibrationScore',
    operator: 'GREATER_THAN_OR_EQUALS' as const,
    expected: 80,
    actual: score,
    verdict: 'PASSED' as const,
  };
  return {
    seal,
    decision: {
      session,
      number,
      at: until,
      upto: until,
      outcome: score === null ? 'AWAITING_SCORE' : 'AWARDED',
      events: [],
      score,
      frozen: {
        completion: session,
        mentorKey: 'mentor',
        menteeKey: 'mentee',
        day: '2024-09-16',
        week: '2024-09-16',
        span: { from: until - HOUR, until },
        mentor: {},
        mentee: {},
        before: null,
        measures: {},
      },
      rules: [{ rule: 'rule/rule-10/1', verdict: 'PASSED', conditions: [condition] }],
      awards: [],
      postings: [],
      ...(evaluator !== undefined && { evaluator }),
    },
  };
}

const causesOf = (known: readonly SealedDecision[], mark = 0, drift: object = {}): string[] =>
  driftsOf('mentor', known, mark, settings(drift)).map(({ decision }) => decision.session);

const scores = (...all: (number | null)[]): SealedDecision[] =>
  all.map((score, index) => decided({ seal: index + 1, score }));

describe('calibration drift (M8)', () => {
  test('is seen when the fifth of the latest ten falls below the threshold', () => {
    expect(causesOf(scores(70, 70, 90, 70, 70))).toEqual([]);
    expect(causesOf(scores(70, 70, 90, 70, 70, 79.99))).toEqual(['s006']);
  });

  test('is told once, and again only after the window has recovered', () => {
    const five = [70, 70, 70, 70, 70];
    expect(causesOf(scores(...five, 60, 60))).toEqual(['s005']);
    const recovered = Array.from({ length: 6 }, () => 95);
    expect(causesOf(scores(...five, ...recovered, ...five))).toEqual(['s005', 's016']);
  });

  test('looks at the latest ten alone', () => {
    const ten = [70, 70, 70, 70, ...Array.from({ length: 10 }, () => 90)];
    expect(causesOf(scores(...ten, 70))).toEqual([]);
  });

  test('counts each evaluator apart, and those without one as one group', () => {
    const known = [1, 2, 3, 4, 5, 6].map((seal) =>
      decided({ seal, score: 70, evaluator: seal % 2 === 0 ? 'even' : 'odd' }),
    );
    expect(causesOf(known)).toEqual([]);
    expect(causesOf(known, 0, { sessions: 3, below: 3 })).toEqual(['s005', 's006']);
    expect(causesOf(scores(70, 70, 70), 0, { sessions: 3, below: 3 })).toEqual(['s003']);
  });

  test('follows a score that was lowered after the award', () => {
    const good = scores(90, 90, 90, 90, 90);
    const lowered = good.map(({ decision }, index) =>
      decided({ seal: 10 + index, session: decision.session, number: 2, score: 60, hour: index }),
    );
    expect(causesOf([...good, ...lowered])).toEqual(['s005']);
  });

  test('leaves out coaching sessions that have no verdict or another mentor', () => {
    expect(causesOf(scores(70, null, 70, null, 70, 70))).toEqual([]);
    expect(driftsOf('other', scores(70, 70, 70, 70, 70), 0, settings())).toEqual([]);
  });

  test('takes a score equal to the threshold as not below', () => {
    expect(causesOf(scores(80, 80, 80, 80, 80))).toEqual([]);
    expect(judgedOf(decided({ seal: 1, score: 80 }).decision, rules)[0]?.below).toBe(false);
  });

  test('belongs to its cause, however a job cuts the history into firings', () => {
    const drawn = fc.array(
      fc.record({
        score: fc.constantFrom(60, 95),
        evaluator: fc.constantFrom('a', 'b'),
        hour: fc.integer({ min: 0, max: 30 }),
      }),
      { maxLength: 40 },
    );
    const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 5 });
    const limits = { sessions: 4, below: 2 };
    fc.assert(
      fc.property(drawn, cuts, (all, at) => {
        const known = all.map((one, index) => decided({ ...one, seal: index + 1 }));
        const whole = causesOf(known, 0, limits);
        const marks = [...new Set([0, ...at, 100])].toSorted((a, b) => a - b);
        const parts = marks.slice(1).flatMap((last, index) =>
          causesOf(
            known.filter(({ seal }) => seal <= last),
            marks[index] ?? 0,
            limits,
          ),
        );
        expect(parts).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  test('is one audit entry and one notice with the numbers', () => {
    const [drift] = driftsOf('mentor', scores(70, 71, 72, 73, 74), 0, settings());
    if (drift === undefined) throw new Error('no drift');
    const rows = driftRows(drift, 'mentor-1', () => 'salt');
    expect(rows.map(({ table }) => table)).toEqual(['audit', 'notices']);
    expect(JSON.parse(String(rows[1]?.side?.content))).toMatchObject({
      mentorId: 'mentor-1',
      pointCategory: 'Mentorship',
      sessions: 5,
      below: 5,
      threshold: 80,
      limits: { sessions: 10, below: 5 },
      scores: [74, 73, 72, 71, 70],
      completedBy: 's005',
    });
  });
});
