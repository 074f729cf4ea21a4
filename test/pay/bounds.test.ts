/** What bounds a clawback: an absolute cap, and instalments that alone bind, cycle by cycle (P11). */
import { afterEach, describe, expect, it } from 'vitest';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

/** Paid 453.50 for October on 92.5; then the score is 78, and 277.50 of it was too much. */
async function overpaid(clawback: object): Promise<void> {
  stage = await PayStage.open({ clawback });
  const id = await stage.paidOnce();
  await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
}

/** Pays the months after October, each 453.50, and answers what each takes back. */
async function cycles(...months: readonly string[]): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (const month of months) {
    await stage.month('a', { scores: [92.5], month });
    const [year = 0, number = 0] = month.split('-').map(Number);
    stage.pass(Math.max(0, Date.UTC(year, number, 1, 10) - stage.now));
    await stage.pay(month);
    const line = stage.hris.ofKey(`VAR_PAY_${month.replace('-', '_')}_a_v1`);
    taken.push(line?.clawback_amount ?? null);
  }
  return taken;
}

const owed = () => stage.held(':owed:VAR_PAY_Q4_2023');

it('an absolute cap takes back at most its amount a cycle', async () => {
  await overpaid({ max_amount: 100 });
  await stage.cron();
  expect(await cycles('2032-11', '2032-12', '2033-01')).toEqual([100, 100, 77.5]);
  expect(await owed()).toBe(0);
});

it('instalments without another bound take a part each cycle until nothing is owed', async () => {
  await overpaid({ instalments: 3 });
  await stage.cron();
  expect(await cycles('2032-11', '2032-12', '2033-01', '2033-02')).toEqual([
    92.5,
    92.5,
    92.5,
    null,
  ]);
  expect(await owed()).toBe(0);
});

it('a new version of the period takes one instalment, and a further one of it no second', async () => {
  await overpaid({ instalments: 3 });
  await stage.pay();
  expect(stage.hris.ofKey('VAR_PAY_2032_10_a_v2')).toMatchObject({ clawback_amount: 92.5 });
  expect(await owed()).toBe(18_500);
  await stage.pay();
  expect(stage.hris.ofKey('VAR_PAY_2032_10_a_v3')).toBeUndefined();
  expect(await cycles('2032-11', '2032-12')).toEqual([92.5, 92.5]);
  expect(await owed()).toBe(0);
});

/** November takes back for October and falls itself: version 2 finds 277.50 more. What each takes. */
async function novemberTwice(): Promise<readonly unknown[]> {
  const month = '2032-11';
  const id = await stage.result('a', 92.5, { month });
  await stage.month('a', { scores: [], month });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  await stage.pay(month);
  await stage.result('a', 78, { id, month, modified: '2032-12-01T09:00:00Z' });
  await stage.pay(month);
  return [1, 2].map((n) => stage.hris.ofKey(`VAR_PAY_2032_11_a_v${n}`)?.clawback_amount ?? null);
}

it('a later version of a cycle takes an instalment of what it finds, and no second of another', async () => {
  await overpaid({ instalments: 3 });
  await stage.cron();
  expect(await novemberTwice()).toEqual([92.5, 92.5]);
  expect(await owed()).toBe(2 * 18_500);
  expect(await cycles('2032-12', '2033-01', '2033-02')).toEqual([185, 185, null]);
  expect(await owed()).toBe(0);
});

it('an absolute cap is of the cycle, however many versions of it take something', async () => {
  await overpaid({ max_amount: 100 });
  await stage.cron();
  expect(await novemberTwice()).toEqual([100, null]);
  expect(await owed()).toBe(2 * 27_750 - 10_000);
  expect(await cycles('2032-12')).toEqual([100]);
});

it.each([
  ['a share of pay', { max_share_of_pay: 0.25 }, [113.37, null]],
  ['a protected minimum', { protected_minimum: 400 }, [53.5, null]],
])('%s is of the cycle: what one version took, a later one may not take again', async (...one) => {
  const [, clawback, taken] = one;
  await overpaid(clawback);
  await stage.cron();
  expect(await novemberTwice()).toEqual(taken);
});

/** October on each score in turn, a version each. What each but the first adds and takes. */
async function versions(clawback: object, ...scores: readonly number[]): Promise<unknown[]> {
  stage = await PayStage.open({ clawback });
  await stage.hire('a');
  const [first = 0, ...others] = scores;
  const id = await stage.result('a', first);
  await stage.month('a', { scores: [] });
  await stage.pay();
  const told: unknown[] = [];
  for (const [nth, score] of others.entries()) {
    await stage.result('a', score, { id, modified: `2032-11-1${nth}T09:00:00Z` });
    await stage.pay();
    const said = stage.hris.ofKey(`VAR_PAY_2032_10_a_v${nth + 2}`);
    told.push([said?.variable_pay_amount ?? 0, said?.clawback_amount ?? 0]);
  }
  return told;
}

describe('what a version added, a later one of the cycle takes beyond the cap', () => {
  // 92.5 is worth 453.50, 95 is worth 518.00, and 78 is worth 176.00.
  it.each([
    // 100 less than nothing was lost before: 64.50 that came by version 2, and 100 of the first pay.
    ['of an amount', { max_amount: 100 }, 164.5, 35_350],
    // A quarter of 176.00 is 44.00.
    ['of a share of pay', { max_share_of_pay: 0.25 }, 108.5, 40_950],
    // 518.00 was paid, 400.00 stays.
    ['of a protected minimum', { protected_minimum: 400 }, 118, 40_000],
  ])('%s', async (_, clawback, taken, left) => {
    expect(await versions(clawback, 92.5, 95, 78, 78)).toEqual([
      [64.5, 0],
      [0, taken],
      [0, 0],
    ]);
    expect(stage.hris.paidTo('EMP-a')).toBe(left);
    expect(await owed()).toBe(left - 17_600);
  });

  it('but not below the minimum, where the first paid less than that', async () => {
    expect(await versions({ protected_minimum: 400 }, 78, 92.5, 78)).toEqual([
      [277.5, 0],
      [0, 53.5],
    ]);
    expect(stage.hris.paidTo('EMP-a')).toBe(40_000);
  });

  it('also where it added for another period', async () => {
    stage = await PayStage.open({ clawback: { instalments: 3, max_amount: 100 } });
    await stage.hire('a');
    const modified = '2032-11-14T09:00:00Z';
    for (const [month, score] of [
      ['2032-09', 78],
      [PERIOD, 95],
    ] as const) {
      const id = await stage.result('a', 92.5, { month });
      await stage.month('a', { scores: [], month });
      await stage.pay(month);
      await stage.result('a', score, { id, month, modified });
    }
    await stage.cron();
    // Version 1 takes an instalment of 277.50 and adds 64.50; of 100.00 a version has 72.00 left.
    expect(await novemberTwice()).toEqual([92.5, 72]);
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')).toMatchObject({ adjustment_amount: 64.5 });
  });
});
