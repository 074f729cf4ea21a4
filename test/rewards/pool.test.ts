import { describe, expect, it } from 'vitest';
import { periodOf } from '../../src/kernel/period';
import { awardsIn, type Pool, perAwardOf } from '../../src/rewards/pool';

const pool = (fields: Partial<Pool> = {}): Pool => ({
  name: null,
  unit: 'USD',
  funded: 100_000,
  perAward: null,
  firstDay: '2024-07-01',
  lastDay: '2024-09-30',
  destinationId: null,
  recognitionDestinationId: null,
  externalMetricId: null,
  ...fields,
});

const september = periodOf('MONTHLY', '2024-09-15');

describe('one award of a pool', () => {
  it('is what was funded over the periods inside its days, whole cents', () => {
    // DEC-15: a quarter's pool under a monthly goal.
    expect(awardsIn(pool(), 'MONTHLY', 'MONDAY')).toBe(3);
    expect(perAwardOf(pool(), september, 'MONDAY')).toBe(33_333n);
    expect(perAwardOf(pool(), periodOf('QUARTERLY', '2024-08-01'), 'MONDAY')).toBe(100_000n);
    // Thirteen weeks of 2024 begin on the first Monday of July and end on the last Sunday.
    expect(awardsIn(pool(), 'WEEKLY', 'MONDAY')).toBe(13);
    expect(awardsIn(pool(), 'WEEKLY', 'SUNDAY')).toBe(12);
  });

  it('is what the pool says where it says it', () => {
    expect(perAwardOf(pool({ perAward: 50_000 }), september, 'MONDAY')).toBe(50_000n);
  });

  it('is all of a pool without days', () => {
    const timeless = pool({ firstDay: null, lastDay: null });
    expect(perAwardOf(timeless, september, 'MONDAY')).toBe(100_000n);
  });

  it('is none for a period that reaches beyond the pool’s days', () => {
    expect(perAwardOf(pool(), periodOf('MONTHLY', '2024-10-01'), 'MONDAY')).toBeNull();
    expect(perAwardOf(pool({ lastDay: '2024-09-29' }), september, 'MONDAY')).toBeNull();
    expect(perAwardOf(pool({ firstDay: '2024-09-02' }), september, 'MONDAY')).toBeNull();
  });
});
