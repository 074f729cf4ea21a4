import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DriftPolicy,
  type FallPolicy,
  isWithin,
  type Operator,
  verdictOf,
} from '../../../src/goals/settlement/verdict';
import { fractionOfDecimal as of } from '../../../src/kernel/fraction';

interface Case {
  readonly snapshot: string;
  readonly restated: string | null;
  readonly operator?: Operator;
  readonly threshold?: string;
  readonly tolerance?: string;
  readonly whenDrifted?: DriftPolicy;
  readonly whenFallen?: FallPolicy;
}

/** The seed's goal: at most 285, within 2 %, a person looks at what lies beyond. */
const judge = ({ snapshot, restated, ...more }: Case) =>
  verdictOf({
    operator: more.operator ?? 'LTE',
    threshold: of(more.threshold ?? '285.0'),
    tolerance: of(more.tolerance ?? '2.0'),
    snapshot: of(snapshot),
    restated: restated === null ? null : of(restated),
    whenDrifted: more.whenDrifted ?? 'REVIEW',
    whenFallen: more.whenFallen ?? 'REVIEW',
  });

const verdict = (one: Case): string => judge(one).verdict;

describe('the verdict of DEC-11', () => {
  it('is that of its printed values: LTE 285, snapshot 278.4', () => {
    const snapshot = '278.4';
    expect(judge({ snapshot, restated: '283.0' })).toEqual({
      verdict: 'CONFIRMED',
      branch: 'WITHIN_TOLERANCE',
      note: null,
    });
    expect(judge({ snapshot, restated: '284.5' })).toMatchObject({
      verdict: 'REVIEW',
      branch: 'STATUS_STANDS',
    });
    const noted = judge({ snapshot, restated: '290.7' });
    expect(noted).toMatchObject({
      verdict: 'CONFIRMED',
      branch: 'WITHIN_TOLERANCE_OF_THRESHOLD',
    });
    expect(noted.note).not.toBeNull();
    expect(judge({ snapshot, restated: '290.71' })).toEqual({
      verdict: 'REVIEW',
      branch: 'STATUS_FELL',
      note: null,
    });
  });

  it('counts both bounds of the snapshot’s tolerance in', () => {
    const snapshot = '278.4';
    // 278.4 × 0.02 = 5.568
    for (const restated of ['272.832', '283.968', '278.4']) {
      expect([restated, verdict({ snapshot, restated })]).toEqual([restated, 'CONFIRMED']);
    }
    for (const restated of ['272.831999', '283.968001']) {
      expect([restated, verdict({ snapshot, restated })]).toEqual([restated, 'REVIEW']);
    }
  });

  it('adjusts beyond the tolerance where the policy says so and the status stands', () => {
    const drifted = { snapshot: '278.4', restated: '284.5', whenDrifted: 'ADJUST' } as const;
    expect(verdict(drifted)).toBe('ADJUST');
    expect(verdict({ ...drifted, restated: '200' })).toBe('ADJUST');
    expect(verdict({ ...drifted, restated: '290.71' })).toBe('REVIEW');
  });

  it('reverses where the policy says so and the status has fallen beyond the tolerance', () => {
    const fallen = { snapshot: '278.4', restated: '290.71', whenFallen: 'REVERSE' } as const;
    expect(verdict(fallen)).toBe('REVERSE');
    expect(verdict({ ...fallen, restated: '290.7' })).toBe('CONFIRMED');
    expect(verdict({ ...fallen, restated: '284.5' })).toBe('REVIEW');
  });

  it('confirms within the snapshot’s tolerance even where the status fell by a hair', () => {
    expect(judge({ snapshot: '284', restated: '286' })).toMatchObject({
      verdict: 'CONFIRMED',
      branch: 'WITHIN_TOLERANCE',
    });
  });

  it('compares absolutely where the snapshot, or the threshold, is zero', () => {
    const zero = { snapshot: '0', threshold: '0' };
    expect(verdict({ ...zero, restated: '0.02' })).toBe('CONFIRMED');
    expect(verdict({ ...zero, restated: '0.020001' })).toBe('REVIEW');
    expect(judge({ ...zero, threshold: '5', restated: '1' }).branch).toBe('STATUS_STANDS');
  });

  it('waits for a person where the metric has no value any more', () => {
    const gone = { snapshot: '278.4', restated: null, whenFallen: 'REVERSE' } as const;
    expect(judge(gone)).toEqual({ verdict: 'REVIEW', branch: 'NO_VALUE', note: null });
  });

  it('knows every operator at, above and below its threshold', () => {
    const policies = { whenDrifted: 'ADJUST', whenFallen: 'REVERSE', tolerance: '0' } as const;
    const stands = (operator: Operator, restated: string): boolean =>
      verdict({ operator, threshold: '100', snapshot: '50', restated, ...policies }) === 'ADJUST';
    const rows: [Operator, boolean, boolean, boolean][] = [
      ['LTE', true, true, false],
      ['LT', true, false, false],
      ['GTE', false, true, true],
      ['GT', false, false, true],
      ['EQ', false, true, false],
    ];
    for (const [operator, below, at, above] of rows) {
      expect([operator, stands(operator, '99.999999')]).toEqual([operator, below]);
      // At the threshold what has fallen is within a tolerance of zero of it.
      expect([
        operator,
        verdict({ operator, ...policies, threshold: '100', snapshot: '50', restated: '100' }),
      ]).toEqual([operator, at ? 'ADJUST' : 'CONFIRMED']);
      expect([operator, stands(operator, '100.000001')]).toEqual([operator, above]);
    }
  });

  it('measures what is below zero by its size', () => {
    expect(verdict({ snapshot: '-100', restated: '-98', threshold: '0' })).toBe('CONFIRMED');
    expect(verdict({ snapshot: '-100', restated: '-97.9', threshold: '0' })).toBe('REVIEW');
  });
});

describe('corrections after the close', () => {
  it('of 3 % and of 8 % go the way of the table', () => {
    const snapshot = '278.4';
    // 286.752: the status falls, within 2 % of 285. 300.672: far beyond.
    expect(judge({ snapshot, restated: '286.752' }).branch).toBe('WITHIN_TOLERANCE_OF_THRESHOLD');
    expect(judge({ snapshot, restated: '300.672' }).branch).toBe('STATUS_FELL');
    expect(judge({ snapshot, restated: '270.048' }).branch).toBe('STATUS_STANDS');
    expect(judge({ snapshot, restated: '256.128' }).branch).toBe('STATUS_STANDS');
  });
});

describe('a tolerance', () => {
  it('agrees with rational arithmetic for any figures', () => {
    const figure = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(figure, figure, fc.integer({ min: 0, max: 100 }), (value, base, percent) => {
        const within = isWithin(of(String(value)), of(String(base)), of(String(percent)));
        const band = base === 0 ? percent : Math.abs(base) * percent;
        expect(within).toBe(Math.abs(value - base) * 100 <= band);
      }),
    );
  });
});
