/** Which ended months are looked at tonight, and when a period was looked at; all of it pure. */
import { describe, expect, it } from 'vitest';
import {
  isLookedAt,
  type Look,
  lastMonthDue,
  longestUnseen,
  MONTHS_BACK,
  olderMonths,
  withLook,
} from '../../src/intake/pulls/look';
import { cutOff, newRun } from '../../src/intake/pulls/run';
import { civilDay, DAY_MS } from '../../src/kernel/instant';
import { periodOf } from '../../src/kernel/period';

const zone = 'Etc/UTC';
const NOVEMBER_14 = Date.UTC(2023, 10, 14, 0);

const look = (firstDay: string, lastDay: string, asOf: number, isWhole = true): Look => ({
  kind: 'results',
  firstDay,
  lastDay,
  asOf,
  isWhole,
});
const tonight = (looks: readonly Look[], today = '2023-11-14') => ({ today, zone, looks });

describe('the month that ended last', () => {
  it('is due once a night, and again where it was not walked to its end', () => {
    const due = (...looks: Look[]) => lastMonthDue('results', tonight(looks))?.firstDay ?? null;
    expect(due()).toBe('2023-10-01');
    expect(due(look('2023-10-01', '2023-10-31', NOVEMBER_14 - 1))).toBe('2023-10-01');
    expect(due(look('2023-10-01', '2023-10-31', NOVEMBER_14, false))).toBe('2023-10-01');
    expect(due(look('2023-10-01', '2023-10-31', NOVEMBER_14))).toBeNull();
  });
});

describe('the months before it', () => {
  it('have each its turn within eleven nights, one a night', () => {
    let looks: readonly Look[] = [];
    const seen: string[] = [];
    for (let night = 0; night < MONTHS_BACK - 1; night += 1) {
      const asOf = NOVEMBER_14 + night * DAY_MS;
      const now = tonight(looks, civilDay(asOf / DAY_MS));
      // Whatever month it is, the eleven before November's last are those asked about here.
      const month = longestUnseen(olderMonths('results', now), looks);
      if (month === null) throw new Error('nobody has a turn');
      seen.push(month.firstDay.slice(0, 7));
      looks = withLook(looks, newRun('s', month, { asOf, from: 0, until: 0, zone }));
      expect(olderMonths('results', { ...now, looks })).toEqual([]);
    }
    expect(seen[0]).toBe('2023-09');
    expect(seen.at(-1)).toBe('2022-11');
    expect(new Set(seen).size).toBe(MONTHS_BACK - 1);
    const again = tonight(looks, '2023-11-25');
    expect(longestUnseen(olderMonths('results', again), looks)?.firstDay).toBe('2023-09-01');
  });

  it('are not asked for coachings, which are told once', () => {
    expect(olderMonths('coaching', tonight([]))).toEqual([]);
  });
});

describe('a period is looked at', () => {
  const END = Date.UTC(2023, 10, 1);
  const month = periodOf('MONTHLY', '2023-10-01');
  const is = (period: typeof month, ...looks: Look[]) => isLookedAt(looks, period, END);

  it('when its month was walked to the end since it ended', () => {
    expect(is(month)).toBe(false);
    expect(is(month, look('2023-10-31', '2023-11-01', END))).toBe(false);
    expect(is(month, look('2023-10-01', '2023-10-31', END - 1))).toBe(false);
    expect(is(month, look('2023-10-01', '2023-10-31', END, false))).toBe(false);
    expect(is(month, { ...look('2023-10-01', '2023-10-31', END), kind: 'actuals' })).toBe(false);
    expect(is(month, look('2023-10-01', '2023-10-31', END))).toBe(true);
    expect(is(periodOf('QUARTERLY', '2023-10-01'), look('2023-12-01', '2023-12-31', END))).toBe(
      true,
    );
  });

  it('that ends inside a month when its last day was', () => {
    const week = periodOf('WEEKLY', '2023-10-20');
    expect(is(week, look('2023-10-22', '2023-10-23', END))).toBe(true);
    expect(is(week, look('2023-10-23', '2023-10-24', END))).toBe(false);
  });

  it('keeps of the same days only the last look', () => {
    const run = newRun(
      's',
      { kind: 'results', firstDay: '2023-10-01', lastDay: '2023-10-31' },
      {
        asOf: END,
        from: 0,
        until: 0,
        zone,
      },
    );
    const [only, ...others] = withLook(
      [look('2023-10-01', '2023-10-31', 1)],
      cutOff(run, 'GONE: x'),
    );
    expect(only).toMatchObject({ asOf: END, isWhole: false });
    expect(others).toEqual([]);
  });
});
