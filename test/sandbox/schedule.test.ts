/** When cron strings fire. */
import { describe, expect, it } from 'vitest';
import { lastFiring } from '../../src/sandbox/clock/schedule';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('the last firing of a cron string', () => {
  it('is the last one not after the bound and after the other', () => {
    expect(lastFiring('*/5 * * * *', 0, 12 * MINUTE_MS)).toBe(10 * MINUTE_MS);
    expect(lastFiring('*/5 * * * *', 0, 10 * MINUTE_MS)).toBe(10 * MINUTE_MS);
    expect(lastFiring('*/5 * * * *', 10 * MINUTE_MS, 12 * MINUTE_MS)).toBeNull();
    expect(lastFiring('7 * * * *', 0, HOUR_MS)).toBe(7 * MINUTE_MS);
  });

  it('is yesterday where today has none yet', () => {
    expect(lastFiring('23 2 * * *', 0, DAY_MS + HOUR_MS)).toBe(2 * HOUR_MS + 23 * MINUTE_MS);
    expect(lastFiring('23 2 * * *', 3 * HOUR_MS, DAY_MS + HOUR_MS)).toBeNull();
  });

  it('takes lists and ranges', () => {
    expect(lastFiring('0,30 8-9 * * *', 0, DAY_MS)).toBe(9 * HOUR_MS + 30 * MINUTE_MS);
  });

  it('is refused for strings that name days or are none', () => {
    for (const cron of [
      '0 0 1 * *',
      '0 0 * * 1',
      '61 * * * *',
      '* * *',
      'x * * * *',
      '*/0 * * * *',
    ]) {
      expect(() => lastFiring(cron, 0, DAY_MS)).toThrow(/no daily cron string/);
    }
  });
});
